/*
 * Mail to this host's own domains, which a transport takes to another host.
 *
 * Source: postconf(5), local_transport, virtual_transport; local(8).
 */
#include <stdint.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixresults.h"

/* A program on this host is what such mail is for. */
static bool
result_leads_past(void *context, struct slice result)
{
	struct slice rest = result, transport = slice_cut(&rest, ':');

	return result.len > 0 &&
	    strcmp(postfix_command(context, transport), "pipe") != 0 &&
	    !postfix_keeps(context, result);
}

static bool
transport_leads_past(const struct postfix_view *view, const char *value)
{
	return result_leads_past((void *)(uintptr_t)view, slice_of(value));
}

static bool
maps_lead_past(const struct postfix_view *view, const char *value)
{
	return postfixresults_any(view->conf, value, result_leads_past,
	    (void *)(uintptr_t)view);
}

static bool
addresses_lead_past(const struct postfix_view *view, const char *value)
{
	return !postfix_addresses_keep(view, slice_of(value));
}

/* What local(8) looks at, and where Postfix starts it. */
static void
put_mailboxes(const struct postfix_view *view, struct buf *out)
{
	postfix_put_if_past(view, "mailbox_transport_maps", maps_lead_past,
	    out);
	postfix_put_if_past(view, "mailbox_transport", transport_leads_past,
	    out);
	postfix_put_if_past(view, "fallback_transport_maps", maps_lead_past,
	    out);
	postfix_put_if_past(view, "fallback_transport", transport_leads_past,
	    out);
	postfix_put_if_past(view, "luser_relay", addresses_lead_past, out);
}

void
postfix_put_local(const struct postfix_view *view, struct buf *out)
{
	struct slice local = slice_of(postfix_value(view, "local_transport"));

	if (postfix_list_binds(view, "virtual_mailbox_domains", false))
		postfix_put_if_past(view, "virtual_transport",
		    transport_leads_past, out);
	if (!postfix_list_binds(view, "mydestination", false))
		return;
	postfix_put_if_past(view, "local_transport", transport_leads_past,
	    out);
	if (strcmp(postfix_command(view, slice_cut(&local, ':')), "local") ==
	    0)
		put_mailboxes(view, out);
}
