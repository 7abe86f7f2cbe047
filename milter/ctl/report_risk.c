#include <stdlib.h>
#include <string.h>

#include "milter/ctl/report.h"

bool
report_is_breach(const struct report_row *row)
{
	const struct queries_row *counts = &row->counts;

	return row->rule != NULL && row->mode == MODE_REQUIRE &&
	    (counts->plain > 0 || counts->below > 0);
}

bool
report_is_risk(const struct report_row *row)
{
	return row->counts.below > 0 || row->counts.plain > 0 ||
	    row->counts.downgrades > 0;
}

bool
report_is_new(const struct report *report, const struct report_row *row)
{
	int64_t first = report->range.last_day - REPORT_NEW_DAYS + 1;

	if (first < report->range.first_day)
		first = report->range.first_day;
	/* In the first week of a ledger everybody is new. */
	if (first < report->ledger_first_day + REPORT_YOUNG_DAYS)
		first = report->ledger_first_day + REPORT_YOUNG_DAYS;
	return row->counts.first_seen / PERIOD_DAY_MS >= first &&
	    strcmp(row->domain, QUERIES_OTHER) != 0;
}

bool
report_can_tighten(const struct report_row *row)
{
	const struct queries_row *counts = &row->counts;
	struct domain domain;
	bool all_met = counts->messages >= REPORT_TIGHTEN_MESSAGES &&
	    counts->tls == counts->messages && counts->below == 0 &&
	    counts->downgrades == 0 && counts->refused == 0 &&
	    counts->deferred == 0;

	if (row->rule == NULL || row->mode == MODE_REQUIRE || !all_met ||
	    counts->min_tls < TLS_VERSION_1_2 ||
	    counts->last_seen - counts->first_message <
		REPORT_TIGHTEN_DAYS * PERIOD_DAY_MS)
		return false;
	domain_normalize(slice_of(row->domain), &domain);
	return domain.kind == DOMAIN_NAME;
}

/* Sorting needs the rows, and qsort has no place for them but the index. */
struct ranked {
	const struct report_row *row;
	size_t at;
};

static int
more_first(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

static int
compare_risk(const void *left, const void *right)
{
	const struct report_row *a = ((const struct ranked *)left)->row;
	const struct report_row *b = ((const struct ranked *)right)->row;
	int order = more_first(report_is_breach(a), report_is_breach(b));

	if (order == 0)
		order = more_first(a->counts.below, b->counts.below);
	if (order == 0)
		order = more_first(a->counts.downgrades, b->counts.downgrades);
	if (order == 0)
		order = more_first((uint64_t)a->counts.last_plain + 1,
		    (uint64_t)b->counts.last_plain + 1);
	return order != 0 ? order : strcmp(a->domain, b->domain);
}

size_t
report_by_risk(const struct report *report, size_t *index)
{
	struct ranked *ranked = calloc(report->count + 1, sizeof(*ranked));
	size_t count = 0;
	size_t i;

	if (ranked == NULL)
		return 0;
	for (i = 0; i < report->count; i++) {
		if (report_is_risk(&report->rows[i]))
			ranked[count++] =
			    (struct ranked){&report->rows[i], i};
	}
	qsort(ranked, count, sizeof(*ranked), compare_risk);
	for (i = 0; i < count; i++)
		index[i] = ranked[i].at;
	free(ranked);
	return count;
}
