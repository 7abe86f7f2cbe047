#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy/base/attributes.h"
#include "policy/decide.h"
#include "tests/unit/check.h"
#include "tests/unit/oracle.h"
#include "tests/unit/sessions.h"

/*
 * Every combination of mode, action and operation is a rule of its own, for
 * the domains `fN.example` (senders), `tN.example` (recipients) and the
 * client network 192.0.N.0/24, once strict and once lax.
 */
enum { VARIANTS = 3 * 2 * 3, LAX = VARIANTS, NOBODY = 2 * VARIANTS };

static struct {
	struct table *table;
	struct oracle_rule from[NOBODY], to[NOBODY], client[NOBODY];
	struct oracle_rule requiretls;
	struct domain senders[NOBODY], recipients[NOBODY];
	struct ipaddr clients[NOBODY];
	char titles[3][NOBODY][24];
} world;

static const char help_url[] = "https://help.example/100%25";

static void
make_rule(int variant, struct rule *rule, struct oracle_rule *oracle)
{
	static const char modes[] = "fpr", actions[] = "rd", ops[] = "ose";
	int i = variant % VARIANTS;
	bool lax = variant >= LAX;

	*rule = rule_default;
	rule->from = rule->to = (enum mode)(i % 3);
	rule->action = (enum action)(i / 3 % 2);
	rule->operation = (enum operation)(i / 6);
	rule->header_from = i % 4 != 3;
	rule->help_url = i % 2 == 0 ? help_url : NULL;
	rule->level.min_tls = lax ? TLS_VERSION_1_0 : TLS_VERSION_1_2;
	rule->level.min_bits = lax ? 0 : 128;
	rule->level.ciphers = lax ? CIPHERS_ANY : CIPHERS_FORWARD_SECRET;
	rule->level.peer = lax ? PEER_ANY : PEER_NAMED;
	memset(oracle, 0, sizeof(*oracle));
	oracle->mode = modes[i % 3];
	oracle->action = actions[i / 3 % 2];
	oracle->operation = ops[i / 6];
	oracle->help = rule->help_url;
	oracle->min_version = lax ? 10 : 12;
	oracle->min_bits = lax ? 0 : 128;
	oracle->ciphers = lax ? 'a' : 'f';
	oracle->peer = lax ? 'a' : 'n';
	if (!lax)
		oracle->names[0] = "*.bank.example";
	oracle->patience = rule->patience;
	oracle->memory = rule->memory;
}

static void
add_domain(int variant, char side, const struct rule *kept)
{
	char *title = world.titles[side == 't' ? 1 : 0][variant];
	struct domain *domain = side == 't' ? &world.recipients[variant]
					    : &world.senders[variant];

	(void)snprintf(title, sizeof(world.titles[0][0]), "%c%d.example",
	    side, variant);
	domain_normalize(slice_of(title), domain);
	check_number(title, table_add_domain(world.table, domain, SCOPE_TREE,
	    kept), STATUS_OK);
}

static void
add_client(int variant, const struct rule *kept)
{
	char *title = world.titles[2][variant];
	struct network net;

	(void)snprintf(title, sizeof(world.titles[0][0]), "192.0.%d.0/24",
	    variant);
	assert_true(network_parse(slice_of(title), &net));
	world.clients[variant] = net.base;
	check_number(title, table_add_network(world.table, &net,
	    slice_of(title), kept), STATUS_OK);
}

static int
make_world(void **state)
{
	static const char *const names[] = {"*.bank.example"};
	struct rule rule;
	int i;

	(void)state;
	if (table_new(&world.table) != STATUS_OK)
		return -1;
	for (i = 0; i < NOBODY; i++) {
		const struct rule *kept;

		make_rule(i, &rule, &world.from[i]);
		rule.level.peer_names = i < LAX ? names : NULL;
		rule.level.peer_name_count = i < LAX ? 1 : 0;
		world.to[i] = world.client[i] = world.from[i];
		world.from[i].side = 'f';
		world.to[i].side = 't';
		world.client[i].side = 'c';
		kept = table_keep(world.table, &rule);
		add_domain(i, 'f', kept);
		add_domain(i, 't', kept);
		add_client(i, kept);
		world.from[i].title = world.titles[0][i];
		world.to[i].title = world.titles[1][i];
		world.client[i].title = world.titles[2][i];
	}
	world.requiretls = (struct oracle_rule){.title = "?", .side = 'R',
	    .mode = 'r', .action = 'r', .min_version = 12, .min_bits = 128,
	    .ciphers = 'f', .peer = 'a'};
	return table_freeze(world.table) == STATUS_OK ? 0 : -1;
}

