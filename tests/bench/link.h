/*
 * link: the MTA's end of one milter connection, for the load generator.
 *
 *	link_dial, link_negotiate, then link_macros and link_step for each step
 *
 * Honours what the filter asked for: steps left out, silence, macro lists.
 * Any failure ends the program: a measurement with faults is none. Threads:
 * one owner. Source: libmilter/mfdef.h.
 */
#ifndef HOPSEAL_BENCH_LINK_H
#define HOPSEAL_BENCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUT_MAX = 256 * 1024, IN_MAX = 64 * 1024, STAGES = 7 };

struct link {
	int fd;
	uint32_t steps;
	char lists[STAGES][1024];
	size_t out_len;
	unsigned char out[OUT_MAX];
	unsigned char in[IN_MAX];
	bool tls_now;
	long edits;
};

/* perror and exit 70. */
_Noreturn void link_die(const char *what);

/* A socket to a path, or to PORT@IPV4. */
int link_dial(const char *target);

/* OPTNEG, and the macro lists of the answer. */
void link_negotiate(struct link *link);

/* Queue the macros of a stage; tls_now says whether those of TLS are sent. */
void link_macros(struct link *link, int stage, char command);

/* Queue one packet. */
void link_put(struct link *link, char command, const void *data, size_t len);

/* Send all that is queued. */
void link_flush(struct link *link);

/* Flush, then the final answer; edits before it are counted. */
char link_answer(struct link *link);

/*
 * A step, unless the filter left it out (SMFIP_NO flag); waits unless it is
 * silent (SMFIP_NR flag). The final answer, SMFIR_CONTINUE if there is none.
 */
char link_step(struct link *link, char command, const void *data, size_t len,
    uint32_t leave_out, uint32_t silent);

#endif
