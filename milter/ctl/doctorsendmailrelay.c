/*
 * Where Sendmail sends mail by another address than the recipient's: it looks
 * in the access map for that one.
 *
 * MAIL_HUB, LOCAL_RELAY and LUSER_RELAY (the macros H, R and L) are for mail
 * to local domains; a value of the mailertable may have a user, `esmtp:gw@[x]`.
 * Source: Sendmail's cf/README; the ruleset MailerToTriple of proto.m4.
 */
#include <string.h>

#include "milter/ctl/accessmap.h"
#include "milter/ctl/doctorsendmailkmap.h"
#include "policy/nexthop.h"

enum { CLASS_MAX = 4 * 1024 * 1024 };

static const struct {
	const char *line, *name;
} relays[] = {
    {"DH", "MAIL_HUB"},
    {"DR", "LOCAL_RELAY"},
    {"DL", "LUSER_RELAY"},
};

/* `bob@host`, or host: what is behind the @. */
static struct slice
host_of(struct slice value)
{
	while (memchr(value.at, '@', value.len) != NULL)
		(void)slice_cut(&value, '@');
	return value;
}

/* The mailer of `mailer:host`, which leaves host in *value; or len 0. */
static struct slice
take_mailer(struct slice *value)
{
	if (value->len == 0 || value->at[0] == '[' ||
	    memchr(value->at, ':', value->len) == NULL)
		return slice_make(value->at, 0);
	return slice_cut(value, ':');
}

/* `Mesmtp, P=[IPC], ...`: does it go to other hosts? */
static bool
mailer_leaves(const struct sendmail_view *sendmail, struct slice mailer)
{
	struct slice cf = sendmail->cf, line;

	if (mailer.len == 0)
		return true;
	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (line.len == 0 || line.at[0] != 'M')
			continue;
		line = slice_make(line.at + 1, line.len - 1);
		if (slice_equal_nocase(slice_trim(slice_cut(&line, ',')),
			mailer))
			return slice_is_nocase(sendmailcf_equate(line, "P"),
			    "[IPC]");
	}
	return false;
}

static bool
is_here(struct slice host)
{
	return slice_begins_nocase(host, "[127.") ||
	    slice_begins_nocase(host, "127.") ||
	    slice_is_nocase(host, "[IPv6:::1]") ||
	    slice_is_nocase(host, "[IPv6:0:0:0:0:0:0:0:1]") ||
	    slice_is_nocase(host, "[localhost]") ||
	    slice_is_nocase(host, "localhost");
}

/* Does `mailer:user@host` stay here, or go to what a rule binds? */
static bool
keeps(const struct sendmail_view *sendmail, struct slice value)
{
	struct slice mailer = take_mailer(&value), host = host_of(value);
	struct domain domain;

	/* A macro's value stands elsewhere: that host is not known here. */
	if (host.len == 0 || !mailer_leaves(sendmail, mailer) ||
	    is_here(host) || memchr(host.at, '$', host.len) != NULL)
		return true;
	domain_normalize(host, &domain);
	return nexthop_binding(sendmail->doctor->config->table, &domain,
		   true) == BINDING_HOLDS;
}

static void
say(const struct sendmail_view *sendmail, const char *what,
    struct slice value, struct slice domain)
{
	struct slice host = value;

	(void)take_mailer(&host);
	host = host_of(host);
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "relay-not-bound",
	    "Sendmail: %s sends mail for %.*s, to which a rule requires TLS, "
	    "to %.*s, which no rule binds", what, (int)domain.len, domain.at,
	    (int)value.len, value.at);
	diagnosis_why(sendmail->d, "Sendmail then looks in the access map for "
	    "that host, not for the recipient's domain: mail leaves in clear "
	    "text when STARTTLS fails.");
	diagnosis_remedy(sendmail->d, "# in %s: policy \"%.*s\" { to = "
	    "\"require\" }, and hopseal export sendmail again, as "
	    "hopseald(8) says; or take it out of sendmail.mc",
	    sendmail->doctor->config_file, (int)host.len, host.at);
}

