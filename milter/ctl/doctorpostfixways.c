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

void
postfix_put_if_past(const struct postfix_view *view, const char *name,
    postfix_leads_past *leads_past, struct buf *out)
{
	const char *value = postfix_value(view, name);
	const struct postfix_service *service;
	size_t i = 0;

	if (leads_past(view, value)) {
		postfix_put_setting(out, name, value);
		return;
	}
	while ((service = postfixconf_service(view->conf, i++)) != NULL) {
		value = postfixconf_override(view->conf, service, name);
		if (value != NULL && leads_past(view, value)) {
			postfix_put_setting(out, name, value);
			return;
		}
	}
}

/* A filter on this host gives mail back, and so does a program. */
static bool
filter_leads_past(const struct postfix_view *view, const char *value)
{
	struct slice hop = slice_of(value), transport = slice_cut(&hop, ':');

	return value[0] != '\0' &&
	    strcmp(postfix_command(view, transport), "pipe") != 0 &&
	    (hop.len == 0 || !postfix_keeps(view, slice_of(value)));
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
	if (!postfix_keeps(view, slice_of(relay)) &&
	    postfix_list_binds(view, "relay_domains", true))
		postfix_put_setting(&out, "relay_transport", relay);
	postfix_put_local(view, &out);
	postfix_put_if_past(view, "content_filter", filter_leads_past, &out);
	postfix_put_checks(view, &out);
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
