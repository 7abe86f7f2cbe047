/*
 * smtpdialogue: the client's side of an SMTP session, up to STARTTLS.
 *
 * Threads: one owner. Limits: a reply has at most SMTP_LINES lines of
 * SMTP_LINE octets; each wait ends at the deadline. Source: RFC 5321, 4.2
 * (replies) and 4.1.1.1 (EHLO); RFC 3207 (STARTTLS); RFC 8689 (REQUIRETLS).
 */
#ifndef HOPSEAL_CTL_SMTPDIALOGUE_H
#define HOPSEAL_CTL_SMTPDIALOGUE_H

#include "milter/ctl/tlsprobe.h"

enum { SMTP_LINES = 100, SMTP_LINE = 2048, SMTP_TEXT = 200 };

/* How far it came, and what ended it. */
enum smtp_end {
	SMTP_GOOD,
	SMTP_NO_ADDRESS,  /* the name has none */
	SMTP_REFUSED,	  /* nobody listens there */
	SMTP_UNREACHABLE, /* no way there */
	SMTP_TIMEOUT,
	SMTP_CLOSED,	/* it hung up */
	SMTP_GARBAGE,	/* what came is no SMTP reply */
	SMTP_GREETING,	/* the greeting was no 220 */
	SMTP_EHLO,	/* EHLO was refused */
	SMTP_NO_STARTTLS, /* not offered */
	SMTP_STARTTLS,	/* offered, and refused */
	SMTP_INJECTED,	/* clear text came behind the 220 to STARTTLS */
	SMTP_TLS	/* the handshake failed */
};

struct smtp_reply {
	unsigned code;	      /* 200 to 599 */
	char text[SMTP_TEXT]; /* last line, what prints of it */
	bool starttls;	      /* keywords, as EHLO's answer lists them */
	bool requiretls;
};

struct smtp_peer {
	int fd; /* -1: not connected */
	struct tls_session *tls;
	int64_t deadline_us;
	size_t start, end; /* of what is read, and not yet used */
	char data[SMTP_LINE];
};

/*
 * Connect to host, trying each of its addresses; the one that answered goes
 * to address (size octets at least 46). port in decimal.
 */
enum smtp_end smtp_connect(struct smtp_peer *peer, const char *host,
    const char *port, char *address, size_t size);
void smtp_close(struct smtp_peer *peer);

/* The greeting, or the reply to a command (without CRLF; NULL: greeting). */
enum smtp_end smtp_ask(struct smtp_peer *peer, const char *command,
    struct smtp_reply *reply);

/* Is anything read that nobody asked for? */
bool smtp_has_more(const struct smtp_peer *peer);

/* One line of a reply. Returns 1: another follows, 0: the last, -1: bad. */
int smtp_read_line(struct slice line, struct smtp_reply *reply);

#endif
