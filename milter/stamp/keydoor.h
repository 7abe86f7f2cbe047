/*
 * keydoor: questions to the process that holds the keys, and its answers.
 *
 *	keydoor_open -> (fork, and door->pid is set) -> keydoor_close_theirs
 *	    -> keydoor_ask, keydoor_tell ... -> keydoor_close
 *
 * Requests go through one socket. Each thread that asks has a line of its own
 * for the answer. A holder that does not answer within KEYDOOR_WAIT_S seconds,
 * or not as keywire.h says, is ended.
 *
 * Threads: open, close and pid while there is one; ask, tell and has_ended
 * from any. Limits: KEYWIRE_LINES threads wait for answers, others for a line.
 */
#ifndef HOPSEAL_STAMP_KEYDOOR_H
#define HOPSEAL_STAMP_KEYDOOR_H

#include <pthread.h>
#include <sys/types.h>

#include "milter/stamp/keywire.h"
#include "policy/base/attributes.h"

enum {
	KEYDOOR_WAIT_S = 10,
	KEYDOOR_ENDS = 1 + KEYWIRE_LINES /* requests, then each line */
};

struct keydoor {
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t has_line;
	unsigned free_lines; /* a bit for each that nobody waits on */
	pid_t pid;	     /* 0: it has ended */
	int requests;	     /* all write to it: a message stays whole */
	int answers[KEYWIRE_LINES];
};

/* theirs are the holder's ends, for keyserver_run. Fails: IO. */
enum status keydoor_open(struct keydoor *door, int theirs[KEYDOOR_ENDS],
    struct fault *fault) MUST_CHECK;

/* In the process that asks, once the holder has them. */
void keydoor_close_theirs(const int theirs[KEYDOOR_ENDS]);

/* The holder sees it, and ends. */
void keydoor_close(struct keydoor *door);

/*
 * Ask, and wait for the answer; the line is chosen here. fd goes along, -1:
 * none. Returns false when the holder is gone.
 */
bool keydoor_ask(struct keydoor *door, struct keywire_request *request,
    int fd, struct keywire_answer *answer) MUST_CHECK;

/* A request that has no answer. Who asks will see if the holder is gone. */
void keydoor_tell(struct keydoor *door, struct keywire_request *request);

/* Has the holder ended by itself? Once true, with its wait status. */
bool keydoor_has_ended(struct keydoor *door, int *state);

#endif
