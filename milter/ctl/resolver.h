/*
 * resolver: DNS questions of the command, bounded in time.
 *
 * The daemon asks nothing (DESIGN.md, "Process, threads, signals").
 *
 * Threads: any; each question has a resolver state of its own. Limits: waits
 * at most RESOLVER_TRIES times RESOLVER_SECONDS for each name server; answers
 * of 65,535 octets. Source: RFC 1035; RFC 5321, 5.1 (MX); RFC 7505 (null
 * MX); RFC 6698 (TLSA); resolver(3).
 */
#ifndef HOPSEAL_CTL_RESOLVER_H
#define HOPSEAL_CTL_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/buf.h"
#include "policy/domain.h"

enum { RESOLVER_SECONDS = 5, RESOLVER_TRIES = 2, RESOLVER_MX_MAX = 10,
	RESOLVER_TLSA = 52 /* the type */ };

struct mx {
	unsigned preference;
	char host[DOMAIN_MAX + 1];
};

/* In order of preference; of more than RESOLVER_MX_MAX the best. */
struct mx_list {
	size_t count;
	bool is_null; /* RFC 7505: the domain takes no mail */
	struct mx mx[RESOLVER_MX_MAX];
};

/*
 * Ask server (NULL: the system's) for records of type at name; the message
 * goes to *answer (resolver_answer_free). Fails: NOTFOUND (no such name or
 * record), BUSY (no answer), NOMEM.
 */
enum status resolver_ask(const struct sockaddr_in *server, const char *name,
    int type, struct slice *answer) MUST_CHECK;

/* Free what resolver_ask gave. */
void resolver_answer_free(struct slice *answer);

/* The mail exchangers in an answer. Fails: NOTFOUND, BUSY (malformed). */
enum status resolver_read_mx(struct slice answer, struct mx_list *out)
    MUST_CHECK;

/*
 * The TXT record that begins with prefix, else the last one; its strings are
 * joined in record. Fails: NOTFOUND, BUSY (malformed), LIMIT.
 */
enum status resolver_read_txt(struct slice answer, const char *prefix,
    struct buf *record) MUST_CHECK;

/*
 * The first TXT record that is_wanted; its strings are joined in record. One
 * that record cannot take is not asked about. Fails: NOTFOUND, BUSY
 * (malformed).
 */
enum status resolver_find_txt(struct slice answer,
    bool (*is_wanted)(struct slice text), struct buf *record) MUST_CHECK;

/* TLSA records in an answer, and whether the server vouches for them (AD). */
size_t resolver_count_tlsa(struct slice answer, bool *authentic);

/* `ADDRESS` or `ADDRESS:PORT`, IPv4. Returns false for anything else. */
bool resolver_parse_server(const char *text, struct sockaddr_in *out);

#endif
