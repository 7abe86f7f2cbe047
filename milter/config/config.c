#include "milter/config/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "milter/config/bulk.h"
#include "milter/config/findings.h"
#include "milter/config/fleetsnapshot.h"
#include "milter/config/globals.h"
#include "milter/config/parser.h"
#include "milter/config/rules.h"

enum { CONFIG_CHUNK = 16 * 1024, CONFIG_CEILING = 1024 * 1024 * 1024 };

/* What stands behind a struct config. */
struct whole {
	struct config config; /* the first: free finds the whole by it */
	struct arena *arena;
	struct table *table;
	bool is_local; /* the fleet's policy is not asked for */
};

void
config_free(struct config **config)
{
	struct whole *whole = (struct whole *)(void *)*config;

	if (whole == NULL)
		return;
	table_free(&whole->table);
	arena_free(&whole->arena);
	free(whole);
	*config = NULL;
}

static enum status
whole_new(struct whole **out)
{
	struct whole *whole = calloc(1, sizeof(*whole));
	struct config *config;

	if (whole == NULL)
		return STATUS_NOMEM;
	if (arena_new(CONFIG_CHUNK, CONFIG_CEILING, &whole->arena) !=
		STATUS_OK ||
	    table_new(&whole->table) != STATUS_OK) {
		config = &whole->config;
		config_free(&config);
		return STATUS_NOMEM;
	}
	*out = whole;
	return STATUS_OK;
}

/* The `domains` option, for findings about its file. */
static struct word
domains_place(const struct document *document)
{
	const struct block *block;
	struct word place = {"", "hopseal.conf", 0};

	for (block = document->first; block != NULL; block = block->next) {
		const struct setting *setting = block->kind[0] == '\0' ?
		    block_find(block, "domains") : NULL;

		if (setting != NULL && setting->count > 0)
			place = setting->words[0];
	}
	return place;
}

static enum status
read_bulk(const struct document *document, struct rules *rules,
    struct findings *findings, struct whole *whole)
{
	const char *file = whole->config.domains_file;
	struct word place = domains_place(document);
	struct fault fault;
	enum status status;

	/* Without all classes, every line might look bad. */
	if (file == NULL || !document->is_complete)
		return STATUS_OK;
	status = bulk_read(file, rules, whole->table, findings, &fault);
	if (status == STATUS_OK || status == STATUS_NOMEM)
		return status;
	findings_add(findings, place.file, place.line,
	    "option domains: %s %s", file, fault.text);
	return STATUS_OK;
}

static enum status
fill(const struct document *document, struct findings *findings,
    struct whole *whole)
{
	struct rules *rules = NULL;
	enum status status;

	status = globals_read(document, findings, &whole->config);
	if (status == STATUS_OK)
		status = rules_new(document, whole->config.operation, findings,
		    whole->table, &rules);
	if (status == STATUS_LIMIT)
		findings_add(findings, document->last->file, 0, "more than %d "
		    "client sections; write networks that hold many clients",
		    TABLE_MAX_CLIENTS);
	if (status == STATUS_OK)
		status = read_bulk(document, rules, findings, whole);
	/* With errors in them it is enough to speak of these. */
	if (status == STATUS_OK && !whole->is_local &&
	    findings_count(findings) == 0)
		status = fleetsnapshot_add(rules, whole->arena, findings,
		    &whole->config);
	rules_free(&rules);
	if (status == STATUS_OK)
		status = table_freeze(whole->table);
	whole->config.sections = document->count;
	whole->config.table = whole->table;
	return status;
}

static enum status
read_whole(const char *file, struct findings *findings, struct whole *whole)
{
	struct document document = {.arena = whole->arena};
	enum status status = parser_read(file, &document, findings);

	if (status == STATUS_OK)
		status = fill(&document, findings, whole);
	if (status == STATUS_LIMIT ||
	    (status == STATUS_OK && findings_count(findings) > 0))
		status = STATUS_SYNTAX;
	return status;
}

/* Takes whole, which may be NULL, into *out, or frees it. */
static enum status
read_reporting(const char *file, config_report *report, void *context,
    struct whole *whole, struct config **out)
{
	struct findings *findings = NULL;
	struct config *config;
	enum status status = findings_new(&findings);

	if (whole == NULL)
		status = STATUS_NOMEM;
	if (status == STATUS_OK)
		status = read_whole(file, findings, whole);
	if (status == STATUS_NOMEM && findings != NULL)
		findings_add(findings, file, 0, "no memory for this "
		    "configuration");
	if (findings != NULL)
		findings_report(findings, report, context);
	findings_free(&findings);
	config = whole == NULL ? NULL : &whole->config;
	if (status == STATUS_OK)
		*out = config;
	else
		config_free(&config);
	return status;
}

enum status
config_read(const char *file, config_report *report, void *context,
    struct config **out)
{
	struct whole *whole = NULL;

	if (whole_new(&whole) == STATUS_OK)
		whole->is_local = false;
	return read_reporting(file, report, context, whole, out);
}

enum status
config_read_local(const char *file, config_report *report, void *context,
    struct config **out)
{
	struct whole *whole = NULL;

	if (whole_new(&whole) == STATUS_OK)
		whole->is_local = true;
	return read_reporting(file, report, context, whole, out);
}

bool
config_awaits_policy(const char *file)
{
	struct findings *findings = NULL;
	struct whole *whole = NULL;
	struct document document;
	struct config *config;
	bool awaits = false;

	if (findings_new(&findings) != STATUS_OK ||
	    whole_new(&whole) != STATUS_OK)
		goto out;
	document = (struct document){.arena = whole->arena};
	config = &whole->config;
	awaits = parser_read(file, &document, findings) == STATUS_OK &&
	    document.is_complete &&
	    globals_read(&document, findings, config) == STATUS_OK &&
	    findings_count(findings) == 0 && config->policy_source != NULL &&
	    access(config->policy_snapshot, F_OK) != 0;
out:
	config = whole == NULL ? NULL : &whole->config;
	config_free(&config);
	findings_free(&findings);
	return awaits;
}

bool
config_trusts(const struct config *config, const struct ipaddr *addr)
{
	size_t i;

	for (i = 0; i < config->trusted_host_count; i++)
		if (network_holds(&config->trusted_hosts[i], addr))
			return true;
	return false;
}
