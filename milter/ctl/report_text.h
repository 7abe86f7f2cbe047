/*
 * report_text: the parts of a report for a terminal.
 *
 *	report_text.c		the order; what is said of all mail
 *	report_text_lists.c	lists of domains
 *	report_text_domain.c	what is said of one domain
 *
 * No other file includes this. Everything goes to standard output; every line
 * fits 80 columns, but for domain names and queue ids.
 */
#ifndef HOPSEAL_CTL_REPORT_TEXT_H
#define HOPSEAL_CTL_REPORT_TEXT_H

#include "milter/ctl/report.h"

/* Octets of a sentence, or of what a list says of one item. */
enum { TEXT_SENTENCE_MAX = 2048 };

/* What to write to change the colour; empty texts on paper. */
struct paint {
	const char *bold;
	const char *bad;
	const char *good;
	const char *plain;
};

/* report_text.c */

void text_heading(const struct paint *paint, const char *text);

/* report_text_lists.c; each is left out when it is empty, but the first. */

void text_risks(const struct report *report, const struct paint *paint);
void text_refusals(const struct report *report, const struct paint *paint);
void text_tighten(const struct report *report, const struct paint *paint);
void text_new(const struct report *report, const struct paint *paint);

/* report_text_domain.c */

/* Fails: as the queries. */
enum status text_domain(struct report *report, const struct paint *paint,
    struct fault *fault) MUST_CHECK;

#endif
