/*
 * endpoint: a socket as the configuration names it.
 *
 *	local:PATH  unix:PATH  inet:PORT@HOST  inet6:PORT@HOST
 *
 * HOST is an address or a name of /etc/hosts; a missing `@HOST` means every
 * address. Source: POLICY.md, "hopseal.conf"; smfi_setconn's syntax.
 */
#ifndef HOPSEAL_SYSTEM_ENDPOINT_H
#define HOPSEAL_SYSTEM_ENDPOINT_H

#include <sys/socket.h>
#include <sys/types.h>

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

enum {
	ENDPOINT_HOST_MAX = 255,
	ENDPOINT_PATH_MAX = 107,
	ENDPOINT_CONNECT_S = 3
};

struct endpoint {
	int family; /* AF_UNIX, AF_INET, AF_INET6 */
	char path[ENDPOINT_PATH_MAX + 1];
	char host[ENDPOINT_HOST_MAX + 1]; /* "": every address */
	unsigned port;			  /* 1 to 65535 */
};

/* Who may use a unix socket. */
struct endpoint_owner {
	uid_t user;  /* (uid_t)-1: leave as it is */
	gid_t group; /* (gid_t)-1: leave as it is */
	mode_t mode;
};

/* Fails: SYNTAX, LIMIT; the sentence says what is allowed. */
enum status endpoint_parse(struct slice text, struct endpoint *out,
    struct fault *fault) MUST_CHECK;

/*
 * Make the place of a listener free: a unix socket that a crash left behind
 * is removed, one that a living process answers on is not. An address
 * that is taken is found by bind itself. Fails: BUSY, EXISTS (the path is
 * no socket), NOTFOUND (no such folder), IO.
 */
enum status endpoint_vacate(const struct endpoint *endpoint,
    struct fault *fault) MUST_CHECK;

/*
 * Give a bound unix socket its owner and mode; a link in its place is not
 * followed. Fails: DENIED, IO.
 */
enum status endpoint_own(const struct endpoint *endpoint,
    const struct endpoint_owner *owner, struct fault *fault) MUST_CHECK;

/*
 * Listen; gives a descriptor, close-on-exec and non-blocking, with the owner
 * set. Call endpoint_vacate first. Fails: BUSY, DENIED, IO.
 */
enum status endpoint_listen(const struct endpoint *endpoint,
    const struct endpoint_owner *owner, int *out,
    struct fault *fault) MUST_CHECK;

/*
 * Returns a connected descriptor, close-on-exec and for a unix socket
 * non-blocking; or -1 with errno set. The other side may be slow to accept:
 * after ENDPOINT_CONNECT_S seconds it counts as not there.
 */
int endpoint_connect(const struct endpoint *endpoint);

/* Connect and close: wakes a listener of our own. */
void endpoint_knock(const struct endpoint *endpoint);

/*
 * Set TCP_NODELAY on the listening sockets of this process that have
 * endpoint's port; accepted sockets inherit it (FACTS.md, "Speed").
 */
void endpoint_set_nodelay(const struct endpoint *endpoint);

#endif
