#include "policy/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Zeros in front may make an address as long as they like. */
enum { LOOSE_MAX = 1024 };

static const unsigned char v4_mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
ipaddr_is_v4(const struct ipaddr *addr)
{
	return memcmp(addr->octet, v4_mapped, sizeof(v4_mapped)) == 0;
}

void
ipaddr_from_v4(const unsigned char octets[4], struct ipaddr *out)
{
	memcpy(out->octet, v4_mapped, sizeof(v4_mapped));
	memcpy(out->octet + sizeof(v4_mapped), octets, 4);
}

/* As a string, without the tag; false: it is longer than any address. */
static bool
copy_text(struct slice text, char *copy, size_t size)
{
	if (slice_begins_nocase(text, "IPv6:"))
		text = slice_make(text.at + 5, text.len - 5);
	if (text.len == 0 || text.len >= size ||
	    memchr(text.at, '\0', text.len) != NULL)
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return true;
}

bool
ipaddr_parse(struct slice text, struct ipaddr *out)
{
	char copy[IPADDR_TEXT];

	if (!copy_text(text, copy, sizeof(copy)))
		return false;
	if (inet_pton(AF_INET6, copy, out->octet) == 1)
		return true;
	memcpy(out->octet, v4_mapped, sizeof(v4_mapped));
	return inet_pton(AF_INET, copy, out->octet + 12) == 1;
}

bool
ipaddr_parse_loosely(struct slice text, struct ipaddr *out)
{
	unsigned char octets[sizeof(struct in_addr)];
	char copy[LOOSE_MAX];
	struct in_addr addr;

	if (ipaddr_parse(text, out))
		return true;
	/* What stands behind a blank it would not look at. */
	if (!copy_text(text, copy, sizeof(copy)) ||
	    strpbrk(copy, " \t\r\n\v\f") != NULL ||
	    inet_aton(copy, &addr) != 1)
		return false;
	memcpy(octets, &addr, sizeof(octets));
	ipaddr_from_v4(octets, out);
	return true;
}

void
ipaddr_print(const struct ipaddr *addr, char out[IPADDR_TEXT])
{
	const char *done;

	if (ipaddr_is_v4(addr))
		done = inet_ntop(AF_INET, addr->octet + 12, out, IPADDR_TEXT);
	else
		done = inet_ntop(AF_INET6, addr->octet, out, IPADDR_TEXT);
	if (done == NULL)
		out[0] = '\0';
}

void
ipaddr_print_literal(const struct ipaddr *addr, char out[IPADDR_LITERAL])
{
	char text[IPADDR_TEXT];

	ipaddr_print(addr, text);
	(void)snprintf(out, IPADDR_LITERAL, "[%s%s]",
	    ipaddr_is_v4(addr) ? "" : "IPv6:", text);
}

/* Zero what lies behind the first bits. */
static void
ipaddr_mask(struct ipaddr *addr, unsigned bits)
{
	unsigned i, keep;

	for (i = 0; i < sizeof(addr->octet); i++) {
		keep = bits > 8 * i ? bits - 8 * i : 0;
		if (keep < 8)
			addr->octet[i] &=
			    (unsigned char)(0xff00u >> keep);
	}
}

void
network_of(const struct ipaddr *addr, unsigned bits, struct network *out)
{
	out->base = *addr;
	out->bits = bits;
	ipaddr_mask(&out->base, bits);
}

bool
network_parse(struct slice text, struct network *out)
{
	struct slice rest = text;
	struct slice head = slice_cut(&rest, '/');
	struct ipaddr addr;
	bool is_v4;
	unsigned long bits;

	if (!ipaddr_parse(head, &addr))
		return false;
	/* The prefix length counts in the family that was written. */
	is_v4 = memchr(head.at, ':', head.len) == NULL;
	bits = is_v4 ? 32 : 128;
	if (rest.at != NULL && !slice_number(rest, bits, &bits))
		return false;
	network_of(&addr, (unsigned)bits + (is_v4 ? 96 : 0), out);
	return memcmp(&out->base, &addr, sizeof(addr)) == 0;
}

bool
network_holds(const struct network *net, const struct ipaddr *addr)
{
	struct ipaddr masked = *addr;

	/* `::/0` means every IPv6 address: it was not written for IPv4. */
	if (net->bits < 96 && ipaddr_is_v4(addr))
		return false;
	ipaddr_mask(&masked, net->bits);
	return memcmp(&masked, &net->base, sizeof(masked)) == 0;
}

bool
network_equal(const struct network *a, const struct network *b)
{
	return a->bits == b->bits &&
	    memcmp(&a->base, &b->base, sizeof(a->base)) == 0;
}

void
network_of_client(const struct ipaddr *addr, struct network *out)
{
	network_of(addr, ipaddr_is_v4(addr) ? 96 + 24 : 48, out);
}
