#include "milter/session/client.h"

#include <string.h>

#include "policy/base/attributes.h"

/*
 * Mail from sendmail(1) reaches Postfix's non_smtpd_milters as a session of
 * "localhost", 127.0.0.1 or ::1, port 0. XCLIENT can say the same of an SMTP
 * client; but to those Postfix gives {client_resolve}, and asked for it at
 * CONNECT cleanup(8) has none (seen, 3.7).
 */
static bool
is_simulated(const struct client_connect *connect)
{
	static const char *const loopback[] = {"127.0.0.1", "::1"};
	struct ipaddr local;
	size_t i;

	if (connect->port != 0 || connect->resolved != NULL ||
	    !slice_is(slice_of(connect->name), "localhost"))
		return false;
	for (i = 0; i < LENGTH(loopback); i++)
		if (ipaddr_parse(slice_of(loopback[i]), &local) &&
		    memcmp(&local, connect->addr, sizeof(local)) == 0)
			return true;
	return false;
}

void
client_set_mta(struct client *client, const char *mta_version)
{
	if (mta_version == NULL)
		return;
	client->mta_known = true;
	client->is_postfix =
	    slice_begins_nocase(slice_of(mta_version), "Postfix");
}

void
client_init(struct client *client, const struct client_connect *connect)
{
	struct slice host = slice_of(connect->host);
	struct slice name = slice_of(connect->name);

	memset(client, 0, sizeof(*client));
	client->has_addr = connect->addr != NULL;
	if (client->has_addr)
		client->addr = *connect->addr;
	client->is_local_submission =
	    !client->has_addr || is_simulated(connect);
	client_set_mta(client, connect->mta_version);
	if (host.len > 0 && host.len <= CLIENT_HOST_MAX)
		memcpy(client->host, host.at, host.len);
	domain_init(&client->name);
	if (name.len > 0 && name.at[0] != '[')
		domain_normalize(name, &client->name);
	/* Postfix gives "unknown" unless the name stood a double lookup. */
	if (client->is_postfix)
		client->name_verified = !slice_is_nocase(name, "unknown");
	else
		client->name_verified =
		    slice_is(slice_of(connect->resolved), "OK");
}

const struct domain *
client_verified_name(const struct client *client)
{
	if (!client->name_verified || client->name.kind != DOMAIN_NAME)
		return NULL;
	return &client->name;
}
