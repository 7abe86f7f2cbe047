/*
 * Where Postfix sends mail to other hosts than those that rules are found
 * for.
 */
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "policy/nexthop.h"

static void
say_relayhost(const struct postfix_view *view)
{
	const char *relay = postfix_value(view, "relayhost");

	if (relay[0] == '\0' || postfix_binds(view, slice_of(relay)))
		return;
	diagnosis_add(view->d, postfix_is_here(slice_of(relay))
	    ? SEVERITY_NOTE : SEVERITY_WARNING, "relayhost-hides-domains",
	    "Postfix: all mail goes to relayhost %s", relay);
	diagnosis_why(view->d, "Postfix asks the policy maps for the relay, "
	    "never for the recipient's domain: how the relay sends it on is "
	    "not ours to bind.");
	diagnosis_remedy(view->d, "# in %s: a policy for the relay's name "
	    "with to = \"require\"", view->doctor->config_file);
}

/*
 * Where Postfix turns to when a domain's own hosts do not do as they should.
 * Returns whether there was something to say.
 */
static bool
say_fallback(const struct postfix_view *view,
    const struct postfix_service *service)
{
	struct slice rest = slice_of(postfix_for(view, service,
	    "smtp_fallback_relay")), host;
	struct domain domain;

	while ((host = postfixlist_next(&rest)).at != NULL) {
		if (nexthop_domain(host, &domain) &&
		    nexthop_binding(view->doctor->config->table, &domain,
			true) != BINDING_NONE)
			continue;
		diagnosis_add(view->d, SEVERITY_ERROR,
		    "fallback-not-bound", "Postfix: smtp_fallback_relay %.*s "
		    "is a host that no rule binds to TLS (%s/%s)",
		    (int)host.len, host.at, service->name, service->type);
		diagnosis_why(view->d, "Mail to a domain that requires TLS "
		    "goes there in clear text when the domain's own host "
		    "offers none.");
		diagnosis_remedy(view->d, "# in %s: a policy for that host "
		    "with to = \"require\"", view->doctor->config_file);
		return true;
	}
	return false;
}

/* An override in master.cf counts; one finding is enough. */
static void
check_fallbacks(const struct postfix_view *view, enum postfix_strength wanted)
{
	const struct postfix_service *service;
	size_t i = 0;

	while ((service = postfix_next(view, "smtp", &i)) != NULL) {
		const char *level =
		    postfix_for(view, service, "smtp_tls_security_level");

		if (postfix_strength(slice_of(level)) < wanted &&
		    say_fallback(view, service))
			return;
	}
}

static void
say_idna(const struct postfix_view *view)
{
	if (strcmp(postfix_value(view, "enable_idna2003_compatibility"),
		"yes") != 0)
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "idna-2003",
	    "Postfix: enable_idna2003_compatibility is on");
	diagnosis_why(view->d, "It sends to other domains than those that "
	    "rules are found for (strasse for a sharp s).");
	diagnosis_remedy(view->d,
	    "postconf -X enable_idna2003_compatibility");
}

void
postfix_check_hops(const struct postfix_view *view,
    enum postfix_strength wanted)
{
	say_relayhost(view);
	check_fallbacks(view, wanted);
	say_idna(view);
}