static int
drop_world(void **state)
{
	(void)state;
	table_free(&world.table);
	return 0;
}

/* One cell of the product, as indices. */
struct cell {
	size_t session;
	int from, to, client; /* variants, or NOBODY */
	int requiretls;	      /* 0: no; else the global operation plus one */
	size_t history;
	bool exempt;
};

/* Two ends of memory and of patience, and one second beyond. */
static const struct oracle_history histories[] = {{-1, -1}, {-1, 5},
    {0, -1}, {2591999, -1}, {2592000, -1}, {60, 0}, {60, 14399},
    {60, 14400}};

static void
make_facts(const struct cell *cell, const struct tlsinfo *tls,
    struct facts *facts)
{
	const struct oracle_history *known = &histories[cell->history];

	memset(facts, 0, sizeof(*facts));
	facts->tls = tls;
	facts->judged = true;
	if (cell->client != NOBODY)
		facts->client_addr = &world.clients[cell->client];
	facts->senders = &world.senders[cell->from % NOBODY];
	facts->sender_count = cell->from != NOBODY ? 1 : 0;
	facts->recipients = &world.recipients[cell->to];
	facts->recipient_count = 1;
	facts->requiretls = cell->requiretls > 0;
	facts->exempt = cell->exempt;
	if (facts->requiretls)
		facts->operation = (enum operation)(cell->requiretls - 1);
	facts->history.met_before = known->met_ago >= 0;
	facts->history.met_age = (uint32_t)known->met_ago;
	facts->history.plain_before = known->plain_ago >= 0;
	facts->history.plain_age = (uint32_t)known->plain_ago;
}

static void
make_case(const struct cell *cell, struct oracle_case *c)
{
	c->rule_count = 0;
	if (cell->from != NOBODY)
		c->rules[c->rule_count++] = &world.from[cell->from];
	c->rules[c->rule_count++] = &world.to[cell->to];
	if (cell->client != NOBODY)
		c->rules[c->rule_count++] = &world.client[cell->client];
	if (cell->requiretls > 0) {
		world.requiretls.operation = "?ose"[cell->requiretls];
		c->rules[c->rule_count++] = &world.requiretls;
	}
	c->history = histories[cell->history];
	c->sender = cell->from != NOBODY ? world.titles[0][cell->from] : NULL;
	c->exempt = cell->exempt;
	c->at_eom = false;
}

static void
describe(const struct cell *cell, char *out, size_t size)
{
	(void)snprintf(out, size, "session %zu from %d to %d client %d "
	    "requiretls %d history %zu exempt %d", cell->session, cell->from,
	    cell->to, cell->client, cell->requiretls, cell->history,
	    cell->exempt);
}

static const char *
side_letter(enum side side)
{
	static const char *const letters[] = {"-", "f", "t", "c", "R", "f"};

	return letters[side];
}

/* Compare the whole answer; builds the row's name only when it differs. */
static void
compare(const struct cell *cell, const struct verdict *got,
    const struct tlsinfo *tls, const struct oracle_verdict *want)
{
	char row[160], side[2] = {want->decided->side, '\0'};
	struct reply reply;

	verdict_reply(got, tls, &reply);
	if (strcmp(outcome_name(got->outcome), want->outcome) == 0 &&
	    strcmp(side_letter(got->side), side) == 0 &&
	    strcmp(reply.code, want->code) == 0 &&
	    strcmp(reply.xcode, want->xcode) == 0 &&
	    strcmp(reply.text, want->text) == 0 &&
	    (reply.help == NULL) == (want->help == NULL) &&
	    got->met == want->met)
		return;
	describe(cell, row, sizeof(row));
	check_text(row, outcome_name(got->outcome), want->outcome);
	check_text(row, side_letter(got->side), side);
	check_text(row, reply.code, want->code);
	check_text(row, reply.xcode, want->xcode);
	check_text(row, reply.text, want->text);
	check_number(row, reply.help == NULL, want->help == NULL);
	check_number(row, got->met, want->met);
	if (check_failures > 20)
		fail_msg("too many");
}

