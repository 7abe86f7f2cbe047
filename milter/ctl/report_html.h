/*
 * report_html: the parts of a report as html.
 *
 *	report_page.c		the page that it stands on
 *	report_html.c		the order; what is said of all mail
 *	report_html_lists.c	lists of domains
 *	report_html_domain.c	what is said of one domain
 *
 * No other file includes this. Everything goes to standard output.
 */
#ifndef HOPSEAL_CTL_REPORT_HTML_H
#define HOPSEAL_CTL_REPORT_HTML_H

#include "milter/ctl/report.h"

/* report_html.c */

/* Is this direction asked for? */
bool html_shows(const struct report *report, enum record_direction direction);

/* The counts of one direction, as cards. */
void html_cards(const struct queries_row *total,
    enum record_direction direction);

/* report_html_lists.c; each is left out when it is empty, but the first. */

void html_risks(const struct report *report);
void html_refusals(const struct report *report);
void html_tighten(const struct report *report);
void html_new(const struct report *report);

/* report_html_domain.c */

/* Fails: as the queries. */
enum status html_domain(struct report *report,
    struct fault *fault) MUST_CHECK;

#endif
