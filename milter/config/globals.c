#include "milter/config/globals.h"

#include <string.h>

#include "milter/config/coherence.h"
#include "milter/config/draft.h"
#include "milter/config/exemptions.h"
#include "milter/config/reader.h"
#include "milter/config/value.h"
#include "policy/base/attributes.h"

enum { DAYS_MAX = 36600, DOMAINS_PER_DAY_MAX = 10000000,
	POLL_MAX = 86400 };

static const struct config defaults = {
    .socket = "local:/run/hopseal/milter.sock",
    .socket_mode = 0660,
    .socket_group = "postfix",
    .user = "hopseal",
    .operation = OPERATION_OBSERVE,
    .on_fault = ON_FAULT_ACCEPT,
    .log = LOG_SINK_SYSLOG,
    .log_level = LOG_LEVEL_INFO,
    .ledger =
	{
	    .path = "/var/lib/hopseal/ledger.db",
	    .durability = DURABILITY_FSYNC,
	    .on_fault = ON_FAULT_ACCEPT,
	    .keep_days = 400,
	    .keep_summary_days = 2557,
	    .max_domains_per_day = 20000,
	    .ship_backlog_days = 30,
	},
    .nexthop =
	{
	    .socket = "local:/run/hopseal/nexthop.sock",
	    .socket_mode = 0660,
	},
    .metrics = {.socket_mode = 0660},
    .policy_snapshot = "/var/lib/hopseal/policy.snapshot",
    .policy_poll_s = 10,
};

/* In the order of the enums that they stand for. */
static const char *const fault_words[] = {"accept", "defer"};
static const char *const sink_words[] = {"syslog", "stderr", "journal"};
static const char *const level_words[] = {"error", "warning", "info", "debug"};
static const char *const durability_words[] = {"queued", "commit", "fsync"};

static const struct words fault_answers = {fault_words, LENGTH(fault_words)};
static const struct words sinks = {sink_words, LENGTH(sink_words)};
static const struct words levels = {level_words, LENGTH(level_words)};
static const struct words durabilities = {durability_words,
    LENGTH(durability_words)};

static const char *
check_name(const char *text)
{
	struct domain domain;
	const char *wrong = value_domain(slice_of(text), &domain);

	if (wrong != NULL)
		return wrong;
	return domain.kind == DOMAIN_NAME ? NULL :
	    "is an address; allowed: a domain name";
}

/* A domain name, normalized; "none" is NULL. */
static void
read_name(struct reader *reader, const char *name, const char **out)
{
	struct domain domain;
	const char *text;

	if (!reader_text(reader, name, OPTIONAL_NONE, check_name, &text))
		return;
	*out = NULL;
	if (text == NULL)
		return;
	domain_normalize(slice_of(text), &domain);
	*out = reader_copy(reader, domain.text, domain.len);
}

/* The URL of a database. It may hold a password: faults do not repeat it. */
static void
read_database(struct reader *reader, const char *name, const char **out,
    struct config_place *place)
{
	const struct word *word = reader_word(reader, name);
	const char *wrong;

	if (word == NULL)
		return;
	*out = NULL;
	if (strcmp(word->text, "none") == 0)
		return;
	wrong = value_database(word->text);
	if (wrong != NULL) {
		reader_fault(reader, name, word, "the value %s", wrong);
		return;
	}
	*out = word->text;
	place->file = word->file;
	place->line = word->line;
}

static void
read_policy_keys(struct reader *reader, struct edition_keys *out)
{
	const struct setting *setting =
	    block_find(reader->block, "policy-key");
	struct vkey *vkeys = arena_alloc(reader->arena,
	    (setting == NULL ? 1 : setting->count + 1) * sizeof(*vkeys));
	struct sha256 *digest = NULL;
	const struct word *word;
	struct fault fault;
	size_t at = 0;

	if (vkeys == NULL || sha256_new(&digest) != STATUS_OK) {
		reader->is_out_of_memory = true;
		return;
	}
	out->vkeys = vkeys;
	while ((word = reader_next(reader, "policy-key", &at)) != NULL) {
		if (vkey_parse(digest, slice_of(word->text),
			&vkeys[out->count], &fault) == STATUS_OK)
			out->count++;
		else
			reader_fault(reader, "policy-key", word, "%s",
			    fault.text);
	}
	sha256_free(&digest);
}

static void
read_fleet_policy(struct reader *reader, struct config *out)
{
	(void)reader_path(reader, "policy-snapshot", OPTIONAL_NO,
	    &out->policy_snapshot);
	(void)reader_number(reader, "policy-poll", 1, POLL_MAX,
	    &out->policy_poll_s);
	read_policy_keys(reader, &out->policy_keys);
}

