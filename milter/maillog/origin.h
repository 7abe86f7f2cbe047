/*
 * origin: of whom a line of the log is: host, program, process, message.
 *
 * Hashes, so that what is remembered has a fixed size; each takes the one
 * above it in, as two hosts may have a process or a queue id of one name. Two
 * that are equal are taken for the same.
 *
 * Plain value. Threads: no state. Source: FACTS, "Log lines of deliveries".
 */
#ifndef HOPSEAL_MAILLOG_ORIGIN_H
#define HOPSEAL_MAILLOG_ORIGIN_H

#include <stdint.h>

#include "milter/maillog/mailevent.h"

struct origin {
	uint64_t host;
	uint64_t program; /* of that host */
	uint64_t process; /* of that program */
	uint64_t message; /* of that host */
	int64_t time;	  /* of the line; ms since 1970 UTC */
};

/* Whom the line is of; event is what it says. */
void origin_read(const struct logline *line, const struct mailevent *event,
    struct origin *out);

/*
 * The relay that the line names: with Postfix its address counts too,
 * Sendmail's TLS line has none.
 */
uint64_t origin_relay(const struct mailevent *event);

#endif
