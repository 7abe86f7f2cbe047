/*
 * doctorsendmail: what the parts that look at Sendmail share.
 *
 * Threads: one owner.
 */
#ifndef HOPSEAL_CTL_DOCTORSENDMAIL_H
#define HOPSEAL_CTL_DOCTORSENDMAIL_H

#include "milter/ctl/doctor.h"
#include "milter/ctl/sendmailcf.h"

/* A path or name out of the file, as a C string. */
struct sendmail_text {
	char at[1024];
};

struct sendmail_view {
	const struct doctor *doctor;
	struct diagnosis *d;
	struct slice cf; /* all of sendmail.cf */
	struct sendmail_text host;
};

/* What slice holds, cut where out ends. Returns out's text. */
const char *sendmail_text(struct slice slice, struct sendmail_text *out);

/* The two directions, beyond the filter itself. */
void sendmail_check_inbound(const struct sendmail_view *sendmail);
void sendmail_check_outbound(const struct sendmail_view *sendmail);

/*
 * Where rules bind next hops: does the access map ask for as much, and does
 * Sendmail look in it for the names that the rules have?
 */
void sendmail_check_map(const struct sendmail_view *sendmail);
void sendmail_check_names(const struct sendmail_view *sendmail);

/* Append the names in class w, and this host's own, one per line. */
void sendmail_put_local_names(const struct sendmail_view *sendmail,
    struct buf *out);

/* Where rules bind next hops: does each recipient have its own envelope? */
void sendmail_check_queues(const struct sendmail_view *sendmail);

/* Do its relays for local mail, and the mailertable, keep to the rules? */
void sendmail_check_relays(const struct sendmail_view *sendmail);

#endif
