/*
 * record: one line of evidence, as the session hands it to the ledger.
 *
 * One record per recipient domain of a message, and per refusal. It holds no
 * local-part, no subject and no content. Plain value that borrows its texts:
 * ledger_submit copies them, each up to its bound. Source: LEDGER.md,
 * "Record".
 */
#ifndef HOPSEAL_LEDGER_RECORD_H
#define HOPSEAL_LEDGER_RECORD_H

#include <stdint.h>

#include "policy/base/slice.h"
#include "policy/rule.h"
#include "policy/tlsinfo.h"
#include "policy/verdict.h"

enum record_direction { RECORD_IN, RECORD_OUT };

enum record_event {
	RECORD_PASS,
	RECORD_FALLBACK,
	RECORD_DOWNGRADE,
	RECORD_REJECT,
	RECORD_DEFER,
	RECORD_WOULD_REJECT,
	RECORD_WOULD_DEFER,
	RECORD_STRIP,	    /* beside the message's own record */
	RECORD_STAMP_FAULT, /* beside the message's own record */
	RECORD_TRUSTED,
	RECORD_SENT_TLS, /* this and the following: direction out */
	RECORD_SENT_PLAIN,
	RECORD_TLS_FAILED,
	RECORD_SENT_UNKNOWN
};

enum { RECORD_EVENTS = RECORD_SENT_UNKNOWN + 1 };

enum {
	RECORD_TLS_MAX = TLS_TEXT_MAX, /* octets, longer texts are cut */
	RECORD_QUEUE_MAX = 64,
	RECORD_STAMP_MAX = 32
};

/* Texts: NULL is "". */
struct ledger_record {
	int64_t time; /* milliseconds since 1970 UTC */
	enum record_direction direction;
	enum record_event event;
	enum mode mode;
	enum side side; /* of the rule that decided */
	enum tls_state tls_state;
	enum cert_state cert;
	unsigned bits; /* 0: not known */
	bool requiretls;
	/* The session met every rule: feeds the memory of downgrades. */
	bool met;
	/* The partner's domain has a rule of its own: its name is kept. */
	bool has_rule;
	const char *sender;    /* "" is <>, "*" a name beyond comparison */
	const char *recipient; /* domain; "*" likewise */
	const char *policy;    /* policy domain or client title */
	const char *peer;      /* client or relay name */
	const char *address;   /* client or relay address */
	const char *tls;       /* "TLSv1.3"; "" is filled from tls_state */
	const char *cipher;
	const char *cn;
	const char *queue_id;
	const char *stamp_id; /* "": not stamped */
};

/* in, out. */
const char *record_direction_name(enum record_direction direction);

/* pass, fallback, ...: as in LEDGER.md. */
const char *record_event_name(enum record_event event);

/* The way back. Returns false, with *out untouched, for another text. */
bool record_event_parse(struct slice text, enum record_event *out);

/* The event of an inbound verdict's outcome. */
enum record_event record_event_of(enum outcome outcome);

/*
 * Does the event stand for a message that was taken or sent (and not for a
 * refusal, or for a note beside a message)? Trusted ones are messages too.
 */
bool record_event_is_message(enum record_event event);

#endif
