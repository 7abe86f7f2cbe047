/*
 * message: one mail transaction on a link, as Postfix speaks it.
 *
 *	message_greet, then message_send; or its parts, to look at each:
 *	message_mail, message_rcpt, message_content, message_end
 *
 * Each part gives the filter's answer, an SMFIR_ code; SMFIR_CONTINUE is what
 * the next part needs. Threads: one owner of a link.
 */
#ifndef HOPSEAL_BENCH_MESSAGE_H
#define HOPSEAL_BENCH_MESSAGE_H

#include "link.h"

/* CONNECT and HELO; with TLS a second HELO, and its macros from then on. */
void message_greet(struct link *link, bool tls);

char message_mail(struct link *link);
char message_rcpt(struct link *link);

/* DATA, sixteen fields, EOH and body. */
char message_content(struct link *link, const char *body, size_t size);

/* The end of the message. */
char message_end(struct link *link);

/* All of it. Was it accepted? */
bool message_send(struct link *link, const char *body, size_t size);

/* Lines of 76; free() it. */
char *message_body_new(size_t size);

#endif