/* The first local domain that a rule binds; len 0: there is none. */
static struct slice
bound_name(const struct sendmail_view *sendmail, const struct buf *names)
{
	struct slice rest = buf_slice(names), name;
	struct domain domain;

	while (rest.at != NULL) {
		name = slice_cut(&rest, '\n');
		domain_normalize(name, &domain);
		if (name.len > 0 &&
		    nexthop_binding(sendmail->doctor->config->table, &domain,
			true) != BINDING_NONE)
			return name;
	}
	return slice_make("", 0);
}

static bool
has_name(const struct buf *names, struct slice host)
{
	struct slice rest = buf_slice(names);

	while (rest.at != NULL)
		if (slice_equal_nocase(slice_cut(&rest, '\n'), host))
			return true;
	return false;
}

/* FEATURE(`stickyhost'): the hub gets the recipient as it is. */
static bool
is_sticky(const struct sendmail_view *sendmail, const char *line)
{
	return strcmp(line, "DH") == 0 &&
	    slice_holds(sendmail->cf, "< $H > $1 < @ $2 . >");
}

static void
check_local(const struct sendmail_view *sendmail)
{
	struct slice value, name;
	struct buf names;
	size_t i;

	buf_init(&names, CLASS_MAX);
	sendmail_put_local_names(sendmail, &names);
	name = bound_name(sendmail, &names);
	for (i = 0; name.len > 0 && i < LENGTH(relays); i++) {
		value = sendmailcf_line(sendmail->cf, relays[i].line);
		if (value.len > 0 && !has_name(&names, value) &&
		    !is_sticky(sendmail, relays[i].line) &&
		    !keeps(sendmail, value))
			say(sendmail, relays[i].name, value, name);
	}
	buf_clear(&names);
}

/* `KEY<HTAB>VALUE`; `.KEY` is what is below it, and `.` all. */
static bool
line_leads_past(const struct sendmail_view *sendmail, struct slice line,
    struct slice *key, struct slice *value)
{
	struct slice bare;
	size_t end = 0;

	while (end < line.len && !ascii_is_blank(line.at[end]))
		end++;
	*key = slice_make(line.at, end);
	*value = slice_trim(slice_make(line.at + end, line.len - end));
	if (end == 0 || line.at[0] == '#' || value->len == 0 ||
	    memchr(value->at, '@', value->len) == NULL)
		return false;
	bare = key->at[0] == '.' ? slice_make(key->at + 1, end - 1) : *key;
	return (bare.len == 0 ||
		   doctor_binds(sendmail->doctor->config->table, bare)) &&
	    !slice_begins_nocase(*value, "error:") && !keeps(sendmail, *value);
}

/* What cannot be read is not known. */
static void
check_mailertable(const struct sendmail_view *sendmail)
{
	struct sendmail_map map;
	struct slice rest, key, value;
	struct buf lines;

	if (!sendmail_map_find(sendmail, "Kmailertable ", "", &map))
		return;
	buf_init(&lines, SENDMAIL_LISTING_MAX);
	if (map.database.at[0] == '\0' ||
	    sendmail_map_list(sendmail, &map, &lines, NULL) != STATUS_OK) {
		buf_reset(&lines);
		if (input_read_regular(map.text.at, &lines, NULL) != STATUS_OK)
			buf_reset(&lines);
	}
	for (rest = buf_slice(&lines); rest.at != NULL;) {
		if (!line_leads_past(sendmail, slice_cut(&rest, '\n'), &key,
			&value))
			continue;
		say(sendmail, "the mailertable", value, key);
		break;
	}
	buf_clear(&lines);
}

void
sendmail_check_relays(const struct sendmail_view *sendmail)
{
	check_local(sendmail);
	check_mailertable(sendmail);
}
