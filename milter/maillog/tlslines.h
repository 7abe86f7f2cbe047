/*
 * tlslines: does a program log its TLS sessions?
 *
 * The answer is yes for a while after a line of that kind, and no after a
 * restart. Threads: one owner. Limits: TLSLINES_MAX programs; one more takes
 * the place of the one heard of longest ago.
 */
#ifndef HOPSEAL_MAILLOG_TLSLINES_H
#define HOPSEAL_MAILLOG_TLSLINES_H

#include <stdbool.h>
#include <stdint.h>

enum { TLSLINES_MAX = 256 };

struct tlslines {
	struct {
		uint64_t host;	  /* hashes; 0: free */
		uint64_t program; /* of host and program */
		int64_t last;	  /* ms */
	} places[TLSLINES_MAX];
};

/* A TLS line of that program on that host at time. */
void tlslines_note(struct tlslines *lines, uint64_t host, uint64_t program,
    int64_t time);

/* The MTA of that host has read its configuration anew. */
void tlslines_forget(struct tlslines *lines, uint64_t host);

/* Was there one, not longer than memory (ms) before time? */
bool tlslines_known(const struct tlslines *lines, uint64_t program,
    int64_t time, int64_t memory);

#endif
