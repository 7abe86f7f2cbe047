/*
 * grammar: what the values of a stamp's tags may be.
 *
 * The writer and the reader of stamps ask the same questions, so that
 * nothing is written that would not be read. Threads: no state. Source:
 * STAMP.md, "Shape"; RFC 6376, 3.2 and 3.5.
 */
#ifndef HOPSEAL_STAMP_GRAMMAR_H
#define HOPSEAL_STAMP_GRAMMAR_H

#include <stdint.h>

#include "policy/base/buf.h"
#include "policy/domain.h"

enum {
	GRAMMAR_TOKEN_MAX = 64, /* queue id, protocol, suite */
	GRAMMAR_CN_MAX = 64
};

/* Labels of 1 to 63 letters, digits, - and _; DOMAIN_MAX octets at most? */
bool grammar_is_name(struct slice text);

/* Letters, digits, `.`, `:` and `-` in brackets? Policy takes `_` too. */
bool grammar_is_literal(struct slice text);

/* 1 to GRAMMAR_TOKEN_MAX letters, digits and octets of others? */
bool grammar_is_token(struct slice text, const char *others);

/* The RFC 5952 text of an address, octet by octet? */
bool grammar_is_ip(struct slice text);

/* A header field name (RFC 5322, 3.6.8) that fits into a tag list? */
bool grammar_is_field_name(struct slice text);

/* 1 to 12 digits. Returns false, *out untouched, for anything else. */
bool grammar_read_time(struct slice text, int64_t *out);

/* d= or the domain that an administrator wrote: a name after normalizing. */
bool grammar_read_name(struct slice text, struct domain *out);

/*
 * One octet as dkim-quoted-printable: itself or =HH. Source: RFC 6376, 2.11.
 */
void grammar_put_quoted(struct buf *out, char c);

/*
 * Read dkim-quoted-printable, white space within ignored, into at most size
 * octets. Returns false for anything else, and for what does not fit.
 */
bool grammar_read_quoted(struct slice text, char *out, size_t size,
    size_t *len);

#endif
