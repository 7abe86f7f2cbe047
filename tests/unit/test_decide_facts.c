#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "policy/base/attributes.h"
#include "policy/decide.h"
#include "tests/unit/check.h"

/* What decide makes of facts that are not in the product of test_decide.c. */

static const struct tlsinfo plain = {.state = TLS_NONE};
static const struct tlsinfo unknown = {.state = TLS_UNKNOWN};
static const struct tlsinfo good = {.state = TLS_ESTABLISHED,
    .version = TLS_VERSION_1_3, .bits_known = true, .bits = 256,
    .cipher_class = CIPHER_KNOWN | CIPHER_FORWARD_SECRET | CIPHER_AEAD};

static struct table *table;

static struct domain
domain_of(const char *text)
{
	struct domain domain;

	domain_normalize(slice_of(text), &domain);
	return domain;
}

/*
 * MODE.OPERATION.example for every mode and operation; hf.NAME speaks of the
 * From field too.
 */
static int
make(void **state)
{
	static const char *const modes[] = {"fallback", "prefer", "require"};
	static const char *const operations[] = {"observe", "stamp",
	    "enforce"};
	struct rule rule = rule_default;
	struct domain domain;
	char name[64];
	int i;

	(void)state;
	if (table_new(&table) != STATUS_OK)
		return -1;
	for (i = 0; i < 18; i++) {
		rule.from = rule.to = (enum mode)(i % 3);
		rule.operation = (enum operation)(i / 3 % 3);
		rule.header_from = i >= 9;
		(void)snprintf(name, sizeof(name), "%s%s.%s.example",
		    i >= 9 ? "hf." : "", modes[i % 3], operations[i / 3 % 3]);
		domain = domain_of(name);
		if (table_add_domain(table, &domain, SCOPE_TREE,
			table_keep(table, &rule)) != STATUS_OK)
			return -1;
	}
	return 0;
}

static int
drop(void **state)
{
	table_free(&table);
	return check_rows(state);
}

struct row {
	const char *sender, *second_sender; /* NULL: none */
	const char *recipient, *second_recipient;
	const struct tlsinfo *tls;
	bool requiretls, exempt;
	const char *outcome, *side, *domain;
	bool to_require, all_stamp, exempted;
	enum mode strictest;
};

static void
decide_row(const struct row *row, struct verdict *out)
{
	struct domain senders[FACTS_DOMAINS], recipients[FACTS_DOMAINS];
	struct facts facts = {.tls = row->tls, .judged = true,
	    .senders = senders, .recipients = recipients,
	    .requiretls = row->requiretls, .exempt = row->exempt,
	    .operation = OPERATION_ENFORCE,
	    .history = {.met_before = true, .met_age = 1}};

	if (row->sender != NULL)
		senders[facts.sender_count++] = domain_of(row->sender);
	if (row->second_sender != NULL)
		senders[facts.sender_count++] = domain_of(row->second_sender);
	recipients[facts.recipient_count++] = domain_of(row->recipient);
	if (row->second_recipient != NULL)
		recipients[facts.recipient_count++] =
		    domain_of(row->second_recipient);
	decide_recipient(table, &facts, out);
}

#define FE "fallback.enforce.example"
#define FS "fallback.stamp.example"
#define PE "prefer.enforce.example"
#define RE "require.enforce.example"
#define RO "require.observe.example"
#define RS "require.stamp.example"
#define F MODE_FALLBACK_ALLOWED
#define P MODE_PREFER
#define R MODE_REQUIRE

