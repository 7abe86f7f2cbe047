/*
 * processes: what the MTA's processes have said of their sessions so far.
 *
 * A table of fixed size, four places to a bucket; the place that was touched
 * longest ago is taken. A bucket remembers when it lost a session that was
 * not looked at, so that the loss is not taken for clear text.
 *
 * Threads: one owner. Limits: PROCESSES_MAX.
 */
#ifndef HOPSEAL_MAILLOG_PROCESSES_H
#define HOPSEAL_MAILLOG_PROCESSES_H

#include "milter/maillog/mailevent.h"
#include "policy/base/attributes.h"
#include "policy/base/status.h"

/* tests/fuzz/campaign defines it small, so that the table is full soon. */
#ifndef PROCESSES_MAX
#define PROCESSES_MAX 8192
#endif
enum { PROCESSES_WAYS = 4 };

/* One process; all keys are hashes, 0 is none. */
struct process {
	uint64_t key;
	uint64_t touched; /* count of the touch */
	uint64_t relay;	  /* of the session under TLS; 0: none */
	uint64_t message; /* the first that went through it; 0: none yet */
	/* The last delivery told, so that a domain is told once. */
	uint64_t told;
	enum cert_state cert;
	unsigned bits;
	char version[TLS_TEXT_MAX + 1];
	char cipher[TLS_TEXT_MAX + 1];
};

struct processes;

enum status processes_new(struct processes **out) MUST_CHECK;
void processes_free(struct processes **processes);

/*
 * The process of key, made when there is none. *lost: a session under TLS
 * was pushed out of its bucket, and may have been this one's.
 */
struct process *processes_touch(struct processes *processes, uint64_t key,
    bool *lost);

#endif
