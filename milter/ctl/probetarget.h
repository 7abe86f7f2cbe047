/*
 * probetarget: which hosts a target of hopseal probe stands for, and what DNS
 * says of them. server: whom to ask, NULL for the system's.
 *
 * Source: RFC 5321, 5.1; RFC 7505; RFC 7672 (TLSA); RFC 8461 (MTA-STS).
 */
#ifndef HOPSEAL_CTL_PROBETARGET_H
#define HOPSEAL_CTL_PROBETARGET_H

#include "milter/ctl/probeprint.h"

/*
 * `domain`, `host:port`, `[host]` or `[host]:port`. Sets domain; for all but
 * the first the one host, and port if it is named. Returns false for what is
 * no target.
 */
bool probe_read_target(const char *target, struct probe *probe);

/* Sets source and hosts of a domain. */
void probe_find_hosts(const struct sockaddr_in *server, struct probe *probe);

void probe_ask_sts(const struct sockaddr_in *server, struct probe *probe);

/* Nothing is asked for an address. */
void probe_ask_tlsa(const struct sockaddr_in *server, const char *port,
    struct probehost *host);

#endif
