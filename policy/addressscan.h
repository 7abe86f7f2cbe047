/*
 * addressscan: which octets of an address nothing hides.
 *
 * Quoted strings and comments hide what is in them, unless they never close:
 * then they are only octets, since MTAs deliver such addresses. So what is
 * looked for in an address is looked for under one reading after the other.
 *
 * address.c and addresslist.c alone include this.
 *
 * Threads: no state. Limits: none. Source: RFC 5321, 4.1.2; RFC 5322, 3.2.2.
 */
#ifndef HOPSEAL_POLICY_ADDRESSSCAN_H
#define HOPSEAL_POLICY_ADDRESSSCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESSSCAN_READINGS = 4 };

/* Where a scan stands; begin it as a copy of a reading. */
struct addressscan {
	bool quotes, comments; /* which of them are obeyed */
	bool open;	       /* in a quoted string */
	bool escaped;	       /* behind a backslash */
	size_t depth;	       /* of comments */
};

/* In the order of trial; the first one obeys both. */
extern const struct addressscan addressscan_readings[ADDRESSSCAN_READINGS];

/* Take one octet; returns whether it is neither quoted nor comment. */
bool addressscan_takes(struct addressscan *scan, char c);

#endif
