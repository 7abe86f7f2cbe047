#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ledger/schema.h"
#include "milter/ledger/store.h"

enum { STORE_MODE = 0640, STORE_BUSY_MS = 100, STORE_READER_BUSY_MS = 5000 };

/* The file must exist with its mode before SQLite makes its companions. */
static enum status
file_create(const char *path, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, STORE_MODE);
	struct stat info;
	int error = errno;
	bool fresh;

	if (fd < 0 && error == ENOENT)
		return fault_set(fault, STATUS_NOTFOUND,
		    "%s: the folder of the ledger does not exist; create it, "
		    "owned by the user that hopseald runs as", path);
	if (fd < 0)
		return fault_errno(fault, STATUS_DENIED, error,
		    "%s: cannot open the ledger for writing", path);
	memset(&info, 0, sizeof(info));
	fresh = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
	    info.st_size == 0;
	if (fresh && fchmod(fd, STORE_MODE) != 0)
		error = errno;
	else
		error = 0;
	(void)close(fd);
	if (!S_ISREG(info.st_mode))
		return fault_set(fault, STATUS_DENIED,
		    "%s: the ledger is not a plain file", path);
	if (error != 0)
		return fault_errno(fault, STATUS_IO, error,
		    "%s: cannot set the mode of the ledger", path);
	return STATUS_OK;
}

static enum status
store_connect(struct store *store, const char *name, int flags,
    struct fault *fault)
{
	struct stat info;
	int rc;

	rc = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc != SQLITE_OK && store->db == NULL)
		return fault_set(fault, STATUS_NOMEM, "%s: out of memory; see "
		    "MemoryMax of the unit", store->path);
	if (rc != SQLITE_OK)
		return store_status(store, rc, fault);
	(void)sqlite3_extended_result_codes(store->db, 1);
	if (stat(store->path, &info) != 0)
		return fault_errno(fault, STATUS_IO, errno, "%s",
		    store->path);
	store->device = info.st_dev;
	store->inode = info.st_ino;
	return STATUS_OK;
}

/* Ours, and not of a later program? *version is 0 for an empty file. */
static enum status
store_identify(const struct store *store, int64_t *version,
    struct fault *fault)
{
	int64_t application = 0;
	int64_t tables = 0;
	enum status status;

	status = store_number(
	    store, "PRAGMA application_id", &application, fault);
	if (status == STATUS_OK)
		status = store_number(
		    store, "PRAGMA user_version", version, fault);
	if (status == STATUS_OK)
		status = store_number(store,
		    "SELECT count(*) FROM sqlite_schema", &tables, fault);
	if (status != STATUS_OK)
		return status;
	if (application == 0 && *version == 0 && tables == 0)
		return STATUS_OK;
	if (application != STORE_APPLICATION_ID)
		return fault_set(fault, STATUS_EXISTS,
		    "%s: this is a database of another program "
		    "(application_id %lld); name another file",
		    store->path, (long long)application);
	if (*version > STORE_VERSION)
		return fault_set(fault, STATUS_SYNTAX,
		    "%s: the ledger was written by a newer hopseal (version "
		    "%lld, this one knows %d); install that one",
		    store->path, (long long)*version, (int)STORE_VERSION);
	return STATUS_OK;
}

