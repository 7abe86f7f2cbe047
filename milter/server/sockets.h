/*
 * sockets: what hopseald listens on, bound while it may still be root.
 *
 * Threads: before there are others. Source: POLICY.md, "hopseal.conf".
 */
#ifndef HOPSEAL_SERVER_SOCKETS_H
#define HOPSEAL_SERVER_SOCKETS_H

#include "milter/config/config.h"
#include "milter/filter/filter.h"
#include "milter/system/log.h"

struct sockets {
	struct filter *filter; /* NULL: not open */
	int nexthop_fd;	       /* bound, until a thread has it; -1: none */
	int metrics_fd;	       /* the same */
};

/*
 * Bind what config names, then go from root to the configured user. The
 * MTA's group may use the sockets, whoever the daemon runs as. out->filter
 * is the caller's to free even after a failure. Fails: as endpoint_parse,
 * endpoint_vacate, filter_open and privileges_drop.
 */
enum status sockets_open(const struct config *config, const char *config_file,
    struct log *log, struct sockets *out, struct fault *fault) MUST_CHECK;

/*
 * After privileges are dropped a reload must still be able to read what was
 * read as root. It is better to hear so now than at the first reload.
 */
void sockets_warn_of_unreadable(const struct config *config,
    const char *config_file, struct log *log);

#endif
