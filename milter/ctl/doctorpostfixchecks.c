/*
 * Checks of content and of access whose action sends a message elsewhere.
 *
 * FILTER and REDIRECT are for the whole message, whoever its recipients are;
 * BCC adds one. Source: header_checks(5), access(5); postconf(5),
 * default_filter_nexthop, smtpd_restriction_classes.
 */
#include <stdint.h>
#include <string.h>

#include "milter/ctl/doctorpostfix.h"
#include "milter/ctl/postfixlist.h"
#include "milter/ctl/postfixresults.h"

/* `smtp-tls:` without a next hop sends to the recipients' own domains. */
static bool
filter_keeps(const struct postfix_view *view, struct slice filter)
{
	const char *otherwise = postfix_value(view, "default_filter_nexthop");
	struct slice hop = filter, transport = slice_cut(&hop, ':');
	const char *command = postfix_command(view, transport);

	if (strcmp(command, "pipe") == 0)
		return true;
	if (hop.len > 0 || strcmp(command, "smtp") != 0)
		return postfix_keeps(view, filter);
	return otherwise[0] == '\0' ||
	    postfix_hop_keeps(view, slice_of(otherwise));
}

static bool
action_leads_past(void *context, struct slice result)
{
	const struct postfix_view *view = context;
	struct slice action, argument;

	action = slice_cut(&result, ' ');
	result = slice_trim(result);
	argument = slice_cut(&result, ' ');
	if (slice_is_nocase(action, "FILTER"))
		return !filter_keeps(view, argument);
	return (slice_is_nocase(action, "REDIRECT") ||
		   slice_is_nocase(action, "BCC")) &&
	    !postfix_addresses_keep(view, argument);
}

static bool
checks_lead_past(const struct postfix_view *view, const char *value)
{
	return postfixresults_any(view->conf, value, action_leads_past,
	    (void *)(uintptr_t)view);
}

/* check_client_access, check_sender_mx_access, ... */
static bool
is_check(struct slice word)
{
	static const char end[] = "_access";
	const size_t len = sizeof(end) - 1;

	return slice_begins_nocase(word, "check_") && word.len > len &&
	    slice_is_nocase(slice_make(word.at + word.len - len, len), end);
}

/* `check_recipient_access MAP`, anywhere in a list of restrictions. */
static bool
restrictions_lead_past(const struct postfix_view *view, const char *value)
{
	struct slice rest = slice_of(value), word;

	while ((word = postfixlist_next(&rest)).at != NULL)
		if (is_check(word) && (word = postfixlist_next(&rest)).at !=
		    NULL && postfixresults_has(view->conf, word,
			action_leads_past, (void *)(uintptr_t)view))
			return true;
	return false;
}

/* Restrictions under a name of the administrator's own. */
static void
put_classes(const struct postfix_view *view, struct buf *out)
{
	struct slice rest = slice_of(postfix_value(view,
	    "smtpd_restriction_classes")), word;
	char storage[256];
	struct buf name;

	while ((word = postfixlist_next(&rest)).at != NULL) {
		buf_init_fixed(&name, storage, sizeof(storage));
		buf_put_slice(&name, word);
		postfix_put_if_past(view, buf_text(&name),
		    restrictions_lead_past, out);
	}
}

void
postfix_put_checks(const struct postfix_view *view, struct buf *out)
{
	static const char *const checks[] = {"header_checks",
	    "mime_header_checks", "nested_header_checks", "body_checks",
	    "milter_header_checks"};
	static const char *const restrictions[] = {
	    "smtpd_client_restrictions", "smtpd_helo_restrictions",
	    "smtpd_sender_restrictions", "smtpd_relay_restrictions",
	    "smtpd_recipient_restrictions", "smtpd_data_restrictions",
	    "smtpd_end_of_data_restrictions"};
	size_t i;

	for (i = 0; i < LENGTH(checks); i++)
		postfix_put_if_past(view, checks[i], checks_lead_past, out);
	for (i = 0; i < LENGTH(restrictions); i++)
		postfix_put_if_past(view, restrictions[i],
		    restrictions_lead_past, out);
	put_classes(view, out);
}
