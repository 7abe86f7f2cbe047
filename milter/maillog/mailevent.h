/*
 * mailevent: what one log line of an MTA says of mail that leaves.
 *
 * Plain value that borrows the line. Made by postfixlog_read and
 * sendmaillog_read; joined by deliveries.
 */
#ifndef HOPSEAL_MAILLOG_MAILEVENT_H
#define HOPSEAL_MAILLOG_MAILEVENT_H

#include "milter/maillog/logline.h"
#include "policy/tlsinfo.h"

enum mailevent_kind {
	MAILEVENT_OTHER,    /* nothing that matters here */
	MAILEVENT_TLS,	    /* a session of this process is under TLS */
	MAILEVENT_BROKEN,   /* the session of this process has ended badly */
	MAILEVENT_DELIVERY, /* what became of recipients */
	MAILEVENT_SENDER,   /* whose message a queue id is */
	MAILEVENT_RESTART   /* the MTA has read its configuration anew */
};

enum mailevent_fate {
	MAILEVENT_SENT,
	MAILEVENT_TLS_FAILED, /* kept or returned for want of TLS */
	MAILEVENT_NOT_SENT
};

/* What Postfix 3.11 says in the delivery line itself (`tls=`). */
enum mailevent_level {
	MAILEVENT_LEVEL_UNSAID,
	MAILEVENT_LEVEL_NONE, /* the session was in clear */
	MAILEVENT_LEVEL_MAY,  /* it was allowed to be */
	MAILEVENT_LEVEL_TLS   /* it was not */
};

struct mailevent {
	enum mailevent_kind kind;
	bool is_postfix;
	struct slice queue_id;
	struct slice relay;   /* name */
	struct slice address; /* of the relay, without brackets; empty: none */
	/* MAILEVENT_TLS */
	struct slice version;
	struct slice cipher;
	unsigned bits;
	enum cert_state cert;
	/* MAILEVENT_DELIVERY: `<a@x>`, with Sendmail a list of them. */
	struct slice recipients;
	enum mailevent_fate fate;
	enum mailevent_level level;
	/* MAILEVENT_SENDER: the address without brackets. */
	struct slice sender;
};

/*
 * The next recipient of a delivery, without brackets. Begin with *rest =
 * recipients. Returns false when there is no more.
 */
bool mailevent_recipient(struct slice *rest, struct slice *out);

/*
 * The address that begins at text with `<`, up to its closing bracket, which
 * may not be quoted; *rest is what follows. Returns false when it does not
 * close.
 */
bool mailevent_address(struct slice text, struct slice *out,
    struct slice *rest);

/* Where the C string word begins in text; NULL when nowhere. */
const char *mailevent_find(struct slice text, const char *word);

/* What follows at: `at` lies in text, count octets are skipped. */
struct slice mailevent_from(struct slice text, const char *at, size_t count);

/* `256/256` or `256`: the first number, at most 99999; else 0. */
unsigned mailevent_bits(struct slice text);

#endif
