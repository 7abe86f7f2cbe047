#include "milter/filter/facts.h"

#include <netinet/in.h>
#include <string.h>

#include "milter/filter/macros.h"

/* Copy the client's address; returns false for none that is IP. */
static bool
read_address(const struct sockaddr *from, struct ipaddr *addr, unsigned *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from == NULL)
		return false;
	if (from->sa_family == AF_INET6) {
		memcpy(&v6, from, sizeof(v6));
		memcpy(addr->octet, &v6.sin6_addr, sizeof(addr->octet));
		*port = ntohs(v6.sin6_port);
		return true;
	}
	if (from->sa_family != AF_INET)
		return false;
	memcpy(&v4, from, sizeof(v4));
	ipaddr_from_v4((const unsigned char *)&v4.sin_addr, addr);
	*port = ntohs(v4.sin_port);
	return true;
}

void
facts_connect(SMFICTX *ctx, const char *name, const struct sockaddr *from,
    struct ipaddr *addr, struct client_connect *out)
{
	memset(out, 0, sizeof(*out));
	out->name = name;
	out->mta_version = macro(ctx, "v");
	out->host = macro(ctx, "j");
	out->resolved = macro(ctx, "{client_resolve}");
	if (read_address(from, addr, &out->port))
		out->addr = addr;
}

void
facts_mail(SMFICTX *ctx, const struct connection *connection, char **argv,
    struct txn_mail *out)
{
	memset(out, 0, sizeof(*out));
	out->path = argv[0];
	out->params = (const char *const *)(argv + 1);
	out->mail_addr = macro(ctx, "{mail_addr}");
	out->queue_id = macro(ctx, "i");
	out->authenticated = macro_is_set(ctx, "{auth_type}") ||
	    macro_is_set(ctx, "{auth_authen}");
	out->seen = connection->seen;
	out->tls.version = macro(ctx, "{tls_version}");
	out->tls.cipher = macro(ctx, "{cipher}");
	out->tls.bits = macro(ctx, "{cipher_bits}");
	out->tls.verify = macro(ctx, "{verify}");
	out->tls.cert_subject = macro(ctx, "{cert_subject}");
	out->tls.cn_subject = macro(ctx, "{cn_subject}");
	out->tls.asked = connection->lists_macros && macros_came_with_mail(ctx);
}
