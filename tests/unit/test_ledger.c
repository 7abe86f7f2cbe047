#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "tests/unit/ledgerfile.h"

static void
check_sum(struct ledger *ledger, struct ledger_stats *stats)
{
	ledger_stats(ledger, stats);
	if (stats->submitted != stats->committed + stats->refused +
		stats->failed + stats->length)
		fail_msg("submitted %llu is not %llu + %llu + %llu + %llu",
		    (unsigned long long)stats->submitted,
		    (unsigned long long)stats->committed,
		    (unsigned long long)stats->refused,
		    (unsigned long long)stats->failed,
		    (unsigned long long)stats->length);
}

static void
submit_and_wait(struct ledger *ledger, const struct ledger_record *record)
{
	struct ledger_ticket ticket;

	assert_int_equal(
	    ledger_submit(ledger, record, 1, &ticket), STATUS_OK);
	assert_int_equal(ledger_wait(ledger, &ticket, 5000), STATUS_OK);
}

static void
test_one_record(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record record = ledgerfile_record();
	struct ledger_stats stats;
	struct ledger *ledger;
	struct stat info;
	char key[96];

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	submit_and_wait(ledger, &record);
	check_sum(ledger, &stats);
	assert_int_equal(stats.committed, 1);
	assert_int_equal(stats.records, 1);
	assert_int_equal(stat(file.path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	(void)snprintf(key, sizeof(key), "%s.key", file.path);
	assert_int_equal(stat(key, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	ledger_close(ledger);
	assert_int_equal(
	    ledger_submit(ledger, &record, 1, NULL), STATUS_BUSY);
	check_sum(ledger, &stats);
	assert_int_equal(stats.refused, 1);
	ledger_free(&ledger);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT count(*) FROM record"), 1);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT count(*) FROM leaf"), 1);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT size FROM checkpoint"), 1);
	assert_int_equal(ledgerfile_number(&file,
	    "SELECT messages FROM summary WHERE domain = 'bank.example' AND"
	    " network = '192.0.2.0/24' AND event = 'pass'"), 1);
	ledgerfile_clear(&file);
}

static void
test_unit_is_whole(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record *records;
	struct ledger_ticket ticket;
	struct ledger *ledger;
	size_t i;

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	records = calloc(LEDGER_UNIT_MAX + 1, sizeof(*records));
	assert_non_null(records);
	for (i = 0; i <= LEDGER_UNIT_MAX; i++)
		records[i] = ledgerfile_record();
	assert_int_equal(
	    ledger_submit(ledger, records, 300, &ticket), STATUS_OK);
	assert_int_equal(ledger_wait(ledger, &ticket, 5000), STATUS_OK);
	assert_int_equal(ledger_submit(ledger, records, LEDGER_UNIT_MAX + 1,
	    NULL), STATUS_LIMIT);
	free(records);
	ledger_free(&ledger);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT max(part) FROM record"), 299);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT sum(messages) FROM summary"), 1);
	assert_int_equal(
	    ledgerfile_number(&file, "SELECT sum(records) FROM summary"), 300);
	ledgerfile_clear(&file);
}

