#include "milter/config/bulk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "milter/config/value.h"
#include "milter/system/input.h"

struct bulk {
	const char *file;
	struct rules *rules;
	struct table *table;
	struct findings *findings;
	unsigned line;
	size_t faults;
	struct slice class_name; /* of the line before, and its rule */
	const struct rule *class_rule;
};

static void bulk_fault(struct bulk *bulk, const char *format, ...)
    PRINTF_LIKE(2, 3);

static void
bulk_fault(struct bulk *bulk, const char *format, ...)
{
	char text[FAULT_MAX / 2];
	va_list args;

	if (bulk->faults++ >= BULK_REPORTED)
		return;
	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	findings_add(bulk->findings, bulk->file, bulk->line, "%s", text);
}

/* What can be shown of a text from the file. */
static int
shown(struct slice s)
{
	return s.len > 80 ? 80 : (int)s.len;
}

/* The next word of the line; empty at its end. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word;
	size_t i = 0;

	*rest = slice_trim(*rest);
	while (i < rest->len && !ascii_is_blank(rest->at[i]))
		i++;
	word = slice_make(rest->at, i);
	rest->at += i;
	rest->len -= i;
	return word;
}

static const struct rule *
find_class(struct bulk *bulk, struct slice name)
{
	if (bulk->class_rule == NULL || !slice_equal(bulk->class_name, name)) {
		bulk->class_rule = rules_class(bulk->rules, name);
		bulk->class_name = name;
	}
	return bulk->class_rule;
}

static void
report_class(struct bulk *bulk, struct slice name)
{
	char list[160];

	rules_class_list(bulk->rules, list, sizeof(list));
	bulk_fault(bulk, "there is no class \"%.*s\"; classes are: %s",
	    shown(name), name.at, list);
}

static void
report_repeated(struct bulk *bulk, const struct domain *domain,
    enum scope scope)
{
	const struct block *policy = scope == SCOPE_BELOW ? NULL :
	    rules_policy(bulk->rules, domain);

	if (policy != NULL)
		bulk_fault(bulk, "%s is the title of a policy at %s:%u "
		    "already; take one of them out", domain->text,
		    policy->file, policy->line);
	else
		bulk_fault(bulk, "%s%s stands in this table already; take one "
		    "of the lines out", scope == SCOPE_BELOW ? "." : "",
		    domain->text);
}

/* Fails: NOMEM, LIMIT. */
static enum status
add_entry(struct bulk *bulk, struct slice name, struct slice class_name)
{
	const struct rule *rule = find_class(bulk, class_name);
	enum scope scope = SCOPE_TREE;
	struct slice bare = name;
	struct domain domain;
	enum status status;
	const char *wrong;

	if (name.len > 1 && name.at[0] == '.') {
		scope = SCOPE_BELOW;
		bare = slice_make(name.at + 1, name.len - 1);
	}
	wrong = value_domain(bare, &domain);
	if (wrong != NULL)
		bulk_fault(bulk, "\"%.*s\" %s", shown(name), name.at, wrong);
	if (rule == NULL)
		report_class(bulk, class_name);
	if (wrong != NULL || rule == NULL)
		return STATUS_OK;
	status = table_add_domain(bulk->table, &domain, scope, rule);
	if (status != STATUS_EXISTS)
		return status;
	if (rules_give_way(bulk->rules))
		return STATUS_OK;
	report_repeated(bulk, &domain, scope);
	return STATUS_OK;
}

static enum status
parse_line(struct bulk *bulk, struct slice line)
{
	struct slice rest = slice_cut(&line, '#');
	struct slice name = next_word(&rest);
	struct slice class_name = next_word(&rest);
	struct slice more = next_word(&rest);

	if (name.len == 0)
		return STATUS_OK;
	if (class_name.len == 0)
		bulk_fault(bulk, "\"%.*s\" has no class; write DOMAIN CLASS",
		    shown(name), name.at);
	else if (more.len > 0)
		bulk_fault(bulk, "\"%.*s\" is one word too many; write DOMAIN "
		    "CLASS", shown(more), more.at);
	else
		return add_entry(bulk, name, class_name);
	return STATUS_OK;
}

enum status
bulk_parse(struct slice text, const char *file, struct rules *rules,
    struct table *table, struct findings *findings)
{
	struct bulk bulk = {.file = file, .rules = rules, .table = table,
	    .findings = findings};
	enum status status = STATUS_OK;

	while (text.len > 0 && status == STATUS_OK) {
		bulk.line++;
		status = parse_line(&bulk, slice_cut(&text, '\n'));
	}
	if (bulk.faults > BULK_REPORTED)
		findings_add(findings, file, bulk.line, "and %zu more bad "
		    "lines in this table", bulk.faults - BULK_REPORTED);
	return status;
}

enum status
bulk_read(const char *file, struct rules *rules, struct table *table,
    struct findings *findings, struct fault *fault)
{
	struct buf text;
	enum status status;

	buf_init(&text, BULK_MAX);
	status = input_read_unnamed(file, &text, NULL, fault);
	if (status == STATUS_OK) {
		status = bulk_parse(buf_slice(&text), file, rules, table,
		    findings);
		if (status != STATUS_OK)
			(void)fault_set(fault, status, status == STATUS_LIMIT ?
			    "has more domains than a table holds" :
			    "cannot be held: no memory");
	}
	buf_clear(&text);
	return status;
}
