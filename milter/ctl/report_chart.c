#include "milter/ctl/report_chart.h"

#include <inttypes.h>
#include <stdio.h>

enum { BARS_MAX = 92, CHART_WIDTH = 720, CHART_HEIGHT = 166, LEFT = 56,
	TOP = 12, PLOT_WIDTH = CHART_WIDTH - LEFT - 8, PLOT_HEIGHT = 132 };

enum part { PART_TLS, PART_UNKNOWN, PART_PLAIN, PART_REFUSED, PARTS };

static const struct {
	const char *name;
	const char *class_name;
} parts[PARTS] = {
    {"over TLS", "tls"},
    {"TLS state not known", "unknown"},
    {"in clear", "plain"},
    {"refused or deferred", "refused"},
};

struct bars {
	int64_t first_day;
	int64_t days_per_bar;
	int count;
	uint64_t value[BARS_MAX][PARTS];
};

static void
bars_init(struct bars *bars, const struct queries_range *range)
{
	static const struct bars none;
	int64_t days = range->last_day - range->first_day + 1;

	*bars = none;
	bars->first_day = range->first_day;
	bars->days_per_bar = (days + BARS_MAX - 1) / BARS_MAX;
	bars->count =
	    (int)((days + bars->days_per_bar - 1) / bars->days_per_bar);
}

static void
bars_add(void *context, const struct queries_day *day)
{
	struct bars *bars = context;
	int64_t at = (day->day - bars->first_day) / bars->days_per_bar;

	if (at < 0 || at >= BARS_MAX)
		return;
	bars->value[at][PART_TLS] += day->tls;
	bars->value[at][PART_UNKNOWN] += day->unknown;
	bars->value[at][PART_PLAIN] += day->plain;
	bars->value[at][PART_REFUSED] += day->refused;
}

static uint64_t
bar_sum(const struct bars *bars, int at)
{
	uint64_t sum = 0;
	int part;

	for (part = 0; part < PARTS; part++)
		sum += bars->value[at][part];
	return sum;
}

/* A round number that no bar is higher than: some times a power of ten. */
static uint64_t
scale_of(const struct bars *bars)
{
	static const uint64_t steps[] = {2, 3, 4, 5, 6, 8, 10};
	uint64_t highest = 1;
	uint64_t scale = 1;
	int i;

	for (i = 0; i < bars->count; i++) {
		if (bar_sum(bars, i) > highest)
			highest = bar_sum(bars, i);
	}
	for (; scale < UINT64_MAX / 20; scale *= 10) {
		for (i = 0; i < (int)LENGTH(steps); i++)
			if (scale * steps[i] >= highest)
				return scale * steps[i];
	}
	return highest;
}

static void
print_axis(uint64_t scale)
{
	char number[REPORT_NUMBER];
	int i;

	for (i = 0; i <= 2; i++) {
		double y = TOP + PLOT_HEIGHT * (2 - i) / 2.0;

		if (i == 1 && scale % 2 != 0)
			continue;
		report_number(scale * (uint64_t)i / 2, number);
		(void)printf("<line class=\"grid\" x1=\"%d\" x2=\"%d\" "
		    "y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
		    "text-anchor=\"end\">%s</text>\n", (int)LEFT,
		    (int)CHART_WIDTH - 8, y, y, (int)LEFT - 6, y + 4, number);
	}
}

static void
print_bar(const struct bars *bars, int at, uint64_t scale)
{
	double step = (double)PLOT_WIDTH / bars->count;
	double width = step > 4 ? step - 1 : step;
	double y = TOP + PLOT_HEIGHT;
	double height;
	char day[PERIOD_TEXT];
	int part;

	period_print(bars->first_day + at * bars->days_per_bar, day);
	if (width > 24)
		width = 24;
	if (bar_sum(bars, at) == 0)
		return;
	(void)printf("<g><title>%s:", day);
	for (part = 0; part < PARTS; part++)
		if (bars->value[at][part] > 0)
			(void)printf(" %" PRIu64 " %s",
			    bars->value[at][part], parts[part].name);
	(void)printf("</title>");
	for (part = 0; part < PARTS; part++) {
		if (bars->value[at][part] == 0)
			continue;
		height = (double)bars->value[at][part] * PLOT_HEIGHT /
		    (double)scale;
		/* What must not be overlooked is never thinner than a line. */
		if (height < 1.2)
			height = 1.2;
		y -= height;
		(void)printf("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%.1f\"/>",
		    parts[part].class_name, LEFT + step * at, y, width,
		    height);
	}
	(void)printf("</g>\n");
}

static void
print_dates(const struct bars *bars)
{
	char day[PERIOD_TEXT];

	period_print(bars->first_day, day);
	(void)printf("<text x=\"%d\" y=\"%d\">%s</text>", (int)LEFT,
	    TOP + PLOT_HEIGHT + 18, day);
	if (bars->count < 4)
		return;
	period_print(bars->first_day +
		(bars->count - 1) * bars->days_per_bar, day);
	(void)printf("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
	    (int)CHART_WIDTH - 8, TOP + PLOT_HEIGHT + 18, day);
}

enum status
chart_days(struct report *report, const char *domain,
    enum record_direction direction, struct fault *fault)
{
	struct bars bars;
	enum status status;
	uint64_t scale;
	int i;

	bars_init(&bars, &report->range);
	status = queries_by_day(report_days(report), &report->range,
	    domain, direction, bars_add, &bars, fault);
	if (status != STATUS_OK)
		return status;
	scale = scale_of(&bars);
	(void)printf("<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"messages over time\">\n", (int)CHART_WIDTH,
	    (int)CHART_HEIGHT);
	print_axis(scale);
	for (i = 0; i < bars.count; i++)
		print_bar(&bars, i, scale);
	print_dates(&bars);
	if (bars.days_per_bar == 1)
		(void)puts("</svg>\n<p class=\"note\">Messages per day.</p>");
	else
		(void)printf("</svg>\n<p class=\"note\">Messages per %d days."
		    "</p>\n", (int)bars.days_per_bar);
	return STATUS_OK;
}

void
chart_shares(const struct queries_row *row)
{
	const uint64_t values[] = {row->tls, row->unknown, row->plain};
	double x = 0, width;
	char number[REPORT_NUMBER], share[REPORT_NUMBER];
	unsigned i;

	(void)printf("<svg class=\"shares\" viewBox=\"0 0 %d 20\" "
	    "preserveAspectRatio=\"none\" role=\"img\" "
	    "aria-label=\"shares of messages\">", (int)CHART_WIDTH);
	for (i = 0; i < LENGTH(values) && row->messages > 0; i++) {
		width = (double)values[i] * CHART_WIDTH /
		    (double)row->messages;
		if (values[i] > 0 && width < 2)
			width = 2;
		(void)printf("<rect class=\"%s\" x=\"%.1f\" y=\"0\" "
		    "width=\"%.1f\" height=\"20\"/>", parts[i].class_name, x,
		    width);
		x += width;
	}
	(void)printf("</svg>\n<p class=\"legend\">");
	for (i = 0; i < LENGTH(values); i++) {
		report_number(values[i], number);
		report_percent(values[i], row->messages, share);
		(void)printf("<span><i class=\"%s\"></i>%s %s (%s)</span> ",
		    parts[i].class_name, number, parts[i].name, share);
	}
	(void)printf("<span><i class=\"refused\"></i>%" PRIu64
	    " refused or deferred</span></p>\n",
	    row->refused + row->deferred + row->downgrades);
}
