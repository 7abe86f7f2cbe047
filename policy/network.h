/*
 * network: IP addresses and the networks they lie in.
 *
 * IPv4 is held as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), so that
 * ::ffff:192.0.2.1 and 192.0.2.1 are one address and one comparison serves
 * both. Plain values.
 */
#ifndef HOPSEAL_POLICY_NETWORK_H
#define HOPSEAL_POLICY_NETWORK_H

#include "policy/base/slice.h"

struct ipaddr {
	unsigned char octet[16];
};

struct network {
	struct ipaddr base; /* host bits are zero */
	unsigned bits;	    /* 0 to 128, counted in the IPv6 form */
};

/* Longest text of an address (RFC 5952), and of its literal, with NUL. */
enum { IPADDR_TEXT = 46, IPADDR_LITERAL = IPADDR_TEXT + 7 };

/*
 * Read `192.0.2.1` or `2001:db8::1`; an `IPv6:` tag in front is taken off
 * (Postfix and Sendmail write it). Returns false for anything else.
 */
bool ipaddr_parse(struct slice text, struct ipaddr *out);

/*
 * The same, and what MTAs take for an IPv4 address besides, as inet_aton(3)
 * does: parts with leading zeros (octal) or 0x, and fewer than four of them.
 */
bool ipaddr_parse_loosely(struct slice text, struct ipaddr *out);

/* From the four octets of an IPv4 address, in network order. */
void ipaddr_from_v4(const unsigned char octets[4], struct ipaddr *out);

/* Write the text of RFC 5952; IPv4-mapped as IPv4. */
void ipaddr_print(const struct ipaddr *addr, char out[IPADDR_TEXT]);

/* Write it as an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]`. */
void ipaddr_print_literal(const struct ipaddr *addr,
    char out[IPADDR_LITERAL]);

bool ipaddr_is_v4(const struct ipaddr *addr);

/*
 * Read `ADDRESS[/BITS]`, without BITS one host. Returns false when it is
 * none, when BITS is too large, or when host bits are set (`10.0.0.1/8`).
 */
bool network_parse(struct slice text, struct network *out);

/* An IPv6 network with fewer than 96 bits never holds an IPv4 address. */
bool network_holds(const struct network *net, const struct ipaddr *addr);
bool network_equal(const struct network *a, const struct network *b);

/* The network of bits (0 to 128, in the IPv6 form) that addr lies in. */
void network_of(const struct ipaddr *addr, unsigned bits,
    struct network *out);

/* The client network of addr: /24 or /48. Source: LEDGER.md. */
void network_of_client(const struct ipaddr *addr, struct network *out);

#endif