static const struct row rows[] = {
    /* argument and macro differ: the rules of both */
    {RE, FE, FE, NULL, &plain, 0, 0, "reject", "from", RE, 0, 1, 0, R},
    {FE, RE, FE, NULL, &plain, 0, 0, "reject", "from", RE, 0, 1, 0, R},
    {FE, NULL, FE, RE, &plain, 0, 0, "reject", "to", RE, 0, 1, 0, R},
    {FE, NULL, RE, FE, &plain, 0, 0, "reject", "to", RE, 0, 1, 0, R},
    /* the default rule speaks of all else */
    {"x.example", NULL, FE, NULL, &plain, 0, 0, "fallback", "from", "*", 0, 0,
	0, F},
    {"not a name", NULL, FE, NULL, &good, 0, 0, "pass", "from", "*", 0, 0, 0,
	F},
    {NULL, NULL, "not a name", NULL, &good, 0, 0, "pass", "to", "*", 0, 0, 0,
	F},
    {"sub." RE, NULL, FE, NULL, &plain, 0, 0, "reject", "from", RE, 0, 1, 0,
	R},
    /* next=require: the `to` mode of every recipient's rule, enforced */
    {FE, NULL, RE, NULL, &good, 0, 0, "pass", "from", FE, 1, 1, 0, R},
    {NULL, NULL, RE, NULL, &good, 0, 0, "pass", "to", RE, 1, 1, 0, R},
    {NULL, NULL, RE, FE, &good, 0, 0, "pass", "to", RE, 0, 1, 0, R},
    {NULL, NULL, RO, NULL, &good, 0, 0, "pass", "to", RO, 0, 0, 0, R},
    {NULL, NULL, RS, NULL, &good, 0, 0, "pass", "to", RS, 0, 1, 0, R},
    {RE, NULL, PE, NULL, &good, 0, 0, "pass", "from", RE, 0, 1, 0, R},
    {NULL, NULL, RE, NULL, &good, 1, 0, "pass", "to", RE, 1, 1, 0, R},
    /* observe and stamp refuse nothing */
    {RO, NULL, FE, NULL, &plain, 0, 0, "would-reject", "from", RO, 0, 0, 0,
	R},
    {RS, NULL, FE, NULL, &unknown, 0, 0, "would-defer", "from", RS, 0, 1, 0,
	R},
    {RO, NULL, RE, NULL, &plain, 0, 0, "reject", "to", RE, 1, 0, 0, R},
    /* exempt: what refuses is a fallback */
    {FE, NULL, RE, NULL, &plain, 0, 1, "fallback", "to", RE, 1, 1, 1, R},
    {FE, NULL, RE, NULL, &unknown, 0, 1, "fallback", "to", RE, 1, 1, 1, R},
    {PE, NULL, FE, NULL, &plain, 0, 1, "fallback", "from", PE, 0, 1, 1, P},
    {FE, NULL, FE, NULL, &plain, 0, 1, "fallback", "from", FE, 0, 1, 0, F},
    {FE, NULL, RE, NULL, &good, 0, 1, "pass", "from", FE, 1, 1, 0, R},
    /* REQUIRETLS */
    {FE, NULL, FE, NULL, &plain, 1, 0, "reject", "requiretls", "REQUIRETLS",
	0, 1, 0, R},
    {FE, NULL, FE, NULL, &unknown, 1, 0, "defer", "requiretls", "REQUIRETLS",
	0, 1, 0, R},
    /* literals and names that cannot be compared have no memory */
    {PE, NULL, FE, NULL, &plain, 0, 0, "downgrade", "from", PE, 0, 1, 0, P},
    {"[192.0.2.1]", NULL, PE, NULL, &plain, 0, 0, "fallback", "from", "*", 0,
	0, 0, P},
    {"not a name", NULL, PE, NULL, &plain, 0, 0, "fallback", "from", "*", 0,
	0, 0, P},
    {NULL, NULL, PE, NULL, &plain, 0, 0, "fallback", "to", PE, 0, 1, 0, P},
    {"x.example", NULL, PE, NULL, &plain, 0, 0, "downgrade", "to", PE, 0, 0,
	0, P},
};

static void
decides_rows(void **state)
{
	struct verdict got;
	char row[32];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(row, sizeof(row), "row %zu", i);
		decide_row(&rows[i], &got);
		check_text(row, outcome_name(got.outcome), rows[i].outcome);
		check_text(row, side_name(got.side), rows[i].side);
		check_slice(row, got.domain, rows[i].domain);
		check_number(row, got.to_require, rows[i].to_require);
		check_number(row, got.all_stamp, rows[i].all_stamp);
		check_number(row, got.exempted, rows[i].exempted);
		check_number(row, got.strictest, rows[i].strictest);
		check_number(row, got.met, rows[i].tls == &good);
	}
}

