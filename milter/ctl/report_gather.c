#include <stdlib.h>
#include <string.h>

#include "milter/ctl/report.h"

static void
policy_find(struct report_row *row, const struct config *config)
{
	struct domain domain;
	struct match match;

	if (config == NULL)
		return;
	domain_normalize(slice_of(row->domain), &domain);
	table_find(config->table, &domain, &match);
	row->rule = match.rule;
	row->policy = match.domain;
	row->mode = row->counts.direction == RECORD_OUT ? match.rule->to
							: match.rule->from;
	row->has_section = slice_is(match.domain, row->domain);
}

static bool
rows_grow(struct report *report)
{
	size_t room = report->room == 0 ? 64 : report->room * 2;
	struct report_row *rows;

	if (report->count < report->room)
		return true;
	rows = realloc(report->rows, room * sizeof(*rows));
	if (rows == NULL)
		return false;
	report->rows = rows;
	report->room = room;
	return true;
}

static void
total_add(struct queries_row *total, const struct queries_row *row)
{
	total->messages += row->messages;
	total->tls += row->tls;
	total->plain += row->plain;
	total->unknown += row->unknown;
	total->stamped += row->stamped;
	total->below += row->below;
	total->refused += row->refused;
	total->deferred += row->deferred;
	total->would_refuse += row->would_refuse;
	total->downgrades += row->downgrades;
	total->trusted += row->trusted;
}

static bool
is_empty(const struct queries_row *row)
{
	return row->messages == 0 && row->refused == 0 &&
	    row->deferred == 0 && row->downgrades == 0;
}

struct gathering {
	struct report *report;
	bool out_of_memory;
};

static void
row_take(void *context, const struct queries_row *counts)
{
	struct gathering *gathering = context;
	struct report *report = gathering->report;
	struct report_row *row;

	if (report->has_direction && report->direction != counts->direction)
		return;
	total_add(&report->total[counts->direction], counts);
	if (is_empty(counts))
		return;
	if (!rows_grow(report)) {
		gathering->out_of_memory = true;
		return;
	}
	row = &report->rows[report->count];
	memset(row, 0, sizeof(*row));
	row->domain = strdup(counts->domain);
	if (row->domain == NULL) {
		gathering->out_of_memory = true;
		return;
	}
	row->counts = *counts;
	row->counts.domain = row->domain;
	policy_find(row, report->config);
	report->count++;
	report->domain_rows[counts->direction] = row->counts;
}

struct queries *
report_days(const struct report *report)
{
	return report->days != NULL ? report->days : report->queries;
}

/* The range that was asked for, cut to what the ledger knows. */
static enum status
range_cut(struct report *report, struct fault *fault)
{
	struct queries_range days;
	enum status status = queries_days(report_days(report), &days, fault);

	if (status == STATUS_NOTFOUND) {
		days.first_day = report->now / PERIOD_DAY_MS;
		days.last_day = days.first_day;
		status = STATUS_OK;
	}
	if (status != STATUS_OK)
		return status;
	report->ledger_first_day = days.first_day;
	if (report->range.first_day < days.first_day)
		report->range.first_day = days.first_day;
	if (report->range.last_day > days.last_day)
		report->range.last_day = days.last_day;
	if (report->range.last_day < report->range.first_day)
		report->range.last_day = report->range.first_day;
	return STATUS_OK;
}

/* Why, in the words of each refusal; only where there are some. */
static enum status
refusals_ask(struct report *report, struct fault *fault)
{
	struct sessions_query query = {
	    .range = report->range,
	    .of = SESSIONS_WOULD_REFUSE,
	    .sender = report->domain,
	};
	enum status status;

	if (report->total[RECORD_IN].would_refuse == 0)
		return STATUS_OK;
	status = refusals_gather(report->queries, &query, report->config,
	    &report->refusals, fault);
	refusals_by_count(&report->refusals);
	return status;
}

enum status
report_gather(struct report *report, struct fault *fault)
{
	struct gathering gathering = {report, false};
	enum status status = range_cut(report, fault);
	int i;

	for (i = 0; i < 2; i++) {
		report->domain_rows[i].domain = report->domain;
		report->domain_rows[i].direction = (enum record_direction)i;
		report->domain_rows[i].first_message = QUERIES_NO_TIME;
		report->domain_rows[i].first_seen = QUERIES_NO_TIME;
		report->domain_rows[i].last_seen = QUERIES_NO_TIME;
		report->domain_rows[i].last_plain = QUERIES_NO_TIME;
	}
	if (status == STATUS_OK)
		status = queries_domains(report->queries, &report->range,
		    report->domain, row_take, &gathering, fault);
	if (status == STATUS_OK && gathering.out_of_memory)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	if (status == STATUS_OK)
		status = refusals_ask(report, fault);
	if (status == STATUS_OK && !report->is_fleet)
		status = integrity_read(report->queries, report->now,
		    &report->integrity, fault);
	return status;
}

void
report_clear(struct report *report)
{
	while (report->count > 0)
		free(report->rows[--report->count].domain);
	free(report->rows);
	report->rows = NULL;
	report->room = 0;
	refusals_clear(&report->refusals);
	hosts_clear(&report->hosts);
	queries_close(&report->days);
}
