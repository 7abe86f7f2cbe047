/*
 * doctorsendmailkmap: a map of sendmail.cf, `Kname CLASS OPTIONS FILE`, and
 * what Sendmail's own makemap(8) lists of its database.
 *
 * Threads: one owner. Source: Sendmail Installation and Operation Guide, 5.12
 * (K); makemap(8), -u.
 */
#ifndef HOPSEAL_CTL_DOCTORSENDMAILKMAP_H
#define HOPSEAL_CTL_DOCTORSENDMAILKMAP_H

#include "milter/ctl/doctorsendmail.h"

enum { SENDMAIL_LISTING_MAX = 64 * 1024 * 1024 };

struct sendmail_map {
	bool is_named;		       /* sendmail.cf has it */
	bool is_optional;	       /* -o: no such map is an empty one */
	bool says_failure;	       /* -T<TMPF> */
	struct sendmail_text class;
	struct sendmail_text text;     /* what makemap reads */
	struct sendmail_text database; /* what Sendmail does; "": no file */
};

/*
 * The map of that line, `Kaccess `. Returns false when there is none such: out
 * is then one of class hash in file.
 */
bool sendmail_map_find(const struct sendmail_view *sendmail, const char *line,
    const char *file, struct sendmail_map *out);

/* Append `KEY<HTAB>VALUE` of each entry. Fails: as program_run. */
enum status sendmail_map_list(const struct sendmail_view *sendmail,
    const struct sendmail_map *map, struct buf *out,
    struct fault *fault) MUST_CHECK;

#endif
