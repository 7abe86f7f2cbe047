/*
 * Postfix as a TLS client: is outbound mail bound to TLS as the rules want,
 * and is there a trace of it?
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/program.h"

enum { ANSWER_MAX = 64 * 1024, FOLDER_MAX = 1024 };

/* The name under which the responder answers. */
#define NEXTHOP_MAP "nexthop"

/* What a level of Postfix promises. */
enum strength { STRENGTH_NONE, STRENGTH_TLS, STRENGTH_PEER };

static enum strength
strength_of(struct slice level)
{
	static const char *const peer[] = {"verify", "secure", "dane-only",
	    "fingerprint"};
	size_t i;

	for (i = 0; i < LENGTH(peer); i++)
		if (slice_is(level, peer[i]))
			return STRENGTH_PEER;
	return slice_is(level, "encrypt") ? STRENGTH_TLS : STRENGTH_NONE;
}

static enum strength
wanted(const struct postfix_view *view)
{
	return view->doctor->needs.outbound_peer ? STRENGTH_PEER
						 : STRENGTH_TLS;
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

/* What a map answers, asked by Postfix's own program; empty: nothing. */
static void
ask_map(const struct postfix_view *view, const char *map, struct buf *out)
{
	char storage[DOMAIN_MAX + 8];
	const char *folder = postfix_value(view, "config_directory");
	struct buf next_hop;
	const char *argv[] = {"postmap", "-c", folder, "-q", NULL, map, NULL};

	buf_init_fixed(&next_hop, storage, sizeof(storage));
	put_next_hop(view, &next_hop);
	argv[4] = buf_text(&next_hop);
	if (program_run(argv, out, NULL) != STATUS_OK)
		buf_reset(out);
}

/*
 * Walk the maps as Postfix does: the first that answers counts. *ours is
 * hopseald's socket among them.
 */
static enum strength
strength_of_maps(const struct postfix_view *view, const char *maps,
    bool *answered, struct slice *ours)
{
	struct slice rest = slice_of(maps), map;
	enum strength strength = STRENGTH_NONE;

	*answered = false;
	*ours = slice_make(NULL, 0);
	while ((map = postfixlist_next(&rest)).at != NULL) {
		char name[FOLDER_MAX];
		struct buf answer;
		struct slice word;

		(void)snprintf(name, sizeof(name), "%.*s", (int)map.len,
		    map.at);
		if (ours->at == NULL)
			*ours = postfixlist_socketmap(map, NEXTHOP_MAP);
		if (*answered)
			continue;
		buf_init(&answer, ANSWER_MAX);
		ask_map(view, name, &answer);
		word = slice_trim(buf_slice(&answer));
		*answered = word.len > 0;
		strength = strength_of(slice_trim(slice_cut(&word, ' ')));
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
		    "then:\npostconf -e 'smtp_tls_policy_maps = socketmap:"
		    "unix:hopseal/nexthop.sock:" NEXTHOP_MAP "'",
		    view->doctor->config_file,
		    postfix_value(view, "queue_directory"));
	else
		diagnosis_remedy(view->d, "postconf -e 'smtp_tls_policy_maps "
		    "= socketmap:unix:hopseal/nexthop.sock:" NEXTHOP_MAP
		    "'   # the socket is %s", socket);
}

/* Does the service send as the rules want? */
static void
check_bound(const struct postfix_view *view,
    const struct postfix_service *service)
{
	const char *maps = postfix_for(view, service, "smtp_tls_policy_maps");
	enum strength strength;
	struct slice ours;
	bool answered;

	strength = strength_of_maps(view, maps, &answered, &ours);
	if (ours.at != NULL)
		postfix_check_reach(view, service, ours,
		    "nexthop-unreachable");
	if (!answered)
		strength = strength_of(slice_of(
		    postfix_for(view, service, "smtp_tls_security_level")));
	if (strength < wanted(view))
		say_not_bound(view, service, maps, answered);
}

/* All that deliver to other hosts; one finding for the like of them. */
static void
check_rules(const struct postfix_view *view)
{
	const struct postfix_service *service;
	const char *seen_maps = NULL, *seen_level = NULL;
	size_t i = 0;

	if (!view->doctor->needs.outbound)
		return;
	while ((service = postfix_next(view, "smtp", &i)) != NULL) {
		const char *maps =
		    postfix_for(view, service, "smtp_tls_policy_maps");
		const char *level =
		    postfix_for(view, service, "smtp_tls_security_level");

		if (seen_maps != NULL && strcmp(maps, seen_maps) == 0 &&
		    strcmp(level, seen_level) == 0)
			continue;
		seen_maps = maps;
		seen_level = level;
		check_bound(view, service);
	}
	postfix_check_hops(view,
	    strength_of(slice_of(postfix_value(view,
		"smtp_tls_security_level"))) >= wanted(view));
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
	check_use(view);
	check_log_level(view);
	check_ca(view);
	check_certificate(view);
	check_versions(view);
}
