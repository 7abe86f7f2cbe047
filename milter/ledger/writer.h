/*
 * writer: the one thread that writes the ledger.
 *
 * Takes units from the queue, writes each group in one transaction (records,
 * leaves, summaries, memory), and tells who waits. In between: a checkpoint
 * every minute with changes, retention in small steps. While another process
 * holds the database locked it waits and keeps what is queued; any other
 * fault fails the group at once, so that nobody waits in vain.
 *
 * writeropen.c opens the database and closes it, writer.c is the thread.
 *
 * Threads: writer_open and writer_close by the owner, writer_run in its own
 * thread. Source: LEDGER.md, "Storage".
 */
#ifndef HOPSEAL_LEDGER_WRITER_H
#define HOPSEAL_LEDGER_WRITER_H

#include <stdatomic.h>

#include "milter/ledger/ledger.h"
#include "milter/ledger/memory.h"
#include "milter/note/note.h"
#include "milter/ledger/queue.h"
#include "milter/ledger/retention.h"
#include "milter/ledger/steady.h"
#include "milter/ledger/store.h"
#include "milter/ledger/summary.h"
#include "milter/ledger/tree.h"

enum {
	WRITER_GROUP = 200,  /* records in one transaction */
	WRITER_LINGER_MS = 3, /* for more to share a commit */
	WRITER_CHORE_MS = 1000,
	WRITER_RETENTION_MS = 60000, /* when there was nothing to remove */
	WRITER_LOCKED_MS = 5000, /* how long a stop waits for a lock */
	WRITER_CHANGED_MAX = 512 /* rows of memory in one transaction */
};

struct writer {
	struct store store;
	struct queue *queue;
	struct memory *memory;
	struct sha256 *digest;
	struct notary_key *key;
	struct vkey vkey;
	struct tree tree;
	struct summary summary;
	sqlite3_stmt *add_record;
	sqlite3_stmt *add_memory;
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	char host[DOMAIN_MAX + 1];
	struct buf line;
	struct memory_row *changed; /* being written, for put_back */
	size_t changed_count;
	ledger_clock *clock;
	ledger_report *report;
	void *context;
	unsigned checkpoint_ms;
	uint64_t checkpoint_size; /* of the last checkpoint */
	int64_t checkpoint_due;	  /* monotonic ms */
	int64_t chores_due;
	int64_t retention_due;
	struct steady steady;
	int64_t give_up; /* when a stop ends the wait for a lock; 0: unset */
	bool failing; /* the last group failed: told once */
	_Atomic unsigned keep_days;
	_Atomic unsigned keep_summary_days;
	_Atomic unsigned ship_backlog_days;
	_Atomic bool limits_are_new;
	ledger_shipped *shipped; /* NULL: nobody ships */
	void *shipped_context;
	_Atomic unsigned max_domains;
	_Atomic uint64_t commits;
	_Atomic uint64_t checkpoints;
	_Atomic uint64_t records; /* leaves of the log */
	_Atomic uint64_t faults;
};

/*
 * Open the database and load the memory. Borrows queue and memory. On
 * failure nothing is left open. Fails: as store_open and logkey_open.
 */
enum status writer_open(struct writer *writer,
    const struct ledger_options *options, struct queue *queue,
    struct memory *memory, struct fault *fault) MUST_CHECK;

/* Work until the queue is stopped and empty; ends with a checkpoint. */
void writer_run(struct writer *writer);

/* Close the database; counters stay readable. */
void writer_close(struct writer *writer);

#endif
