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
#include "milter/ctl/doctorsendmailkmap.h"

/* The file that cf/README has for it; where sendmail.cf names none. */
#define SENDMAIL_ACCESS_FILE "/etc/mail/access"

/* Add a finding where mail would leave in clear text without the map. */
void sendmail_access_check_options(const struct sendmail_view *sendmail,
    const struct sendmail_map *access);

/*
 * Read what the map holds, and add a finding where that is not what Sendmail
 * needs. Returns false when nothing is known of it; out is then nothing.
 */
bool sendmail_access_read(const struct sendmail_view *sendmail,
    const struct sendmail_map *access, struct accessmap *out);

/*
 * The commands that put the lines of hopseal export into the map, as remedy of
 * the last finding: all else that it holds is kept, and an export that fails
 * changes nothing.
 */
void sendmail_access_remedy(const struct sendmail_view *sendmail,
    const struct sendmail_map *access);

#endif
