/*
 * report_chart: inline SVG for the html report. No script, no outside font.
 */
#ifndef HOPSEAL_CTL_REPORT_CHART_H
#define HOPSEAL_CTL_REPORT_CHART_H

#include "milter/ctl/report.h"

/*
 * Messages per day (per some days, when there are many) of one direction,
 * as stacked bars: over TLS, not known, in clear, refused. Written to
 * standard output. domain NULL: of all.
 */
enum status chart_days(struct report *report, const char *domain,
    enum record_direction direction, struct fault *fault) MUST_CHECK;

/* One horizontal bar of the shares of messages, with its legend. */
void chart_shares(const struct queries_row *row);

#endif
