/*
 * client: what we know of an SMTP connection before its first message.
 *
 * Filled at CONNECT, completed by macros that may come later. Plain value
 * with everything copied in. Threads: one owner, the connection's.
 * Source: FACTS.md; POLICY.md, "Rulings".
 */
#ifndef HOPSEAL_SESSION_CLIENT_H
#define HOPSEAL_SESSION_CLIENT_H

#include "policy/domain.h"
#include "policy/network.h"

enum { CLIENT_HOST_MAX = 255 };

struct client {
	bool has_addr; /* false: no IP client, local submission */
	struct ipaddr addr;
	bool is_local_submission;
	struct domain name;	/* as CONNECT gave it */
	bool name_verified;	/* the MTA vouches for it */
	bool mta_known;		/* `v` was sent */
	bool is_postfix;	/* `v` begins with "Postfix" */
	char host[CLIENT_HOST_MAX + 1]; /* {j}: what the MTA calls itself */
};

/* What CONNECT brought; NULL where nothing came. Borrows. */
struct client_connect {
	const char *name;
	const struct ipaddr *addr;
	unsigned port;		 /* 0: not known */
	const char *mta_version; /* `v` */
	const char *host;	 /* `j` */
	const char *resolved;	 /* {client_resolve} */
};

void client_init(struct client *client, const struct client_connect *connect);

/* `v` may come with a later macro list; NULL changes nothing. */
void client_set_mta(struct client *client, const char *mta_version);

/* The verified name, or NULL. Borrows client. */
const struct domain *client_verified_name(const struct client *client);

#endif
