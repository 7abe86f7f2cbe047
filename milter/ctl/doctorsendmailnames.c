/*
 * Sendmail's rules for addresses: does it look in the access map, and send,
 * by the name that the policy has judged?
 */
#include "milter/ctl/doctorsendmail.h"
#include "policy/nexthop.h"

static bool
holds_class(struct slice line)
{
	return slice_holds(line, "$={Canonify}");
}

/*
 * Does a rule ask the resolver for any name? The one for unqualified names
 * stands behind one that takes all others (FEATURE(`nocanonify',
 * `canonify_hosts')).
 */
static bool
canonifies_all(struct slice cf)
{
	static const char qualified[] = "R$* $| $* < @ $+.$+ > $*";
	struct slice line;
	bool asks = false;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (line.len == 0 || line.at[0] != 'R')
			continue;
		if (slice_begins_nocase(line, qualified))
			return false;
		asks = asks || (slice_holds(line, "$[") &&
		    !holds_class(line) &&
		    !slice_begins_nocase(line, "R$* c ") &&
		    !slice_holds(line, "UUCP"));
	}
	return asks;
}

/* DAEMON_OPTIONS(`Modify=c, ...'): canonify what comes in there. */
static bool
daemon_canonifies(struct slice cf)
{
	static const char *const names[] = {"Modify", "Modifiers", "M"};
	struct slice line, options, own;
	size_t i;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		options = sendmailcf_value(line, "DaemonPortOptions");
		for (i = 0; i < LENGTH(names); i++) {
			own = sendmailcf_equate(options, names[i]);
			if (slice_holds(own, "c"))
				return true;
		}
	}
	return false;
}

/* CANONIFY_DOMAIN(`bank.example'), CANONIFY_DOMAIN_FILE. */
static bool
domains_canonified(const struct sendmail_view *sendmail)
{
	struct slice cf = sendmail->cf, line;
	struct domain domain;

	if (sendmailcf_line(cf, "F{Canonify}").at != NULL)
		return true;
	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (!slice_begins_nocase(line, "C{Canonify}"))
			continue;
		(void)slice_cut(&line, '}');
		line = slice_trim(line);
		while (line.at != NULL) {
			domain_normalize(slice_cut(&line, ' '), &domain);
			if (nexthop_binding(sendmail->doctor->config->table,
				&domain, true) != BINDING_NONE)
				return true;
		}
	}
	return false;
}

static void
check_canonify(const struct sendmail_view *sendmail)
{
	const char *how;

	if (canonifies_all(sendmail->cf))
		how = "every name, since it is made without "
		      "FEATURE(`nocanonify')";
	else if (daemon_canonifies(sendmail->cf))
		how = "what comes in at a daemon with the modifier c";
	else if (domains_canonified(sendmail))
		how = "the domains of CANONIFY_DOMAIN";
	else
		return;
	diagnosis_add(sendmail->d, SEVERITY_ERROR, "names-canonified",
	    "Sendmail: %s puts canonical names in place of %s",
	    sendmail->doctor->sendmail_cf, how);
	diagnosis_why(sendmail->d, "A CNAME, or whoever forges DNS, makes "
	    "Sendmail look in the access map for another name than the "
	    "rule's, and mail leaves in clear text. Domains in the header are "
	    "changed too, behind the filter, so that stamps fail.");
	diagnosis_remedy(sendmail->d, "# in sendmail.mc: "
	    "FEATURE(`nocanonify')dnl, without CANONIFY_DOMAIN and the "
	    "modifier c; then make sendmail.cf anew and restart Sendmail");
}

static void
check_table(const struct sendmail_view *sendmail, const char *line,
    const char *name)
{
	if (sendmailcf_line(sendmail->cf, line).at == NULL)
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "recipients-rewritten",
	    "Sendmail: a %s may send a recipient to another domain", name);
	diagnosis_why(sendmail->d, "Recipients of a domain that a rule binds "
	    "are refused when it sends them to a domain that no rule binds.");
	diagnosis_remedy(sendmail->d, "# look for the domains of the rules in "
	    "the %s; where one is sent elsewhere, give that domain a policy "
	    "with to = \"require\" too", name);
}

/* Does ruleset tls_rcpt ask one of this host's own, which says something? */
static bool
has_own_ruleset(struct slice cf)
{
	struct slice line;
	bool is_called = false, is_inside = false, has_rules = false;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (line.len == 0)
			continue;
		if (line.at[0] == 'S')
			is_inside = slice_begins_nocase(line,
			    "SLocal_tls_rcpt");
		if (line.at[0] != 'R')
			continue;
		has_rules = has_rules || is_inside;
		is_called = is_called ||
		    slice_holds(line, "$>\"Local_tls_rcpt\"") ||
		    slice_holds(line, "$>Local_tls_rcpt");
	}
	return is_called && has_rules;
}

static void
check_ruleset(const struct sendmail_view *sendmail)
{
	if (!has_own_ruleset(sendmail->cf))
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING, "local-ruleset",
	    "Sendmail: the ruleset Local_tls_rcpt is not empty");
	diagnosis_why(sendmail->d, "What it returns with $# counts, and the "
	    "access map is not asked any more.");
	diagnosis_remedy(sendmail->d, "# see that LOCAL_TLS_RCPT in "
	    "sendmail.mc returns $# for errors alone");
}

void
sendmail_check_names(const struct sendmail_view *sendmail)
{
	check_canonify(sendmail);
	check_table(sendmail, "Kdomaintable ", "domaintable");
	check_table(sendmail, "Kvirtuser ", "virtusertable");
	check_ruleset(sendmail);
}
