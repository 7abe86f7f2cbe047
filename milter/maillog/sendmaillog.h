/*
 * sendmaillog: lines of Sendmail.
 *
 * A process that delivers logs `STARTTLS=client, relay=...` without a queue
 * id, then `QUEUE-ID: to=..., stat=Sent (...)`; what an access map's TLS_Rcpt
 * forbids is `QUEUE-ID: ruleset=tls_rcpt, ...`. All need LogLevel 9, the
 * default. Source: Sendmail 8.14 to 8.18, Installation and Operation Guide,
 * 4.1.1; op.me, "STARTTLS".
 */
#ifndef HOPSEAL_MAILLOG_SENDMAILLOG_H
#define HOPSEAL_MAILLOG_SENDMAILLOG_H

#include "milter/maillog/mailevent.h"

/* Does the line look like one of Sendmail's that matters here? */
bool sendmaillog_is_ours(const struct logline *line);

/* Returns false when the line is not understood. */
bool sendmaillog_read(const struct logline *line, struct mailevent *out);

#endif
