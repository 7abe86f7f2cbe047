#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "ledgerfile.h"
#include "milter/ledger/sessions.h"

#define TODAY (LEDGERFILE_TIME / 86400000)

static const struct {
	const char *name;
	enum record_event event;
	enum tls_state state;
	enum cert_state cert;
	const char *tls, *cipher, *sender;
	unsigned bits;
	enum gap gap; /* of the session by the default level */
} rows[] = {
    {"good", RECORD_PASS, TLS_ESTABLISHED, CERT_TRUSTED, "TLSv1.3",
	"TLS_AES_256_GCM_SHA384", "bank.example", 256, GAP_NONE},
    {"clear", RECORD_WOULD_REJECT, TLS_NONE, CERT_NONE, "", "",
	"bank.example", 0, GAP_TLS},
    {"unknown", RECORD_WOULD_DEFER, TLS_UNKNOWN, CERT_UNKNOWN, "", "", "", 0,
	GAP_UNKNOWN},
    {"old", RECORD_FALLBACK, TLS_ESTABLISHED, CERT_FAILED, "TLSv1.1",
	"ECDHE-RSA-AES256-SHA", "old.example", 256, GAP_VERSION},
    {"no bits", RECORD_REJECT, TLS_ESTABLISHED, CERT_NONE, "TLSv1.2",
	"ECDHE-RSA-AES256-SHA", "old.example", 0, GAP_BITS},
    {"static key", RECORD_REJECT, TLS_ESTABLISHED, CERT_NONE, "TLSv1.2",
	"AES256-SHA", "old.example", 256, GAP_CIPHER},
};

static void
fill(const struct ledgerfile *file)
{
	struct ledger_options options = ledgerfile_options(file);
	struct ledger *ledger = ledgerfile_open(&options);
	struct ledger_record record;
	size_t i;

	for (i = 0; i < LENGTH(rows); i++) {
		record = ledgerfile_record();
		record.time += (int64_t)i;
		record.event = rows[i].event;
		record.tls_state = rows[i].state;
		record.cert = rows[i].cert;
		record.tls = rows[i].tls;
		record.cipher = rows[i].cipher;
		record.sender = rows[i].sender;
		record.bits = rows[i].bits;
		assert_int_equal(
		    ledger_submit(ledger, &record, 1, NULL), STATUS_OK);
	}
	ledger_close(ledger);
	ledger_free(&ledger);
}

struct walk {
	size_t count;
	size_t seen[LENGTH(rows)]; /* which row */
};

static void
take(void *context, const struct session_facts *facts)
{
	struct walk *walk = context;
	size_t at = (size_t)(facts->time - LEDGERFILE_TIME);
	const char *name;

	assert_true(at < LENGTH(rows) && walk->count < LENGTH(rows));
	name = rows[at].name;
	walk->seen[walk->count++] = at;
	check_number(name, facts->event, rows[at].event);
	check_number(name, facts->tls.state, rows[at].state);
	check_number(name, facts->tls.cert, rows[at].cert);
	check_number(name, facts->mode, MODE_REQUIRE);
	check_number(name, facts->side, SIDE_FROM);
	check_number(name, facts->direction, RECORD_IN);
	check_text(name, facts->sender, rows[at].sender);
	check_text(name, facts->recipient, "example.org");
	check_text(name, facts->address, "192.0.2.1");
	check_number(name,
	    level_check(&level_default, slice_of("bank.example"), &facts->tls),
	    rows[at].gap);
}

static struct walk
walk(const struct ledgerfile *file, const struct sessions_query *query)
{
	struct queries *queries = NULL;
	struct walk walk = {0};
	struct fault fault;

	assert_int_equal(
	    queries_open(file->path, &queries, &fault), STATUS_OK);
	assert_int_equal(
	    sessions_walk(queries, query, take, &walk, &fault), STATUS_OK);
	queries_close(&queries);
	return walk;
}

static void
test_walks(void **state)
{
	static const struct {
		const char *name;
		struct sessions_query query;
		size_t count;
		size_t seen[LENGTH(rows)];
	} walks[] = {
	    {"all", {{TODAY, TODAY}, SESSIONS_ALL, NULL}, 6,
		{0, 1, 2, 3, 4, 5}},
	    {"would refuse",
		{{TODAY, TODAY}, SESSIONS_WOULD_REFUSE, NULL}, 2, {1, 2}},
	    {"one sender", {{TODAY, TODAY}, SESSIONS_ALL, "old.example"}, 3,
		{3, 4, 5}},
	    {"null sender", {{TODAY, TODAY}, SESSIONS_ALL, "<>"}, 1, {2}},
	    {"one of these",
		{{TODAY, TODAY}, SESSIONS_WOULD_REFUSE, "bank.example"}, 1,
		{1}},
	    {"none", {{TODAY, TODAY}, SESSIONS_WOULD_REFUSE, "old.example"},
		0, {0}},
	    {"yesterday", {{TODAY - 1, TODAY - 1}, SESSIONS_ALL, NULL}, 0,
		{0}},
	};
	struct ledgerfile file;
	struct walk got;
	size_t i, at;

	(void)state;
	ledgerfile_init(&file);
	fill(&file);
	for (i = 0; i < LENGTH(walks); i++) {
		got = walk(&file, &walks[i].query);
		check_number(walks[i].name, (long)got.count,
		    (long)walks[i].count);
		for (at = 0; at < got.count; at++)
			check_number(walks[i].name, (long)got.seen[at],
			    (long)walks[i].seen[at]);
	}
	ledgerfile_clear(&file);
}

/* A word that is none of ours is passed over, and ends nothing. */
static void
test_foreign_words(void **state)
{
	struct sessions_query query = {{TODAY, TODAY}, SESSIONS_ALL, NULL};
	static const char *const changes[] = {
	    "UPDATE record SET mode = 'x' WHERE seq = 0",
	    "UPDATE record SET side = '' WHERE seq = 0",
	    "UPDATE record SET event = 'pruned' WHERE seq = 0",
	};
	struct ledgerfile file;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(changes); i++) {
		ledgerfile_init(&file);
		fill(&file);
		ledgerfile_run(&file, changes[i]);
		check_number(changes[i], (long)walk(&file, &query).count,
		    (long)LENGTH(rows) - 1);
		ledgerfile_clear(&file);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_walks, check_rows),
	    cmocka_unit_test_teardown(test_foreign_words, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