/* One version up, in one transaction. */
static enum status
store_migrate(const struct store *store, int version, struct fault *fault)
{
	char marks[128];
	enum status status = store_run(store, "BEGIN IMMEDIATE", fault);

	(void)snprintf(marks, sizeof(marks),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;",
	    (int)STORE_APPLICATION_ID, version);
	if (status == STATUS_OK)
		status = store_run(store, schema_step(version), fault);
	if (status == STATUS_OK)
		status = store_run(store, marks, fault);
	if (status == STATUS_OK)
		status = store_run(store, "COMMIT", fault);
	if (status != STATUS_OK)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

static enum status
store_prepare_writing(struct store *store, bool full, struct fault *fault)
{
	int64_t version = 0;
	enum status status;

	(void)sqlite3_busy_timeout(store->db, STORE_READER_BUSY_MS);
	if (sqlite3_db_readonly(store->db, "main") != 0)
		return fault_set(fault, STATUS_DENIED,
		    "%s: the ledger cannot be written; see its owner and mode",
		    store->path);
	status = store_identify(store, &version, fault);
	if (status == STATUS_OK)
		status = store_run(store, "PRAGMA journal_mode = WAL", fault);
	if (status == STATUS_OK)
		status = store_run(store,
		    full ? "PRAGMA synchronous = FULL"
			 : "PRAGMA synchronous = NORMAL",
		    fault);
	if (status == STATUS_OK)
		status = store_run(store,
		    "PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;"
		    "PRAGMA journal_size_limit = 67108864;"
		    "PRAGMA trusted_schema = OFF;",
		    fault);
	while (status == STATUS_OK && version < STORE_VERSION)
		status = store_migrate(store, (int)++version, fault);
	(void)sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
	return status;
}

enum status
store_open(const char *path, bool full, struct store *store,
    struct fault *fault)
{
	enum status status;

	memset(store, 0, sizeof(*store));
	status = file_create(path, fault);
	if (status != STATUS_OK)
		return status;
	store->path = strdup(path);
	if (store->path == NULL)
		return fault_set(
		    fault, STATUS_NOMEM, "%s: out of memory", path);
	store->writes = true;
	status = store_connect(store, path, SQLITE_OPEN_READWRITE, fault);
	if (status == STATUS_OK)
		status = store_prepare_writing(store, full, fault);
	if (status != STATUS_OK)
		store_close(store);
	return status;
}

/*
 * A reader that may not write the folder cannot make the -shm file of a
 * ledger at rest. Without a -wal there is nothing that could change it, so
 * that it can be read as it stands.
 */
static enum status
store_connect_at_rest(struct store *store, struct fault *fault)
{
	char *name = sqlite3_mprintf("%s-wal", store->path);
	enum status status;

	if (name == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	if (access(name, F_OK) == 0) {
		sqlite3_free(name);
		return store_status(store, SQLITE_CANTOPEN, fault);
	}
	sqlite3_free(name);
	name = sqlite3_mprintf("file:%s?immutable=1", store->path);
	if (name == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	(void)sqlite3_close(store->db);
	store->db = NULL;
	status = store_connect(
	    store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, fault);
	sqlite3_free(name);
	return status;
}

static enum status
store_prepare_reading(struct store *store, struct fault *fault)
{
	struct fault first;
	int64_t version = 0;
	enum status status;

	(void)sqlite3_busy_timeout(store->db, STORE_READER_BUSY_MS);
	status = store_identify(store, &version, &first);
	if (status == STATUS_IO || status == STATUS_DENIED) {
		status = store_connect_at_rest(store, fault);
		if (status == STATUS_OK)
			status = store_identify(store, &version, &first);
	}
	if (status != STATUS_OK)
		return fault_set(fault, status, "%s", first.text);
	if (version == 0)
		return fault_set(fault, STATUS_NOTFOUND,
		    "%s: there is no ledger in this file yet", store->path);
	return store_run(store,
	    "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -32000; PRAGMA trusted_schema = OFF;",
	    fault);
}

enum status
store_open_reader(const char *path, struct store *store, struct fault *fault)
{
	enum status status;
	struct stat info;

	memset(store, 0, sizeof(*store));
	if (access(path, R_OK) != 0)
		return fault_errno(fault,
		    errno == ENOENT ? STATUS_NOTFOUND : STATUS_DENIED, errno,
		    "%s: cannot read the ledger", path);
	/* SQLite would wait for somebody to write to a FIFO. */
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return fault_set(fault, STATUS_IO,
		    "%s is no ledger: it is not a regular file", path);
	store->path = strdup(path);
	if (store->path == NULL)
		return fault_set(
		    fault, STATUS_NOMEM, "%s: out of memory", path);
	status = store_connect(store, path, SQLITE_OPEN_READONLY, fault);
	if (status == STATUS_OK)
		status = store_prepare_reading(store, fault);
	if (status != STATUS_OK)
		store_close(store);
	return status;
}

enum status
store_open_memory(struct store *store, struct fault *fault)
{
	int rc;

	memset(store, 0, sizeof(*store));
	store->path = strdup("memory");
	if (store->path == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	rc = sqlite3_open_v2(":memory:", &store->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc == SQLITE_OK)
		return STATUS_OK;
	store_close(store);
	return fault_set(fault, STATUS_NOMEM, "out of memory");
}

void
store_close(struct store *store)
{
	(void)sqlite3_close_v2(store->db);
	free(store->path);
	memset(store, 0, sizeof(*store));
}

bool
store_is_in_place(const struct store *store)
{
	struct stat info;

	return stat(store->path, &info) == 0 &&
	    info.st_dev == store->device && info.st_ino == store->inode;
}
