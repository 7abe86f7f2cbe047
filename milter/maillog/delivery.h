/*
 * delivery: one recipient domain of one message, and how it left this host.
 *
 * Plain value. What one line says of it by itself is read here; its event,
 * sender, recipient and TLS facts come of joining lines: deliveries.h.
 *
 * Threads: no state. Limits: texts are cut at the sizes below.
 * Source: LEDGER.md, "Record".
 */
#ifndef HOPSEAL_MAILLOG_DELIVERY_H
#define HOPSEAL_MAILLOG_DELIVERY_H

#include <stdint.h>

#include "milter/maillog/mailevent.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "policy/tlsinfo.h"

enum { DELIVERY_QUEUE_MAX = 64 };

enum delivery_event {
	DELIVERY_SENT_TLS,
	DELIVERY_SENT_PLAIN,
	DELIVERY_TLS_FAILED,
	DELIVERY_SENT_UNKNOWN
};

enum { DELIVERY_EVENTS = DELIVERY_SENT_UNKNOWN + 1 };

struct delivery {
	int64_t time; /* ms since 1970 UTC */
	enum delivery_event event;
	enum cert_state cert;
	unsigned bits;
	char version[TLS_TEXT_MAX + 1]; /* "": not known, or no TLS */
	char cipher[TLS_TEXT_MAX + 1];
	char queue_id[DELIVERY_QUEUE_MAX + 1];
	char relay[DOMAIN_MAX + 1];	/* A-labels; "": only an address */
	char address[IPADDR_TEXT];	/* "": none */
	struct domain sender;		/* DOMAIN_NONE: the null sender */
	bool sender_known;
	struct domain recipient;
};

/*
 * Does the line, of kind MAILEVENT_DELIVERY, tell of no mail that leaves: a
 * content filter, a delivery agent, the submission of local mail?
 */
bool delivery_is_local(const struct mailevent *event);

/*
 * What the line says: time, queue id, relay and address. All else is empty,
 * cert is CERT_UNKNOWN, and sender the null sender, not known.
 */
void delivery_read(const struct mailevent *event, int64_t time,
    struct delivery *out);

/*
 * Copy a word of the log for the record, without what has no place in a log
 * or reply. out, of size octets, ends in NUL; what is longer is cut.
 */
void delivery_copy_token(char *out, size_t size, struct slice text);

#endif
