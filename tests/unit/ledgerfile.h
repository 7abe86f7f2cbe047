/*
 * ledgerfile: a ledger of its own for a test, in a folder of its own.
 *
 * Use: ledgerfile_init, open what is wanted at .path, ledgerfile_clear,
 * which removes the folder. Include after cmocka.h.
 */
#ifndef HOPSEAL_TESTS_LEDGERFILE_H
#define HOPSEAL_TESTS_LEDGERFILE_H

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/ledger/ledger.h"

struct ledgerfile {
	char folder[64];
	char path[80];
};

/* 2026-01-03 12:00:00 UTC */
#define LEDGERFILE_TIME INT64_C(1767441600000)

static inline void
ledgerfile_init(struct ledgerfile *file)
{
	(void)snprintf(file->folder, sizeof(file->folder),
	    "/tmp/hopseal-ledger-XXXXXX");
	assert_non_null(mkdtemp(file->folder));
	(void)snprintf(file->path, sizeof(file->path), "%s/ledger.db",
	    file->folder);
}

static inline void
ledgerfile_clear(struct ledgerfile *file)
{
	DIR *folder = opendir(file->folder);
	struct dirent *item;
	char path[512];

	while (folder != NULL && (item = readdir(folder)) != NULL) {
		if (item->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", file->folder,
		    item->d_name);
		(void)unlink(path);
	}
	if (folder != NULL)
		(void)closedir(folder);
	(void)rmdir(file->folder);
}

static inline struct ledger_options
ledgerfile_options(const struct ledgerfile *file)
{
	struct ledger_options options = {
	    .path = file->path,
	    .host = "mx.example.org",
	    .durability = LEDGER_COMMIT,
	    .keep_days = 100000,
	    .keep_summary_days = 100000,
	    .max_domains_per_day = 1000,
	};

	return options;
}

static inline struct ledger *
ledgerfile_open(const struct ledger_options *options)
{
	struct ledger *ledger = NULL;
	struct fault fault = {0};

	if (ledger_open(options, &ledger, &fault) != STATUS_OK)
		fail_msg("ledger_open: %s", fault.text);
	assert_int_equal(ledger_start(ledger, &fault), STATUS_OK);
	return ledger;
}

/* A message that passed, from bank.example over TLS 1.3. */
static inline struct ledger_record
ledgerfile_record(void)
{
	struct ledger_record record = {
	    .time = LEDGERFILE_TIME,
	    .direction = RECORD_IN,
	    .event = RECORD_PASS,
	    .mode = MODE_REQUIRE,
	    .side = SIDE_FROM,
	    .tls_state = TLS_ESTABLISHED,
	    .cert = CERT_TRUSTED,
	    .bits = 256,
	    .met = true,
	    .sender = "bank.example",
	    .recipient = "example.org",
	    .policy = "bank.example",
	    .peer = "mx.bank.example",
	    .address = "192.0.2.1",
	    .tls = "TLSv1.3",
	    .cipher = "TLS_AES_256_GCM_SHA384",
	    .cn = "mx.bank.example",
	    .queue_id = "4F1",
	    .stamp_id = "",
	};

	return record;
}

/* One number by SQL, straight from the file. */
static inline int64_t
ledgerfile_number(const struct ledgerfile *file, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int64_t number = -1;

	assert_int_equal(sqlite3_open(file->path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static inline void
ledgerfile_run(const struct ledgerfile *file, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(file->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

#endif