static void
read_daemon(struct reader *reader, struct config *out)
{
	unsigned value;

	read_name(reader, "hostname", &out->hostname);
	(void)reader_socket(reader, "socket", OPTIONAL_NO, &out->socket);
	(void)reader_mode(reader, "socket-mode", &out->socket_mode);
	(void)reader_text(reader, "socket-group", OPTIONAL_NONE, value_account,
	    &out->socket_group);
	(void)reader_text(reader, "user", OPTIONAL_NO, value_account,
	    &out->user);
	if (reader_enum(reader, "operation", &draft_operations, &value))
		out->operation = (enum operation)value;
	if (reader_enum(reader, "on-fault", &fault_answers, &value))
		out->on_fault = (enum on_fault)value;
	if (reader_enum(reader, "log", &sinks, &value))
		out->log = (enum log_sink)value;
	if (reader_enum(reader, "log-level", &levels, &value))
		out->log_level = (enum log_level)value;
	(void)reader_path(reader, "domains", OPTIONAL_NONE,
	    &out->domains_file);
	read_database(reader, "policy-source", &out->policy_source,
	    &out->policy_source_place);
	exemptions_read_hosts(reader, out);
	exemptions_read_recipients(reader, out);
	read_fleet_policy(reader, out);
}

static void
read_stamp(struct reader *reader, struct config *out)
{
	struct stamp_config *stamp = &out->stamp;
	const struct word *key = reader_word(reader, "key");

	read_name(reader, "domain", &stamp->domain);
	(void)reader_text(reader, "selector", OPTIONAL_NONE, value_selector,
	    &stamp->selector);
	if (reader_path(reader, "key", OPTIONAL_NONE, &stamp->key_file)) {
		stamp->key_place.file = key->file;
		stamp->key_place.line = key->line;
	}
	(void)reader_bool(reader, "authentication-results",
	    &stamp->authentication_results);
}

static void
read_ledger(struct reader *reader, struct config *out)
{
	struct ledger_config *ledger = &out->ledger;
	unsigned value;

	(void)reader_path(reader, "path", OPTIONAL_NONE, &ledger->path);
	if (reader_enum(reader, "durability", &durabilities, &value))
		ledger->durability = (enum durability)value;
	if (reader_enum(reader, "on-ledger-fault", &fault_answers, &value))
		ledger->on_fault = (enum on_fault)value;
	(void)reader_number(reader, "keep-days", 1, DAYS_MAX,
	    &ledger->keep_days);
	(void)reader_number(reader, "keep-summary-days", 1, DAYS_MAX,
	    &ledger->keep_summary_days);
	(void)reader_number(reader, "max-domains-per-day", 1,
	    DOMAINS_PER_DAY_MAX, &ledger->max_domains_per_day);
	read_database(reader, "ship", &ledger->ship, &ledger->ship_place);
	(void)reader_number(reader, "ship-backlog-days", 1, DAYS_MAX,
	    &ledger->ship_backlog_days);
}

static void
read_listener(struct reader *reader, struct listener_config *out)
{
	(void)reader_socket(reader, "socket", OPTIONAL_NONE, &out->socket);
	(void)reader_mode(reader, "socket-mode", &out->socket_mode);
}

static void
read_nexthop(struct reader *reader, struct config *out)
{
	read_listener(reader, &out->nexthop);
}

static void
read_metrics(struct reader *reader, struct config *out)
{
	read_listener(reader, &out->metrics);
}

static const char *
check_header(const char *text)
{
	size_t name_len, value_at;

	return value_header(text, &name_len, &value_at);
}

/* `Name: value`, cut at the colon; "none" makes both NULL. */
static void
read_header(struct reader *reader, const char *name, const char **field,
    const char **value)
{
	size_t name_len = 0, value_at = 0;
	const char *text;

	if (!reader_text(reader, name, OPTIONAL_NONE, check_header, &text))
		return;
	*field = *value = NULL;
	if (text == NULL || value_header(text, &name_len, &value_at) != NULL)
		return;
	*field = reader_copy(reader, text, name_len);
	*value = text + value_at;
}

static void
read_outbound(struct reader *reader, struct config *out)
{
	struct outbound_config *outbound = &out->outbound;

	(void)reader_path(reader, "mail-log", OPTIONAL_NONE,
	    &outbound->mail_log);
	(void)reader_text(reader, "mark-subject", OPTIONAL_NONE,
	    value_printable, &outbound->mark_subject);
	(void)reader_bool(reader, "mark-subject-remove",
	    &outbound->mark_subject_remove);
	read_header(reader, "mark-header", &outbound->mark_header_name,
	    &outbound->mark_header_value);
	(void)reader_text(reader, "mark-recipient-prefix", OPTIONAL_NONE,
	    value_prefix, &outbound->mark_recipient_prefix);
	read_header(reader, "route-header", &outbound->route_header_name,
	    &outbound->route_header_value);
}

typedef void section_reader(struct reader *reader, struct config *out);

static const struct {
	const char *kind;
	section_reader *read;
} sections[] = {
    {"", read_daemon},
    {"stamp", read_stamp},
    {"ledger", read_ledger},
    {"nexthop", read_nexthop},
    {"metrics", read_metrics},
    {"outbound", read_outbound},
};

enum status
globals_read(const struct document *document, struct findings *findings,
    struct config *out)
{
	const struct block *block;
	size_t i;

	*out = defaults;
	for (block = document->first; block != NULL; block = block->next) {
		struct reader reader = {block, findings, document->arena,
		    false};

		for (i = 0; i < LENGTH(sections); i++)
			if (strcmp(block->kind, sections[i].kind) == 0)
				sections[i].read(&reader, out);
		if (reader.is_out_of_memory)
			return STATUS_NOMEM;
	}
	if (document->is_complete)
		coherence_check(document, findings, out);
	return STATUS_OK;
}