static void
names_the_sender_that_used_tls(void **state)
{
	struct domain senders[] = {domain_of("x.example"),
	    domain_of("y.example")};
	struct domain to = domain_of(PE);
	struct facts facts = {.tls = &plain, .judged = true,
	    .senders = senders, .sender_count = 2, .recipients = &to,
	    .recipient_count = 1, .operation = OPERATION_ENFORCE,
	    .history = {.met_before = true}};
	struct verdict got;
	struct reply reply;

	(void)state;
	decide_recipient(table, &facts, &got);
	verdict_reply(&got, &plain, &reply);
	check_text("reply", reply.text, "Encryption needed: x.example has "
	    "used TLS before, please retry with TLS");
	check_text("code", reply.code, "451");
	check_text("xcode", reply.xcode, "4.7.10");
	/* The first is recorded: another's episode would never begin. */
	senders[0] = domain_of("[192.0.2.1]");
	decide_recipient(table, &facts, &got);
	check_text("literal", outcome_name(got.outcome), "fallback");
	check_slice("literal", got.subject, "");
}

static void
judges_no_trusted_host(void **state)
{
	struct domain domain = domain_of("hf." RE);
	struct facts facts = {.tls = &plain, .senders = &domain,
	    .sender_count = 1, .recipients = &domain, .recipient_count = 1,
	    .requiretls = true, .operation = OPERATION_ENFORCE};
	struct verdict got;

	(void)state;
	decide_recipient(table, &facts, &got);
	check_text("outcome", outcome_name(got.outcome), "trusted");
	check_text("side", side_name(got.side), "-");
	decide_header_from(table, &facts, &domain, &got);
	check_text("outcome", outcome_name(got.outcome), "trusted");
	check_text("side", side_name(got.side), "-");
}

static void
judges_the_from_field(void **state)
{
	static const struct {
		const char *domain;
		const struct tlsinfo *tls;
		const char *outcome, *side;
		bool all_stamp;
	} from[] = {
	    {"hf." RE, &plain, "reject", "header-from", true},
	    {"x.hf." RE, &plain, "reject", "header-from", true},
	    {"hf." RE, &unknown, "defer", "header-from", true},
	    {"hf." RE, &good, "pass", "header-from", true},
	    {"hf." RO, &plain, "would-reject", "header-from", false},
	    {"hf." RS, &unknown, "would-defer", "header-from", true},
	    {"hf." PE, &plain, "fallback", "header-from", true},
	    {"hf." FE, &plain, "fallback", "header-from", true},
	    {RE, &plain, "pass", "-", false},
	    {"x.example", &plain, "pass", "-", false},
	    {"not a name", &plain, "pass", "-", false},
	};
	struct verdict got;
	struct reply reply;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(from); i++) {
		struct domain domain = domain_of(from[i].domain);
		struct facts facts = {.tls = from[i].tls, .judged = true,
		    .senders = &domain, .sender_count = 1,
		    .requiretls = true, .operation = OPERATION_ENFORCE,
		    .history = {.met_before = true}};

		decide_header_from(table, &facts, &domain, &got);
		check_text(from[i].domain, outcome_name(got.outcome),
		    from[i].outcome);
		check_text(from[i].domain, side_name(got.side), from[i].side);
		check_number(from[i].domain, got.all_stamp, from[i].all_stamp);
		if (strcmp(from[i].outcome, "reject") != 0)
			continue;
		verdict_reply(&got, from[i].tls, &reply);
		check_text(from[i].domain, reply.text, "Encryption needed: "
		    "mail from hf." RE " must arrive over TLS");
	}
}

int
main(void)
{
#define FACTS(f) cmocka_unit_test_setup_teardown(f, make, drop)
	const struct CMUnitTest tests[] = {
	    FACTS(decides_rows),
	    FACTS(names_the_sender_that_used_tls),
	    FACTS(judges_no_trusted_host),
	    FACTS(judges_the_from_field),
	};

	return cmocka_run_group_tests_name("decide, other facts", tests, NULL,
	    NULL);
}
