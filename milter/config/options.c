#include "milter/config/options.h"

#include <string.h>

#include "milter/config/words.h"
#include "policy/base/attributes.h"

static const struct key global_keys[] = {
    {"hostname", false, NULL},
    {"socket", false, NULL},
    {"socket-mode", false, NULL},
    {"socket-group", false, NULL},
    {"user", false, NULL},
    {"operation", false, NULL},
    {"trusted-hosts", true, "{\"127.0.0.0/8\", \"::1/128\"}"},
    {"exempt-recipients", true, "{\"postmaster\"}"},
    {"on-fault", false, NULL},
    {"log", false, NULL},
    {"log-level", false, NULL},
    {"domains", false, NULL},
    {"policy-source", false, NULL},
    {"policy-key", true, NULL},
    {"policy-snapshot", false, NULL},
    {"policy-poll", false, NULL},
};

static const struct key stamp_keys[] = {
    {"domain", false, NULL},
    {"selector", false, NULL},
    {"key", false, NULL},
    {"authentication-results", false, NULL},
};

static const struct key ledger_keys[] = {
    {"path", false, NULL},
    {"durability", false, NULL},
    {"on-ledger-fault", false, NULL},
    {"keep-days", false, NULL},
    {"keep-summary-days", false, NULL},
    {"max-domains-per-day", false, NULL},
    {"ship", false, NULL},
    {"ship-backlog-days", false, NULL},
};

static const struct key nexthop_keys[] = {
    {"socket", false, NULL},
    {"socket-mode", false, NULL},
};

static const struct key metrics_keys[] = {
    {"socket", false, NULL},
    {"socket-mode", false, NULL},
};

static const struct key outbound_keys[] = {
    {"mail-log", false, NULL},
    {"mark-subject", false, NULL},
    {"mark-subject-remove", false, NULL},
    {"mark-header", false, NULL},
    {"mark-recipient-prefix", false, NULL},
    {"route-header", false, NULL},
};

/* What class, policy and client share. */
#define RULE_KEYS \
	{"mode", false, NULL}, {"from", false, NULL}, \
	{"action", false, NULL}, {"operation", false, NULL}, \
	{"min-tls", false, NULL}, {"min-bits", false, NULL}, \
	{"ciphers", false, NULL}, {"peer", false, NULL}, \
	{"peer-names", true, NULL}, {"help-url", false, NULL}, \
	{"patience", false, NULL}, {"memory", false, NULL}

static const struct key class_keys[] = {
    RULE_KEYS,
    {"to", false, NULL},
    {"header-from", false, NULL},
};

static const struct key policy_keys[] = {
    RULE_KEYS,
    {"to", false, NULL},
    {"header-from", false, NULL},
    {"class", false, NULL},
    {"subdomains", false, NULL},
    {"i-know-this-breaks-rfc3207", false, NULL},
};

static const struct key client_keys[] = {
    RULE_KEYS,
    {"class", false, NULL},
};

const struct kind option_kinds[KIND_COUNT] = {
    [KIND_GLOBAL] = {"", false, global_keys, LENGTH(global_keys)},
    [KIND_STAMP] = {"stamp", false, stamp_keys, LENGTH(stamp_keys)},
    [KIND_LEDGER] = {"ledger", false, ledger_keys, LENGTH(ledger_keys)},
    [KIND_NEXTHOP] = {"nexthop", false, nexthop_keys, LENGTH(nexthop_keys)},
    [KIND_METRICS] = {"metrics", false, metrics_keys, LENGTH(metrics_keys)},
    [KIND_OUTBOUND] = {"outbound", false, outbound_keys,
	LENGTH(outbound_keys)},
    [KIND_CLASS] = {"class", true, class_keys, LENGTH(class_keys)},
    [KIND_POLICY] = {"policy", true, policy_keys, LENGTH(policy_keys)},
    [KIND_CLIENT] = {"client", true, client_keys, LENGTH(client_keys)},
};

/* Names of keys; at the global level also of sections. */
static size_t
names_of(const struct kind *kind, const char **out)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < kind->key_count; i++)
		out[count++] = kind->keys[i].name;
	if (kind == &option_kinds[KIND_GLOBAL])
		for (i = KIND_GLOBAL + 1; i < KIND_COUNT; i++)
			out[count++] = option_kinds[i].name;
	return count;
}

const char *
option_nearest(const struct kind *kind, const char *name)
{
	const char *names[LENGTH(policy_keys) + LENGTH(global_keys) +
	    KIND_COUNT];
	struct words words = {names, names_of(kind, names)};

	return words_nearest(&words, name);
}

const char *
option_home(const char *name)
{
	size_t i, j;

	for (i = KIND_GLOBAL + 1; i < KIND_COUNT; i++)
		for (j = 0; j < option_kinds[i].key_count; j++)
			if (strcmp(option_kinds[i].keys[j].name, name) == 0)
				return option_kinds[i].name;
	return NULL;
}
