/*
 * Postfix as a TLS client: is outbound mail bound to TLS as the rules want,
 * and is there a trace of it?
 */
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

enum { ANSWER_MAX = 64 * 1024 };

static enum postfix_strength
wanted(const struct postfix_view *view)
{
	return view->doctor->needs.outbound_peer ? POSTFIX_PEER
						 : POSTFIX_TLS;
}

/* A rule of the next hop's own is what counts, where there is one. */
static enum postfix_strength
wanted_of(const struct postfix_view *view, struct slice next_hop)
{
	struct domain domain;
	struct match match;

	if (!nexthop_domain(next_hop, &domain))
		return wanted(view);
	table_find(view->doctor->config->table, &domain, &match);
	if (!nexthop_is_bound_by(match.rule))
		return wanted(view);
	return match.rule->level.peer == PEER_ANY ? POSTFIX_TLS
						  : POSTFIX_PEER;
}

/* What Postfix would ask the maps for, when it sends to the domain. */
static void
put_next_hop(const struct postfix_view *view, struct buf *out)
{
	const char *relay = postfix_value(view, "relayhost");

	if (relay[0] != '\0')
		buf_puts(out, relay);
	else if (strcmp(view->doctor->needs.domain, "*") == 0)
		buf_puts(out, "example.com");
	else
		buf_puts(out, view->doctor->needs.domain);
}

/*
 * Walk the maps as Postfix does: the first that answers counts. *ours is
 * hopseald's socket among them.
 */
static enum postfix_strength
strength_of_maps(const struct postfix_view *view, const char *maps,
    bool *answered, struct slice *ours)
{
	struct slice rest = slice_of(maps), map;
	enum postfix_strength strength = POSTFIX_CLEAR;
	char storage[DOMAIN_MAX + 8];
	struct buf key;

	*answered = false;
	*ours = slice_make(NULL, 0);
	buf_init_fixed(&key, storage, sizeof(storage));
	put_next_hop(view, &key);
	while ((map = postfixlist_next(&rest)).at != NULL) {
		struct buf answer;
		struct slice word;

		if (ours->at == NULL)
			*ours = postfixlist_socketmap(map, POSTFIX_NEXTHOP_MAP);
		if (*answered)
			continue;
		buf_init(&answer, ANSWER_MAX);
		postfixmap_query(view->conf, map, buf_slice(&key), &answer);
		word = buf_slice(&answer);
		(void)slice_cut(&word, '\t');
		word = slice_trim(word);
		*answered = word.len > 0;
		strength = postfix_strength(slice_trim(slice_cut(&word, ' ')));
		buf_clear(&answer);
	}
	return strength;
}

static void
say_not_bound(const struct postfix_view *view,
    const struct postfix_service *service, const char *maps, bool answered)
{
	const char *domain = view->doctor->needs.domain;
	const char *socket = view->doctor->config->nexthop.socket;
	char storage[512];
	struct buf setting;

	buf_init_fixed(&setting, storage, sizeof(storage));
	postfix_put_override(view, service, "smtp_tls_policy_maps", &setting);
	diagnosis_add(view->d, SEVERITY_ERROR, "outbound-not-bound",
	    "Postfix: a rule requires TLS to %s, and %s/%s %s (smtp_tls_"
	    "policy_maps = %s, smtp_tls_security_level = %s)", domain,
	    service->name, service->type,
	    answered ? "is told less by its policy maps"
		     : "has no answer from its policy maps", maps,
	    postfix_for(view, service, "smtp_tls_security_level"));
	diagnosis_why(view->d, "Mail to it leaves in clear text when "
	    "STARTTLS fails or is not offered.");
	if (socket == NULL)
		diagnosis_remedy(view->d, "# in %s: nexthop { socket = "
		    "\"local:%s/hopseal/nexthop.sock\" }, restart hopseald, "
		    "then:\npostconf %s = socketmap:unix:hopseal/nexthop.sock:"
		    POSTFIX_NEXTHOP_MAP "'", view->doctor->config_file,
		    postfix_value(view, "queue_directory"),
		    buf_text(&setting));
	else
		diagnosis_remedy(view->d, "postconf %s = socketmap:unix:"
		    "hopseal/nexthop.sock:" POSTFIX_NEXTHOP_MAP
		    "'   # the socket is %s", buf_text(&setting), socket);
}

/* Does the service send as the rules want? */
static void
check_bound(const struct postfix_view *view,
    const struct postfix_service *service)
{
	const char *maps = postfix_for(view, service, "smtp_tls_policy_maps");
	enum postfix_strength strength;
	char storage[DOMAIN_MAX + 8];
	struct buf next_hop;
	struct slice ours;
	bool answered;

	buf_init_fixed(&next_hop, storage, sizeof(storage));
	put_next_hop(view, &next_hop);

	strength = strength_of_maps(view, maps, &answered, &ours);
	if (ours.at != NULL)
		postfix_check_reach(view, service, ours,
		    "nexthop-unreachable");
	if (!answered)
		strength = postfix_strength(slice_of(
		    postfix_for(view, service, "smtp_tls_security_level")));
	if (strength < wanted_of(view, buf_slice(&next_hop)))
		say_not_bound(view, service, maps, answered);
	else
		postfix_check_domains(view, service);
}

