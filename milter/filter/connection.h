/*
 * connection: what this room keeps of one connection with the MTA.
 *
 * Lives from negotiation (or CONNECT) to close, as libmilter's private
 * pointer. Threads: libmilter gives it to one worker at a time.
 */
#ifndef HOPSEAL_FILTER_CONNECTION_H
#define HOPSEAL_FILTER_CONNECTION_H

#include <stdatomic.h>

#include <libmilter/mfapi.h>

#include "milter/filter/filter.h"

struct connection {
	struct filter *filter;
	struct client client;
	struct txn *txn;
	struct txn_needs seen;	/* what the MTA was asked to send */
	bool lists_macros;	/* SETSYMLIST was negotiated */
	bool greeted;		/* macros came with CONNECT */
	unsigned long no_reply; /* the SMFIP_NR_ flags in force */
};

/* Made once per process by filter_open. */
struct filter {
	struct txn_env env;
	struct endpoint endpoint;
	_Atomic unsigned connections;
	atomic_bool is_stopped; /* filter_stop was called */
	struct episode crowded; /* descriptors run short */
	_Atomic int64_t minded_us; /* when that was last looked at */
};

/* Make one and give it to ctx. NULL: no memory. */
struct connection *connection_new(struct filter *filter, SMFICTX *ctx);

/* The one of ctx, or NULL. */
struct connection *connection_of(SMFICTX *ctx);

/* Free it and take it from ctx. */
void connection_free(SMFICTX *ctx);

#endif
