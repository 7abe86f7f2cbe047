/*
 * report_page: the html page that a report stands on: its style, its head and
 * foot, and text as html has it.
 *
 * One file without script, font or image from elsewhere: it can be mailed.
 * Everything goes to standard output.
 */
#ifndef HOPSEAL_CTL_REPORT_PAGE_H
#define HOPSEAL_CTL_REPORT_PAGE_H

#include "milter/ctl/report.h"

/* Up to the beginning of the body: what is asked, of which days and log. */
void page_head(const struct report *report);

/* What the words mean, and the end. */
void page_foot(void);

/* Text of any origin, so that it is no markup. */
void page_text(const char *text);

#endif
