#include "milter/fleet/policyprint.h"

#include <inttypes.h>

#include "milter/note/notary.h"
#include "policy/base/buf.h"

enum { LINE_MAX_OCTETS = 16 * 1024 };

struct print {
	struct sha256 *digest;
	struct buf line;
	uint64_t sum;
};

static void
put_level(struct buf *line, const struct level *level)
{
	size_t i;

	buf_printf(line, " %d %u %s %s", (int)level->min_tls, level->min_bits,
	    ciphers_name(level->ciphers), peer_name(level->peer));
	for (i = 0; i < level->peer_name_count; i++)
		buf_printf(line, " %s", level->peer_names[i]);
}

static void
put_rule(struct buf *line, const struct rule *rule)
{
	buf_printf(line, " %s %s %s %s", mode_name(rule->from),
	    mode_name(rule->to), action_name(rule->action),
	    operation_name(rule->operation));
	put_level(line, &rule->level);
	buf_printf(line, " %d %s %" PRIu32 " %" PRIu32, rule->header_from,
	    rule->help_url == NULL ? "-" : rule->help_url, rule->patience,
	    rule->memory);
}

/* A sum does not know the order of what was added. */
static void
add(struct print *print)
{
	unsigned char hash[NOTARY_HASH];
	uint64_t number = 0;
	size_t i;

	if (sha256_plain(print->digest, buf_slice(&print->line), hash) !=
	    STATUS_OK)
		return;
	for (i = 0; i < sizeof(number); i++)
		number = number << 8 | hash[i];
	print->sum += number;
}

static bool
add_domain(void *context, const struct match *match, enum scope scope)
{
	struct print *print = context;

	buf_reset(&print->line);
	buf_put_slice(&print->line, match->domain);
	buf_printf(&print->line, " %d", (int)scope);
	put_rule(&print->line, match->rule);
	add(print);
	return true;
}

uint64_t
policyprint(const struct config *config)
{
	struct print print = {.sum = 0};
	struct domain nobody;
	struct match match;

	if (sha256_new(&print.digest) != STATUS_OK)
		return 0;
	buf_init(&print.line, LINE_MAX_OCTETS);
	domain_init(&nobody);
	table_find(config->table, &nobody, &match);
	buf_puts(&print.line, "*");
	put_rule(&print.line, match.rule);
	add(&print);
	table_each(config->table, add_domain, &print);
	buf_clear(&print.line);
	sha256_free(&print.digest);
	return print.sum;
}
