/*
 * deliveries: joins log lines to what left, to whom, and under what TLS.
 *
 *	deliveries_new -> deliveries_feed (a line, then the next) -> _free
 *
 * The line that says TLS names a process and a relay, the line that says
 * `sent` names the process, the relay and the message. They belong together
 * when process and relay are the same and the message is the first one, or
 * the same one, that this process sent since. Where the log does not say
 * enough the answer is sent-unknown, never sent-plain:
 *
 * - no TLS line of this program has been seen for DELIVERIES_MEMORY_MS, or
 *   since it was restarted: it may be told not to log them (Postfix's
 *   default, smtp_tls_loglevel = 0);
 * - Sendmail sends another message through a connection that it kept open;
 * - the state that would tell was pushed out by too many processes.
 *
 * Pure: lines in, deliveries out; no I/O and no clock. Threads: one owner.
 * Limits: 8,192 processes, 16,384 messages, 256 programs; about 6 MB.
 * Source: LEDGER.md, "Record"; FACTS, "Log lines of deliveries".
 */
#ifndef HOPSEAL_MAILLOG_DELIVERIES_H
#define HOPSEAL_MAILLOG_DELIVERIES_H

#include "milter/maillog/delivery.h"
#include "milter/maillog/logclock.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"

#define DELIVERIES_MEMORY_MS INT64_C(86400000)

enum { DELIVERIES_PER_LINE = 200 };

struct deliveries_counts {
	uint64_t lines;
	uint64_t unknown; /* lines of another form, or not understood */
	uint64_t local;	  /* deliveries within this host, left out */
	uint64_t events[DELIVERY_EVENTS];
	uint64_t unlogged; /* sent-unknown because no TLS line was seen */
};

struct deliveries;

typedef void deliveries_sink(void *context, const struct delivery *delivery);

/*
 * sink is called for each delivery, at most DELIVERIES_PER_LINE times for a
 * line. Gives *out. Fails: NOMEM.
 */
enum status deliveries_new(deliveries_sink *sink, void *context,
    struct deliveries **out) MUST_CHECK;
void deliveries_free(struct deliveries **deliveries);

/*
 * Read one line, without its LF. Lines come in the order of the log. now: an
 * upper bound for its time, in ms.
 */
void deliveries_feed(struct deliveries *deliveries, struct slice line,
    int64_t now);

/* Learn only, tell nobody and count nothing: what was read before. */
void deliveries_rehearse(struct deliveries *deliveries, bool rehearse);

/* The time of the last line that had one; 0: none. */
int64_t deliveries_time(const struct deliveries *deliveries);

const struct deliveries_counts *
deliveries_counts(const struct deliveries *deliveries);

#endif
