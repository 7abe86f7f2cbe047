/*
 * doctorsendmailaccess: the access map that sendmail.cf names, and what is in
 * it.
 *
 * Sendmail reads the database alone, whatever the text beside it says; so does
 * the doctor, by Sendmail's own makemap(8), and then compares the two.
 *
 * Threads: one owner. Source: makemap(8), -u; cf/README, "access_db".
 */
#ifndef HOPSEAL_CTL_DOCTORSENDMAILACCESS_H
#define HOPSEAL_CTL_DOCTORSENDMAILACCESS_H

#include "milter/ctl/accessmap.h"
#include "milter/ctl/doctorsendmail.h"

/* `Kaccess CLASS OPTIONS FILE`. */
struct sendmail_access {
	bool is_named;		     /* sendmail.cf has it */
	bool is_optional;	     /* -o: no such map is an empty one */
	bool says_failure;	     /* -T<TMPF> */
	struct sendmail_text class;
	struct sendmail_text text;     /* what makemap reads */
	struct sendmail_text database; /* what Sendmail does; "": no file */
};

/* false: sendmail.cf has no such map; out is then what it has by default. */
bool sendmail_access_find(const struct sendmail_view *sendmail,
    struct sendmail_access *out);

/* Add a finding where mail would leave in clear text without the map. */
void sendmail_access_check_options(const struct sendmail_view *sendmail,
    const struct sendmail_access *access);

/*
 * Read what the map holds, and add a finding where that is not what Sendmail
 * needs. Returns false when nothing is known of it; out is then nothing.
 */
bool sendmail_access_read(const struct sendmail_view *sendmail,
    const struct sendmail_access *access, struct accessmap *out);

/*
 * The commands that put the lines of hopseal export into the map, as remedy of
 * the last finding: all else that it holds is kept, and an export that fails
 * changes nothing.
 */
void sendmail_access_remedy(const struct sendmail_view *sendmail,
    const struct sendmail_access *access);

#endif
