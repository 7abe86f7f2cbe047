#include "milter/ctl/suggest_survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/config/value.h"
#include "milter/ctl/period.h"
#include "milter/ctl/progress.h"

enum { PACE_MS = 200 };

struct surveying {
	const struct survey_query *query;
	struct survey *survey;
	bool out_of_memory;
	struct progress progress;
	unsigned long records;
};

/* The place for one more, or NULL without memory. */
static struct survey_item *
survey_grow(struct survey *survey)
{
	size_t room = survey->room == 0 ? 64 : survey->room * 2;
	struct survey_item *items = survey->items;

	if (survey->count == survey->room) {
		items = realloc(items, room * sizeof(*items));
		if (items == NULL)
			return NULL;
		survey->items = items;
		survey->room = room;
	}
	memset(&items[survey->count], 0, sizeof(*items));
	return &items[survey->count++];
}

/* A name that a policy can be titled with, as it stands. */
static bool
is_title(const char *name)
{
	struct domain domain;

	return value_domain(slice_of(name), &domain) == NULL &&
	    domain.kind == DOMAIN_NAME && strcmp(domain.text, name) == 0;
}

/* The item of the row's domain: rows come by name, both directions in turn. */
static struct survey_item *
item_for(struct survey *survey, const char *domain)
{
	struct survey_item *item;

	if (survey->count > 0) {
		item = &survey->items[survey->count - 1];
		if (strcmp(item->domain, domain) == 0)
			return item;
	}
	item = survey_grow(survey);
	if (item != NULL)
		(void)snprintf(
		    item->domain, sizeof(item->domain), "%s", domain);
	return item;
}

static void
take_row(void *context, const struct queries_row *row)
{
	struct surveying *surveying = context;
	struct survey *survey = surveying->survey;
	struct survey_item *item;
	enum suggest_left left = suggest_enough(&surveying->query->limits,
	    row->messages, row->first_message, row->last_seen);

	if (row->messages == 0 || !is_title(row->domain))
		return;
	if (left != SUGGEST_NOT_LEFT) {
		if (left == SUGGEST_FEW)
			survey->few++;
		else
			survey->briefly++;
		return;
	}
	item = item_for(survey, row->domain);
	if (item == NULL) {
		surveying->out_of_memory = true;
		return;
	}
	item->messages += row->messages;
	item->asked[row->direction] = true;
}

static int
compare_name(const void *left, const void *right)
{
	const struct survey_item *a = left, *b = right;

	return strcmp(a->domain, b->domain);
}

static int
compare_messages(const void *left, const void *right)
{
	const struct survey_item *a = left, *b = right;

	if (a->messages != b->messages)
		return a->messages > b->messages ? -1 : 1;
	return compare_name(left, right);
}

/* Keep those with most mail, and give each a candidate. */
static enum status
choose(struct survey *survey, struct fault *fault)
{
	struct survey_item *item;
	size_t i;

	if (survey->count == 0)
		return STATUS_OK;
	qsort(survey->items, survey->count, sizeof(*survey->items),
	    compare_messages);
	if (survey->count > SURVEY_MAX) {
		survey->beyond = survey->count - SURVEY_MAX;
		survey->count = SURVEY_MAX;
	}
	for (i = 0; i < survey->count; i++) {
		item = &survey->items[i];
		item->candidate = malloc(sizeof(*item->candidate));
		if (item->candidate == NULL)
			return fault_set(fault, STATUS_NOMEM, "out of memory");
		suggest_candidate_init(item->candidate, item->domain);
	}
	qsort(survey->items, survey->count, sizeof(*survey->items),
	    compare_name);
	return STATUS_OK;
}

static int
compare_key(const void *key, const void *item)
{
	return strcmp(key, ((const struct survey_item *)item)->domain);
}

static struct suggest_candidate *
find(const struct survey *survey, const char *domain)
{
	const struct survey_item *item = bsearch(domain, survey->items,
	    survey->count, sizeof(*survey->items), compare_key);

	return item == NULL ? NULL : item->candidate;
}

static void
take_session(void *context, const struct session_facts *facts)
{
	struct surveying *surveying = context;
	struct suggest_candidate *candidate =
	    find(surveying->survey, facts->sender);

	progress_show(
	    &surveying->progress, ++surveying->records, "records read");
	if (candidate != NULL)
		suggest_add_sender(candidate, facts);
	candidate = find(surveying->survey, facts->recipient);
	if (candidate != NULL)
		suggest_add_recipient(candidate, facts);
}

static enum status
cut_range(struct queries *queries, struct queries_range *range,
    struct fault *fault)
{
	struct queries_range days;
	enum status status = queries_days(queries, &days, fault);

	if (status != STATUS_OK)
		return status;
	if (range->first_day < days.first_day)
		range->first_day = days.first_day;
	if (range->last_day > days.last_day)
		range->last_day = days.last_day;
	return STATUS_OK;
}

/* Every record of the range, to whom it concerns. */
static enum status
read_records(struct queries *queries, struct surveying *surveying,
    struct fault *fault)
{
	struct sessions_query query = {
	    .range = surveying->query->range, .of = SESSIONS_ALL};
	enum status status;

	progress_begin(&surveying->progress, stderr, 0);
	progress_pace(&surveying->progress, PACE_MS);
	status = sessions_walk(
	    queries, &query, take_session, surveying, fault);
	progress_end(&surveying->progress);
	return status;
}

enum status
survey_make(struct queries *queries, struct survey_query *query,
    struct survey *out, struct fault *fault)
{
	struct surveying surveying = {.query = query, .survey = out};
	enum status status;

	memset(out, 0, sizeof(*out));
	status = cut_range(queries, &query->range, fault);
	/* A ledger without a day is one without evidence, up to today. */
	if (status == STATUS_NOTFOUND) {
		query->range.first_day = period_today();
		query->range.last_day = query->range.first_day;
		return STATUS_OK;
	}
	if (status == STATUS_OK)
		status = queries_domains(queries, &query->range, NULL,
		    take_row, &surveying, fault);
	if (status == STATUS_OK && surveying.out_of_memory)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	if (status == STATUS_OK)
		status = choose(out, fault);
	if (status != STATUS_OK || out->count == 0)
		return status;
	status = read_records(queries, &surveying, fault);
	qsort(out->items, out->count, sizeof(*out->items), compare_messages);
	return status;
}

void
survey_clear(struct survey *survey)
{
	while (survey->count > 0)
		free(survey->items[--survey->count].candidate);
	free(survey->items);
	memset(survey, 0, sizeof(*survey));
}