/* One session for each thing that may lack, and one that lacks nothing. */
static const size_t lacking[] = {
    SESSION_UNKNOWN,
    SESSION_NONE,
#define AT(version, bits, cipher, cert) \
	((version) + 7 * ((bits) + 6 * ((cipher) + 8 * (cert))))
    AT(5, 5, 4, 5), /* nothing */
    AT(3, 5, 4, 5), /* version */
    AT(0, 5, 4, 5), /* version, without a text */
    AT(5, 2, 4, 5), /* bits */
    AT(5, 0, 4, 5), /* bits, no number */
    AT(4, 5, 2, 5), /* cipher */
    AT(4, 5, 0, 5), /* cipher, without a text */
    AT(5, 5, 4, 1), /* trust */
    AT(5, 5, 4, 4), /* name */
};

static void
check_cell(const struct cell *cell, const struct tlsinfo *tls,
    struct oracle_case *c)
{
	struct oracle_verdict want;
	struct verdict got;
	struct facts facts;

	make_facts(cell, tls, &facts);
	make_case(cell, c);
	decide_recipient(world.table, &facts, &got);
	oracle_decide(c, &want);
	compare(cell, &got, tls, &want);
}

/* All rules are strict: every rule, history and exemption with each other. */
static void
agrees_over_the_product(void **state)
{
	struct oracle_case c;
	struct tlsinfo tls;
	struct cell cell;
	size_t i, cells = 0;

	(void)state;
	memset(&cell, 0, sizeof(cell));
	for (i = 0; i < LENGTH(lacking); i++) {
		cell.session = lacking[i];
		sessions_make(cell.session, &tls, &c.session);
		for (cell.from = 0; cell.from <= VARIANTS; cell.from++)
		for (cell.to = 0; cell.to < VARIANTS; cell.to++)
		for (cell.client = 0; cell.client <= VARIANTS; cell.client++)
		for (cell.requiretls = 0; cell.requiretls < 4;
		     cell.requiretls++)
		for (cell.history = 0; cell.history < LENGTH(histories);
		     cell.history++, cells++) {
			struct cell at = cell;

			at.exempt = cells % 3 == 0;
			at.from = cell.from == VARIANTS ? NOBODY : cell.from;
			at.client = cell.client == VARIANTS ? NOBODY
							    : cell.client;
			check_cell(&at, &tls, &c);
		}
	}
	print_message("%zu cells\n", cells);
}

/* Strict and lax rules side by side, with and without exemption. */
static void
agrees_when_levels_differ(void **state)
{
	struct oracle_case c;
	struct tlsinfo tls;
	struct cell cell = {.history = 2};
	size_t i, cells = 0;
	int exempt;

	(void)state;
	for (i = 0; i < LENGTH(lacking); i++) {
		cell.session = lacking[i];
		sessions_make(cell.session, &tls, &c.session);
		for (cell.from = 0; cell.from <= NOBODY; cell.from++)
		for (cell.to = 0; cell.to < NOBODY; cell.to++)
		for (cell.client = 0; cell.client <= NOBODY; cell.client++)
		for (exempt = 0; exempt < 2; exempt++, cells++) {
			cell.exempt = exempt == 1;
			cell.requiretls = (int)(cells % 4);
			check_cell(&cell, &tls, &c);
		}
	}
	print_message("%zu cells\n", cells);
}

/* Every session there is, with every rule on each side. */
static void
agrees_for_every_session(void **state)
{
	struct oracle_case c;
	struct tlsinfo tls;
	struct cell cell;
	size_t cells = 0;
	int i;

	(void)state;
	memset(&cell, 0, sizeof(cell));
	for (cell.session = 0; cell.session < SESSIONS; cell.session++) {
		sessions_make(cell.session, &tls, &c.session);
		for (i = 0; i < NOBODY; i++)
		for (cell.history = 0; cell.history < 3; cell.history++)
		for (cell.requiretls = 0; cell.requiretls < 4;
		     cell.requiretls++, cells++) {
			cell.from = i;
			cell.to = (i + 7) % NOBODY;
			cell.client = NOBODY;
			check_cell(&cell, &tls, &c);
		}
	}
	print_message("%zu cells\n", cells);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(agrees_over_the_product),
	    check_unit_test(agrees_when_levels_differ),
	    check_unit_test(agrees_for_every_session),
	};

	return cmocka_run_group_tests_name("decide, against the oracle",
	    tests, make_world, drop_world);
}
