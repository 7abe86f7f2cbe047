#include "milter/maillog/delivery.h"

#include <string.h>

bool
delivery_is_local(const struct mailevent *event)
{
	struct slice relay = event->relay;
	struct ipaddr addr;

	if (event->address.len == 0)
		return event->fate == MAILEVENT_SENT;
	if (!ipaddr_parse(event->address, &addr))
		return true; /* a unix socket */
	return slice_is_nocase(relay, "localhost") ||
	    slice_is_nocase(relay, "localhost.localdomain") ||
	    slice_is(relay, "127.0.0.1") || slice_is(relay, "[127.0.0.1]") ||
	    slice_is(relay, "::1") || slice_is(relay, "[IPv6:::1]");
}

void
delivery_copy_token(char *out, size_t size, struct slice text)
{
	size_t used = 0, i;

	for (i = 0; i < text.len && used + 1 < size; i++)
		if (ascii_is_alnum(text.at[i]) || text.at[i] == '-' ||
		    text.at[i] == '_' || text.at[i] == '.')
			out[used++] = text.at[i];
	out[used] = '\0';
}

/* A relay that was known by its address only has no name. */
static void
read_relay(struct slice text, struct delivery *out)
{
	struct ipaddr addr;
	struct domain relay;

	domain_normalize(text, &relay);
	if (relay.kind == DOMAIN_NAME && !ipaddr_parse(text, &addr) &&
	    !slice_is(text, "none"))
		memcpy(out->relay, relay.text, relay.len + 1);
}

void
delivery_read(const struct mailevent *event, int64_t time,
    struct delivery *out)
{
	struct ipaddr addr;

	memset(out, 0, sizeof(*out));
	out->time = time;
	out->cert = CERT_UNKNOWN;
	delivery_copy_token(
	    out->queue_id, sizeof(out->queue_id), event->queue_id);
	if (ipaddr_parse(event->address, &addr))
		ipaddr_print(&addr, out->address);
	read_relay(event->relay, out);
	domain_init(&out->sender);
}
