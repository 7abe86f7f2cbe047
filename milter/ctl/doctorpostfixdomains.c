/*
 * The domains that rules bind, asked of the policy maps that stand in front
 * of hopseald's: the first map that answers counts.
 */
#include <stdio.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixmap.h"
#include "policy/nexthop.h"

enum {
	DOMAINS_MAX = 4000, /* that are asked for; the first of the rules */
	ANSWERS_MAX = 4 * 1024 * 1024
};

/* What is asked, and what was answered so far. */
struct enquiry {
	const struct postfix_view *view;
	const struct postfix_service *service;
	struct buf keys;
	size_t count;
	struct nameset *answered;
	size_t weak;
	char first[DOMAIN_MAX + 64]; /* `bank.example may` */
};

enum postfix_strength
postfix_strength(struct slice level)
{
	static const char *const peer[] = {"verify", "secure", "dane-only",
	    "fingerprint"};
	size_t i;

	for (i = 0; i < LENGTH(peer); i++)
		if (slice_is(level, peer[i]))
			return POSTFIX_PEER;
	return slice_is(level, "encrypt") ? POSTFIX_TLS : POSTFIX_CLEAR;
}

/* As Postfix writes it: `[2001:db8::1]` without `IPv6:`. */
static bool
put_domain(void *context, const struct match *match, enum scope scope)
{
	static const char tag[] = "[ipv6:";
	struct enquiry *enquiry = context;
	struct slice name = match->domain;

	if (!nexthop_is_bound_by(match->rule) || scope == SCOPE_BELOW)
		return true;
	if (slice_begins_nocase(name, tag)) {
		buf_putc(&enquiry->keys, '[');
		name = slice_make(name.at + strlen(tag),
		    name.len - strlen(tag));
	}
	buf_put_slice(&enquiry->keys, name);
	buf_putc(&enquiry->keys, '\n');
	return ++enquiry->count < DOMAINS_MAX;
}

/* Does level promise what the rule of key asks for? */
static bool
is_enough(const struct enquiry *enquiry, struct slice key, struct slice level)
{
	enum postfix_strength wanted;
	struct domain domain;
	struct match match;

	if (!nexthop_domain(key, &domain))
		return true;
	table_find(enquiry->view->doctor->config->table, &domain, &match);
	wanted = match.rule->level.peer == PEER_ANY ? POSTFIX_TLS
						    : POSTFIX_PEER;
	return !nexthop_is_bound_by(match.rule) ||
	    postfix_strength(level) >= wanted;
}

/* Of the maps that answer for a key the first one counts. */
static void
take_answer(struct enquiry *enquiry, struct slice key, struct slice level)
{
	if (nameset_add(enquiry->answered, key, SCOPE_SELF, 0) != STATUS_OK ||
	    is_enough(enquiry, key, level))
		return;
	if (enquiry->weak++ == 0)
		(void)snprintf(enquiry->first, sizeof(enquiry->first),
		    "%.*s (%.*s)", (int)key.len, key.at, (int)level.len,
		    level.at);
}

static void
take_lines(struct enquiry *enquiry, struct slice rest)
{
	struct slice key, value;

	while (postfixmap_line(&rest, &key, &value))
		if (key.len > 0 && value.len > 0)
			take_answer(enquiry, key, slice_cut(&value, ' '));
}

/* What can be listed speaks of hosts and of names below a domain as well. */
static void
ask(struct enquiry *enquiry, struct slice map)
{
	struct buf answers;

	buf_init(&answers, ANSWERS_MAX);
	postfixmap_query(enquiry->view->conf, map, buf_slice(&enquiry->keys),
	    &answers);
	take_lines(enquiry, buf_slice(&answers));
	buf_reset(&answers);
	if (postfixmap_list(enquiry->view->conf, map, &answers))
		take_lines(enquiry, buf_slice(&answers));
	buf_clear(&answers);
}

/* What no map answers has the level of Postfix's own. */
static void
take_silence(struct enquiry *enquiry)
{
	struct slice rest = buf_slice(&enquiry->keys), key;
	struct slice level = slice_of(postfix_for(enquiry->view,
	    enquiry->service, "smtp_tls_security_level"));

	while (rest.at != NULL)
		if ((key = slice_cut(&rest, '\n')).len > 0)
			take_answer(enquiry, key, level);
}

static void
ask_all(struct enquiry *enquiry)
{
	struct slice rest = slice_of(postfix_for(enquiry->view,
	    enquiry->service, "smtp_tls_policy_maps"));
	struct slice map;

	while ((map = postfixlist_next(&rest)).at != NULL) {
		if (postfixlist_socketmap(map, POSTFIX_NEXTHOP_MAP).at != NULL)
			return;
		ask(enquiry, map);
	}
	take_silence(enquiry);
}

static void
say_weak(const struct enquiry *enquiry)
{
	const struct postfix_service *service = enquiry->service;

	diagnosis_add(enquiry->view->d, SEVERITY_ERROR, "outbound-not-bound",
	    "Postfix: a rule requires TLS to %s%s, and %s/%s is told less by "
	    "its policy maps (smtp_tls_policy_maps = %s)", enquiry->first,
	    enquiry->weak > 1 ? " and others" : "", service->name,
	    service->type, postfix_for(enquiry->view, service,
		"smtp_tls_policy_maps"));
	diagnosis_why(enquiry->view->d, "The first map that answers counts: "
	    "mail to it leaves in clear text when STARTTLS fails or is not "
	    "offered.");
	diagnosis_remedy(enquiry->view->d, "# put hopseald's map first in "
	    "smtp_tls_policy_maps, or take the domain out of the others");
}

void
postfix_check_domains(const struct postfix_view *view,
    const struct postfix_service *service)
{
	struct enquiry enquiry = {.view = view, .service = service};

	if (postfix_value(view, "relayhost")[0] != '\0' ||
	    nameset_new(&enquiry.answered) != STATUS_OK)
		return;
	buf_init(&enquiry.keys, POSTFIX_KEYS_MAX);
	table_each(view->doctor->config->table, put_domain, &enquiry);
	if (enquiry.count > 0)
		ask_all(&enquiry);
	if (enquiry.weak > 0)
		say_weak(&enquiry);
	buf_clear(&enquiry.keys);
	nameset_free(&enquiry.answered);
}
