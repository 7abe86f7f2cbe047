/*
 * centreurl: what the URL of a centre says, and what it leaves open.
 *
 * Threads: any; nothing is shared. Source: PostgreSQL 15, "Connection
 * Strings" and "Parameter Key Words".
 */
#ifndef HOPSEAL_FLEET_CENTREURL_H
#define HOPSEAL_FLEET_CENTREURL_H

#include <stddef.h>

#include <libpq-fe.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"

/*
 * *out is freed with PQconninfoFree. Fails: SYNTAX; the sentence never
 * repeats the URL, which may hold a password.
 */
enum status centreurl_parse(const char *url, PQconninfoOption **out,
    struct fault *fault) MUST_CHECK;

/* Names and values for PQconnectStartParams; later ones win. */
struct centreurl_parameters {
	const char *names[16];
	const char *values[16];
	size_t count;
};

/*
 * The URL and what it leaves open: name, how a dead peer is noticed, and
 * TLS with verification unless the server is on this machine. Borrows all.
 */
void centreurl_fill(const char *url, const char *name,
    const PQconninfoOption *options, struct centreurl_parameters *out);

/* Host and database for faults, never more. */
void centreurl_describe(const PQconninfoOption *options, char *out,
    size_t size);

#endif
