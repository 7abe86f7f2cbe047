/*
 * store: the SQLite file under the ledger.
 *
 * Opens or creates the database, checks that it is ours and of a version we
 * know, brings an older one up to date, and gives every other file of this
 * room prepared statements with faults in words. SQLite is known to this
 * room alone, and this header to its own files only. storeopen.c opens and
 * closes the file, store.c has the statements.
 *
 * Threads: one owner per struct store. Source: LEDGER.md, "Storage";
 * sqlite.org/fileformat2.html, "application_id".
 */
#ifndef HOPSEAL_LEDGER_STORE_H
#define HOPSEAL_LEDGER_STORE_H

#include <sqlite3.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/base/slice.h"
#include "policy/base/status.h"

enum {
	STORE_APPLICATION_ID = 0x4853454c, /* "HSEL" */
	STORE_VERSION = 1
};

struct store {
	sqlite3 *db;
	char *path;
	dev_t device; /* of the file that was opened */
	ino_t inode;
	bool writes;
};

/*
 * Open path for writing; created with mode 0640 when there is none. full:
 * each commit is on the disk before it returns. Fails, with a sentence that
 * says what to do: NOTFOUND (no such folder), DENIED (not ours to write),
 * EXISTS (another program's database), SYNTAX (corrupt, or newer than this
 * program), IO, NOMEM.
 */
enum status store_open(const char *path, bool full, struct store *store,
    struct fault *fault) MUST_CHECK;

/*
 * Open path for questions only; takes no lock that a writer would notice.
 * Fails as store_open.
 */
enum status store_open_reader(const char *path, struct store *store,
    struct fault *fault) MUST_CHECK;

/* A database in memory, without tables; gone when it is closed. */
enum status store_open_memory(struct store *store,
    struct fault *fault) MUST_CHECK;

void store_close(struct store *store);

/* Is the file at path still the one that was opened? */
bool store_is_in_place(const struct store *store);

/* Run SQL without result. Fails: as store_status. */
enum status store_run(const struct store *store, const char *sql,
    struct fault *fault) MUST_CHECK;

/* Gives *out, to be freed with sqlite3_finalize. */
enum status store_prepare(const struct store *store, const char *sql,
    sqlite3_stmt **out, struct fault *fault) MUST_CHECK;

/*
 * Step a statement that gives no row, and reset it. Fails: as store_status.
 */
enum status store_step(const struct store *store, sqlite3_stmt *statement,
    struct fault *fault) MUST_CHECK;

/* One number out of a query of one row and column; NOTFOUND without row. */
enum status store_number(const struct store *store, const char *sql,
    int64_t *out, struct fault *fault) MUST_CHECK;

/*
 * What the SQLite result rc means here: BUSY (locked by another), NOMEM, IO
 * (full, unreadable, corrupt, ...); the sentence names the file.
 */
enum status store_status(const struct store *store, int rc,
    struct fault *fault);

/* Column as text, never NULL. Borrows: valid until the next step. */
const char *store_text(sqlite3_stmt *statement, int column);

/* Bind text that stays valid until the step. */
void store_bind(sqlite3_stmt *statement, int place, const char *text);

/* A text of the meta table into out of size octets. Fails: NOTFOUND, LIMIT. */
enum status store_meta(const struct store *store, const char *key, char *out,
    size_t size, struct fault *fault) MUST_CHECK;
enum status store_meta_set(const struct store *store, const char *key,
    const char *value, struct fault *fault) MUST_CHECK;

#endif