/* Does all mail go to a relay on this host? */
static bool
all_relayed_here(const struct postfix_view *view)
{
	static const char *const others[] = {"transport_maps",
	    "sender_dependent_relayhost_maps",
	    "sender_dependent_default_transport_maps"};
	size_t i;

	for (i = 0; i < LENGTH(others); i++)
		if (postfix_value(view, others[i])[0] != '\0')
			return false;
	return postfix_is_here(slice_of(postfix_value(view, "relayhost")));
}

/* All that deliver to other hosts; one finding for the like of them. */
static void
check_rules(const struct postfix_view *view)
{
	const struct postfix_service *service;
	const char *seen_maps = NULL, *seen_level = NULL;
	bool relays_here = all_relayed_here(view);
	bool seen_chroot = false;
	size_t i = 0;

	if (!view->doctor->needs.outbound)
		return;
	while ((service = postfix_next(view, "smtp", &i)) != NULL) {
		const char *maps =
		    postfix_for(view, service, "smtp_tls_policy_maps");
		const char *level =
		    postfix_for(view, service, "smtp_tls_security_level");

		if (postfix_is_leg(view, service) || (seen_maps != NULL &&
		    strcmp(maps, seen_maps) == 0 &&
		    strcmp(level, seen_level) == 0 &&
		    service->is_chrooted == seen_chroot))
			continue;
		seen_maps = maps;
		seen_level = level;
		seen_chroot = service->is_chrooted;
		if (!relays_here)
			check_bound(view, service);
	}
	postfix_check_hops(view, wanted(view));
	if (table_traits(view->doctor->config->table).binds)
		postfix_check_ways(view);
}

static bool
uses_tls(const struct postfix_view *view)
{
	const char *level = postfix_value(view, "smtp_tls_security_level");

	if (level[0] != '\0')
		return strcmp(level, "none") != 0;
	return strcmp(postfix_value(view, "smtp_use_tls"), "yes") == 0 ||
	    strcmp(postfix_value(view, "smtp_enforce_tls"), "yes") == 0;
}

static void
check_use(const struct postfix_view *view)
{
	if (uses_tls(view))
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "outbound-tls-off",
	    "Postfix: smtp_tls_security_level is none (or empty)");
	diagnosis_why(view->d, "What no policy map speaks of leaves in clear "
	    "text, even to those who offer TLS.");
	diagnosis_remedy(view->d,
	    "postconf -e 'smtp_tls_security_level = may'");
}

static void
check_log_level(const struct postfix_view *view)
{
	if (strcmp(postfix_value(view, "smtp_tls_loglevel"), "0") != 0)
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "no-outbound-evidence",
	    "Postfix: smtp_tls_loglevel is 0");
	diagnosis_why(view->d, "The log has no line about TLS then, so there "
	    "is no evidence of what left encrypted and what in clear text.");
	diagnosis_remedy(view->d, "postconf -e 'smtp_tls_loglevel = 1'");
}

static void
check_ca(const struct postfix_view *view)
{
	if (!view->doctor->needs.outbound_peer ||
	    postfix_value(view, "smtp_tls_CAfile")[0] != '\0' ||
	    postfix_value(view, "smtp_tls_CApath")[0] != '\0' ||
	    strcmp(postfix_value(view, "tls_append_default_CA"), "yes") == 0)
		return;
	diagnosis_add(view->d, SEVERITY_ERROR, "outbound-no-ca",
	    "Postfix: a rule wants a verified partner, and there is no CA to "
	    "verify by (smtp_tls_CAfile)");
	diagnosis_why(view->d, "Mail to such a domain waits in the queue "
	    "until it bounces.");
	diagnosis_remedy(view->d, "postconf -e 'smtp_tls_CAfile = "
	    "/etc/ssl/certs/ca-certificates.crt'");
}

static void
check_certificate(const struct postfix_view *view)
{
	if (postfix_check_certificates(view, "smtp_tls", false))
		return;
	diagnosis_add(view->d, SEVERITY_NOTE, "no-certificate-outbound",
	    "Postfix: certificate and key are for inbound mail alone; "
	    "outbound has none (smtp_tls_chain_files)");
	diagnosis_why(view->d, "TLS works without it; only partners that ask "
	    "who we are need it.");
}

static void
check_versions(const struct postfix_view *view)
{
	if (!postfixlist_allows_old_tls(
		postfix_value(view, "smtp_tls_protocols")) &&
	    !postfixlist_allows_old_tls(
		postfix_value(view, "smtp_tls_mandatory_protocols")))
		return;
	diagnosis_add(view->d, SEVERITY_WARNING, "old-tls-outbound",
	    "Postfix: smtp_tls_protocols (%s) or smtp_tls_mandatory_protocols "
	    "(%s) allows TLS 1.0 and 1.1",
	    postfix_value(view, "smtp_tls_protocols"),
	    postfix_value(view, "smtp_tls_mandatory_protocols"));
	diagnosis_why(view->d, "Both are forbidden by RFC 8996. What "
	    "hopseald binds asks for what its rule says in any case.");
	diagnosis_remedy(view->d, "postconf -e 'smtp_tls_protocols = "
	    ">=TLSv1.2' 'smtp_tls_mandatory_protocols = >=TLSv1.2'");
}

void
postfix_check_outbound(const struct postfix_view *view)
{
	check_rules(view);
	postfix_check_route(view);
	check_use(view);
	check_log_level(view);
	check_ca(view);
	check_certificate(view);
	check_versions(view);
}
