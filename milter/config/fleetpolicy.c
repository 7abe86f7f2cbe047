#include "milter/config/fleetpolicy.h"

#include "milter/config/bulk.h"
#include "milter/config/parser.h"
#include "milter/config/sheet.h"
#include "milter/config/source.h"

enum { CHUNK = 16 * 1024, CEILING = 1024 * 1024 * 1024 };

/* A text that was taken apart, and where its rules go. */
struct policy {
	const char *name;
	struct findings *findings;
	struct sheet sheet;
	struct document document;
};

static void
policy_clear(struct policy *policy)
{
	sheet_clear(&policy->sheet);
	arena_free(&policy->document.arena);
}

/* Fails: SYNTAX (there are findings), NOMEM. Pair: policy_clear. */
static enum status
policy_read(struct policy *policy, struct slice text)
{
	enum status status;

	sheet_init(&policy->sheet);
	status = arena_new(CHUNK, CEILING, &policy->document.arena);
	if (status == STATUS_OK)
		status = sheet_cut(text, policy->name, policy->findings,
		    &policy->sheet);
	if (status == STATUS_OK)
		status = parser_read_text(buf_slice(&policy->sheet.sections),
		    policy->name, &policy->document, policy->findings);
	if (status == STATUS_OK && findings_count(policy->findings) > 0)
		status = STATUS_SYNTAX;
	if (status == STATUS_LIMIT)
		findings_add(policy->findings, policy->name, 0,
		    "is larger than %d octets", SOURCE_MAX);
	return status;
}

/* What rules_new and rules_new_below left to do. */
static enum status
add_table(struct policy *policy, struct rules *rules)
{
	enum status status = bulk_parse(buf_slice(&policy->sheet.table),
	    policy->name, rules, rules_table(rules), policy->findings);

	if (status == STATUS_OK && findings_count(policy->findings) > 0)
		status = STATUS_SYNTAX;
	return status;
}

/* The policy by itself, with nothing above it. */
static enum status
policy_try(struct policy *policy)
{
	struct rules *rules = NULL;
	struct table *table = NULL;
	enum status status = table_new(&table);

	if (status == STATUS_OK)
		status = rules_new(&policy->document, OPERATION_OBSERVE,
		    policy->findings, table, &rules);
	if (status == STATUS_OK)
		status = add_table(policy, rules);
	if (status == STATUS_OK)
		status = table_freeze(table);
	rules_free(&rules);
	table_free(&table);
	return status;
}

static enum status
policy_lay_below(struct policy *policy, const struct rules *above,
    size_t *left_out)
{
	struct rules *rules = NULL;
	enum status status = rules_new_below(&policy->document, above,
	    policy->findings, &rules);

	if (status == STATUS_OK)
		status = add_table(policy, rules);
	if (status == STATUS_OK)
		*left_out = rules_left_out(rules);
	rules_free(&rules);
	return status;
}

/* A status without a sentence gets one. */
static enum status
explain(const struct policy *policy, enum status status)
{
	if (status == STATUS_LIMIT && findings_count(policy->findings) == 0)
		findings_add(policy->findings, policy->name, 0, "has more "
		    "rules than a table holds: %d clients, %d domains",
		    TABLE_MAX_CLIENTS, TABLE_MAX_DOMAINS);
	return status == STATUS_LIMIT ? STATUS_SYNTAX : status;
}

enum status
fleetpolicy_check(struct slice text, const char *name, config_report *report,
    void *context)
{
	struct policy policy = {.name = name};
	enum status status = findings_new(&policy.findings);

	if (status != STATUS_OK)
		return status;
	status = policy_read(&policy, text);
	if (status == STATUS_OK)
		status = policy_try(&policy);
	status = explain(&policy, status);
	findings_report(policy.findings, report, context);
	findings_free(&policy.findings);
	policy_clear(&policy);
	return status;
}

enum status
fleetpolicy_add(struct slice text, const char *name,
    const struct rules *above, struct findings *findings, size_t *left_out)
{
	struct policy policy = {.name = name, .findings = findings};
	enum status status = policy_read(&policy, text);

	/* By itself first: what gives way would hide its own repetitions. */
	if (status == STATUS_OK)
		status = policy_try(&policy);
	if (status == STATUS_OK)
		status = policy_lay_below(&policy, above, left_out);
	status = explain(&policy, status);
	policy_clear(&policy);
	return status;
}