static void
test_memory_survives_restart(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record record = ledgerfile_record();
	struct slice domain = slice_of("bank.example");
	struct ledger *ledger;
	struct history history;
	struct ipaddr client;

	(void)state;
	ledgerfile_init(&file);
	assert_true(ipaddr_parse(slice_of("192.0.2.77"), &client));
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	submit_and_wait(ledger, &record);
	ledger_free(&ledger);

	ledger = ledgerfile_open(&options);
	assert_int_equal(ledger_history(ledger, domain, &client,
	    record.time + 60000, &history), STATUS_OK);
	assert_true(history.met_before);
	assert_int_equal(history.met_age, 60);
	assert_false(history.plain_before);
	record.event = RECORD_DOWNGRADE;
	record.tls_state = TLS_NONE;
	record.met = false;
	record.time += 100000;
	submit_and_wait(ledger, &record);
	ledger_free(&ledger);

	ledger = ledgerfile_open(&options);
	assert_int_equal(ledger_history(ledger, domain, &client,
	    record.time + 5000, &history), STATUS_OK);
	assert_true(history.plain_before);
	assert_int_equal(history.plain_age, 5);
	record = ledgerfile_record();
	record.time += 200000;
	submit_and_wait(ledger, &record);
	assert_int_equal(ledger_history(ledger, domain, &client, record.time,
	    &history), STATUS_OK);
	assert_false(history.plain_before);
	assert_int_equal(history.met_age, 0);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

/* A note that a stamp was stripped does not begin an episode. */
static void
test_notes_teach_nothing(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record records[2] = {
	    ledgerfile_record(), ledgerfile_record()};
	struct ledger *ledger;
	struct history history;
	struct ipaddr client;

	(void)state;
	ledgerfile_init(&file);
	assert_true(ipaddr_parse(slice_of("192.0.2.1"), &client));
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	submit_and_wait(ledger, &records[0]);
	records[1].event = RECORD_STRIP;
	records[1].met = false;
	assert_int_equal(ledger_submit(ledger, records, 2, NULL), STATUS_OK);
	assert_int_equal(ledger_history(ledger, slice_of("bank.example"),
	    &client, LEDGERFILE_TIME, &history), STATUS_OK);
	assert_true(history.met_before);
	assert_false(history.plain_before);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

struct refusal {
	const char *name;
	const char *sql; /* done to a fresh ledger; NULL: see content */
	const char *content;
	enum status want;
	const char *says;
};

static void
test_refused_at_open(void **state)
{
	static const struct refusal rows[] = {
	    {"newer schema", "PRAGMA user_version = 99", NULL, STATUS_SYNTAX,
		"newer hopseal"},
	    {"another program", "PRAGMA application_id = 7", NULL,
		STATUS_EXISTS, "another program"},
	    {"state damaged", "UPDATE state SET size = 5", NULL,
		STATUS_SYNTAX, "damaged"},
	    {"state missing", "DELETE FROM state", NULL, STATUS_SYNTAX,
		"missing"},
	    {"leaf removed", "DELETE FROM leaf", NULL, STATUS_SYNTAX,
		"verify"},
	    {"no database", NULL, "this is no database, and longer than it",
		STATUS_SYNTAX, "corrupt"},
	};
	struct ledger_record record = ledgerfile_record();
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger *ledger;
	struct fault fault;
	enum status got;
	FILE *stream;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		ledgerfile_init(&file);
		options = ledgerfile_options(&file);
		ledger = ledgerfile_open(&options);
		submit_and_wait(ledger, &record);
		ledger_free(&ledger);
		if (rows[i].sql != NULL)
			ledgerfile_run(&file, rows[i].sql);
		else {
			stream = fopen(file.path, "w");
			assert_non_null(stream);
			(void)fputs(rows[i].content, stream);
			(void)fclose(stream);
		}
		fault.text[0] = '\0';
		got = ledger_open(&options, &ledger, &fault);
		if (got != rows[i].want ||
		    strstr(fault.text, rows[i].says) == NULL)
			fail_msg("%s: got %d \"%s\", want %d \"%s\"",
			    rows[i].name, got, fault.text, rows[i].want,
			    rows[i].says);
		ledgerfile_clear(&file);
	}
}

static void
test_no_folder(void **state)
{
	struct ledger_options options = {.path = "/nonexistent/x/ledger.db",
	    .host = "mx.example.org"};
	struct ledger *ledger = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(
	    ledger_open(&options, &ledger, &fault), STATUS_NOTFOUND);
	assert_non_null(strstr(fault.text, "folder"));
	assert_null(ledger);
}

static void
test_key_lost_or_changed(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger *ledger;
	struct fault fault;
	char key[96];
	char away[96];

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	ledger_free(&ledger);
	(void)snprintf(key, sizeof(key), "%s.key", file.path);
	(void)snprintf(away, sizeof(away), "%s.away", file.path);
	assert_int_equal(rename(key, away), 0);
	assert_int_equal(
	    ledger_open(&options, &ledger, &fault), STATUS_NOTFOUND);
	assert_int_equal(rename(away, key), 0);
	ledgerfile_run(&file, "DELETE FROM meta WHERE key = 'vkey'");
	assert_int_equal(
	    ledger_open(&options, &ledger, &fault), STATUS_OK);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

static void
test_locked(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record record = ledgerfile_record();
	struct ledger_ticket ticket;
	struct ledger_stats stats;
	struct ledger *ledger;
	sqlite3 *db = NULL;

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	assert_int_equal(sqlite3_open(file.path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
	    ledger_submit(ledger, &record, 1, &ticket), STATUS_OK);
	assert_int_equal(ledger_wait(ledger, &ticket, 50), STATUS_TIMEOUT);
	check_sum(ledger, &stats);
	assert_int_equal(stats.timeouts, 1);
	assert_int_equal(stats.length, 1);
	assert_int_equal(
	    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	submit_and_wait(ledger, &record);
	check_sum(ledger, &stats);
	assert_int_equal(stats.committed, 2);
	sqlite3_close(db);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

static void
test_replaced(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record record = ledgerfile_record();
	struct ledger_ticket ticket;
	struct ledger_stats stats;
	struct ledger *ledger;
	char away[96];

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	ledger = ledgerfile_open(&options);
	submit_and_wait(ledger, &record);
	(void)snprintf(away, sizeof(away), "%s.away", file.path);
	assert_int_equal(rename(file.path, away), 0);
	assert_int_equal(
	    ledger_submit(ledger, &record, 1, &ticket), STATUS_OK);
	assert_int_equal(ledger_wait(ledger, &ticket, 5000), STATUS_IO);
	check_sum(ledger, &stats);
	assert_int_equal(stats.failed, 1);
	assert_int_equal(rename(away, file.path), 0);
	submit_and_wait(ledger, &record);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

static void
test_full_queue(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_record record = ledgerfile_record();
	struct ledger_stats stats;
	struct ledger *ledger = NULL;
	struct fault fault;
	unsigned i;

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	assert_int_equal(
	    ledger_open(&options, &ledger, &fault), STATUS_OK);
	for (i = 0; i < LEDGER_QUEUE; i++)
		assert_int_equal(
		    ledger_submit(ledger, &record, 1, NULL), STATUS_OK);
	assert_int_equal(
	    ledger_submit(ledger, &record, 1, NULL), STATUS_BUSY);
	check_sum(ledger, &stats);
	assert_int_equal(stats.refused, 1);
	ledger_close(ledger);
	check_sum(ledger, &stats);
	assert_int_equal(stats.committed, LEDGER_QUEUE);
	assert_int_equal(stats.length, 0);
	ledger_free(&ledger);
	ledgerfile_clear(&file);
}

struct crowd {
	struct ledger *ledger;
	atomic_uint good;
};

enum { CROWD = 16, CROWD_RECORDS = 100 };

static void *
crowd_member(void *context)
{
	struct crowd *crowd = context;
	struct ledger_record record = ledgerfile_record();
	struct ledger_ticket ticket;
	struct history history;
	struct ipaddr client;
	unsigned i;

	(void)ipaddr_parse(slice_of("192.0.2.1"), &client);
	for (i = 0; i < CROWD_RECORDS; i++) {
		record.time += 1000;
		if (ledger_history(crowd->ledger, slice_of("bank.example"),
			&client, record.time, &history) != STATUS_OK)
			continue;
		if (ledger_submit(crowd->ledger, &record, 1, &ticket) ==
			STATUS_OK &&
		    ledger_wait(crowd->ledger, &ticket, 10000) == STATUS_OK)
			crowd->good++;
	}
	return NULL;
}

static void
test_crowd(void **state)
{
	struct ledgerfile file;
	struct ledger_options options;
	struct ledger_stats stats;
	struct crowd crowd = {.good = 0};
	pthread_t threads[CROWD];
	size_t i;

	(void)state;
	ledgerfile_init(&file);
	options = ledgerfile_options(&file);
	crowd.ledger = ledgerfile_open(&options);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(
		    &threads[i], NULL, crowd_member, &crowd), 0);
	for (i = 0; i < CROWD; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(crowd.good, CROWD * CROWD_RECORDS);
	check_sum(crowd.ledger, &stats);
	ledger_free(&crowd.ledger);
	assert_int_equal(ledgerfile_number(&file, "SELECT size FROM state"),
	    CROWD * CROWD_RECORDS);
	ledgerfile_clear(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_record),
	    cmocka_unit_test(test_unit_is_whole),
	    cmocka_unit_test(test_memory_survives_restart),
	    cmocka_unit_test(test_notes_teach_nothing),
	    cmocka_unit_test(test_refused_at_open),
	    cmocka_unit_test(test_no_folder),
	    cmocka_unit_test(test_key_lost_or_changed),
	    cmocka_unit_test(test_locked),
	    cmocka_unit_test(test_replaced),
	    cmocka_unit_test(test_full_queue),
	    cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
