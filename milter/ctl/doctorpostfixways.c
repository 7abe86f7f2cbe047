/*
 * Mail to a domain that a rule binds, by another name or another way.
 *
 * Postfix asks smtp_tls_policy_maps for the next hop. A transport or a map
 * that names a next hop, or gives a recipient another domain, leads past the
 * rule of the recipient's domain; the rule of that other name counts then.
 * Source: transport(5), virtual(5), canonical(5), postconf(5).
 */
#include <string.h>

#include "milter/ctl/doctorpostfix.h"

void
postfix_put_setting(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s%s = %.120s", out->len == 0 ? "" : "; ", name,
	    value);
}

/* A filter on this host gives mail back, and so does a program. */
static bool
filter_is_fine(const struct postfix_view *view, const char *value)
{
	struct slice hop = slice_of(value), transport = slice_cut(&hop, ':');

	return value[0] == '\0' ||
	    strcmp(postfix_command(view, transport), "pipe") == 0 ||
	    (hop.len > 0 && postfix_keeps(view, slice_of(value)));
}

static void
check_filters(const struct postfix_view *view, struct buf *out)
{
	const char *value = postfix_value(view, "content_filter");
	const struct postfix_service *service;
	size_t i = 0;

	if (!filter_is_fine(view, value)) {
		postfix_put_setting(out, "content_filter", value);
		return;
	}
	while ((service = postfixconf_service(view->conf, i++)) != NULL) {
		value = postfix_for(view, service, "content_filter");
		if (!filter_is_fine(view, value)) {
			postfix_put_setting(out, "content_filter", value);
			return;
		}
	}
}

void
postfix_check_ways(const struct postfix_view *view)
{
	char storage[DIAGNOSIS_TEXT_MAX];
	const char *way = postfix_value(view, "default_transport");
	const char *relay = postfix_value(view, "relay_transport");
	const char *bcc = postfix_value(view, "always_bcc");
	struct buf out;

	buf_init_fixed(&out, storage, sizeof(storage));
	if (!postfix_keeps(view, slice_of(way)))
		postfix_put_setting(&out, "default_transport", way);
	if (!postfix_keeps(view, slice_of(relay)) && postfix_relays_bound(view))
		postfix_put_setting(&out, "relay_transport", relay);
	check_filters(view, &out);
	if (!postfix_addresses_keep(view, slice_of(bcc)))
		postfix_put_setting(&out, "always_bcc", bcc);
	postfix_put_maps(view, &out);
	if (out.len == 0)
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "rewritten",
	    "Postfix: mail to a domain that a rule binds may go by another "
	    "name or another way: %s", buf_text(&out));
	diagnosis_why(view->d, "smtp_tls_policy_maps is asked for the next "
	    "hop. Where these name a next hop, or another domain, the rule of "
	    "that name counts, and there is none that binds; pipe and lmtp do "
	    "not ask it at all.");
	diagnosis_remedy(view->d, "# in %s: a policy with to = \"require\" "
	    "for each next hop and domain that they lead to; or take the "
	    "domain out of them", view->doctor->config_file);
}
