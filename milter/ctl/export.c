/*
 * hopseal export postfix | sendmail: the `to` rules as tables of the MTA, for
 * those who want no daemon in the path.
 *
 * The same rules as the next-hop responder's. What a table cannot say stands
 * in a comment, and errs on the side of more TLS.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/accessdemand.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"
#include "policy/nexthop.h"

/* Where rules are printed to, and what they are looked up in. */
struct export {
	const struct table *table;
	bool is_complete; /* all fitted into memory */
};

enum { LINE_CEILING = 64 * 1024 };

static int
usage(void)
{
	(void)fputs("usage: hopseal export postfix|sendmail [-c file]\n",
	    stderr);
	return EX_USAGE;
}

/* What holds for the domain if it had no rule of its own. */
static bool
parent_requires(const struct table *table, struct slice name)
{
	struct domain domain;
	struct match match;

	if (domain_parent(&name)) {
		domain_normalize(name, &domain);
		table_find(table, &domain, &match);
		/* A parent may speak for itself alone: then of its own. */
		if (nexthop_is_bound_by(match.rule))
			return true;
	}
	domain_init(&domain);
	table_find(table, &domain, &match);
	return nexthop_is_bound_by(match.rule);
}

/* `[192.0.2.1]`; Postfix writes no `IPv6:`. */
static struct slice
postfix_key(struct slice name, struct buf *out)
{
	static const char tag[] = "[ipv6:";

	if (!slice_begins_nocase(name, tag))
		return name;
	buf_putc(out, '[');
	buf_put_slice(out, slice_make(name.at + sizeof(tag) - 1,
	    name.len - (sizeof(tag) - 1)));
	return buf_slice(out);
}

static void
print_unenforced(const struct match *match)
{
	if (match->rule->to == MODE_REQUIRE)
		(void)printf("# %.*s: operation %s, nothing is enforced\n",
		    (int)match->domain.len, match->domain.at,
		    operation_name(match->rule->operation));
}

static void
print_postfix_lines(struct slice key, enum scope scope, const char *policy)
{
	int len = (int)key.len;

	if (scope != SCOPE_BELOW)
		(void)printf("%.*s\t%s\n", len, key.at, policy);
	if (scope != SCOPE_SELF && key.len > 0 && key.at[0] != '[')
		(void)printf(".%.*s\t%s\n", len, key.at, policy);
}

static bool
print_postfix(void *context, const struct match *match, enum scope scope)
{
	struct export *export = context;
	char storage[DOMAIN_MAX + 1];
	struct buf key, policy;

	buf_init_fixed(&key, storage, sizeof(storage));
	if (!nexthop_is_bound_by(match->rule)) {
		print_unenforced(match);
		if (!parent_requires(export->table, match->domain))
			return true;
		(void)printf("# the next may use no TLS; \"may\" stands for "
			     "the level of main.cf\n");
		print_postfix_lines(
		    postfix_key(match->domain, &key), scope, "may");
		return true;
	}
	buf_init(&policy, LINE_CEILING);
	nexthop_policy(match, &policy);
	if (buf_status(&policy) == STATUS_OK)
		print_postfix_lines(postfix_key(match->domain, &key), scope,
		    buf_text(&policy));
	else
		export->is_complete = false;
	buf_clear(&policy);
	return true;
}

static void
print_postfix_default(const struct table *table)
{
	struct domain none;
	struct match match;
	struct buf policy;

	domain_init(&none);
	table_find(table, &none, &match);
	if (!nexthop_is_bound_by(match.rule))
		return;
	buf_init(&policy, LINE_CEILING);
	nexthop_policy(&match, &policy);
	(void)printf("# policy \"*\" requires TLS, which a table cannot say: "
		     "set the level in main.cf\n# to that of: %s\n",
	    buf_text(&policy));
	buf_clear(&policy);
}

static void
export_postfix(struct export *export)
{
	(void)fputs(
	    "# smtp_tls_policy_maps of Postfix 3.6 or later, by hopseal "
	    "export postfix.\n"
	    "# Make it anew when the rules change. Then: postmap, and in "
	    "main.cf\n"
	    "#\tsmtp_tls_policy_maps = hash:/etc/postfix/hopseal_policy\n"
	    "# A next hop in brackets or with a port (relayhost, transport) "
	    "is looked up as it\n"
	    "# is written there: it needs a line of its own.\n", stdout);
	print_postfix_default(export->table);
	table_each(export->table, print_postfix, export);
}

static void
print_sendmail_losses(const struct match *match, enum scope scope)
{
	const struct level *level = &match->rule->level;
	int len = (int)match->domain.len;
	const char *at = match->domain.at;

	(void)printf("# %.*s: min-tls %s and ciphers %s cannot be said\n",
	    len, at, tls_version_number(level->min_tls),
	    ciphers_name(level->ciphers));
	if (level->peer == PEER_NAMED && accessdemand_name(level) == NULL)
		(void)printf("# %.*s: only one whole name can be compared, so "
			     "peer-names are lost:\n# the certificate must be "
			     "trusted, whatever its name\n", len, at);
	if (scope == SCOPE_SELF)
		(void)printf("# %.*s: the line speaks for what is below it "
			     "too\n", len, at);
	if (scope == SCOPE_BELOW)
		(void)printf("# .%.*s: the line speaks for the domain itself "
			     "too\n", len, at);
}

/* A name may stand in brackets, which means the host without its MX. */
static void
print_sendmail_lines(struct slice key, const char *policy)
{
	int len = (int)key.len;

	(void)printf("TLS_Rcpt:%.*s\t%s\n", len, key.at, policy);
	if (len > 0 && key.at[0] != '[')
		(void)printf("TLS_Rcpt:[%.*s]\t%s\n", len, key.at, policy);
}

static void
print_sendmail_policy(const struct match *match, struct slice key)
{
	struct accessdemand demand = accessdemand_of(&match->rule->level);
	char storage[DOMAIN_MAX + 32];
	struct buf policy;

	buf_init_fixed(&policy, storage, sizeof(storage));
	accessdemand_print(&demand, &policy);
	print_sendmail_lines(key, buf_text(&policy));
}

static bool
print_sendmail(void *context, const struct match *match, enum scope scope)
{
	struct export *export = context;

	if (nexthop_is_bound_by(match->rule)) {
		print_sendmail_losses(match, scope);
		print_sendmail_policy(match, match->domain);
		return true;
	}
	print_unenforced(match);
	if (parent_requires(export->table, match->domain)) {
		(void)printf("# the next may use no TLS\n");
		print_sendmail_lines(match->domain, "ENCR:0");
	}
	return true;
}

static void
export_sendmail(struct export *export)
{
	struct domain none;
	struct match match;

	(void)fputs(
	    "# Lines for the access map of Sendmail, by hopseal export "
	    "sendmail. Needs\n"
	    "# FEATURE(`access_db'). Make them anew when the rules change.\n"
	    "# A recipient whose session does not meet its line is deferred, "
	    "with one\n"
	    "# recipient per envelope: QUEUE_GROUP(`mqueue', `F=f, r=1'). "
	    "Without it\n"
	    "# Sendmail bounces the recipient if another of the message was "
	    "refused.\n", stdout);
	domain_init(&none);
	table_find(export->table, &none, &match);
	if (nexthop_is_bound_by(match.rule)) {
		print_sendmail_losses(&match, SCOPE_TREE);
		print_sendmail_policy(&match, slice_make("", 0));
	}
	table_each(export->table, print_sendmail, export);
	(void)fputs("# End of hopseal export sendmail.\n", stdout);
}

int
cmd_export(int argc, char **argv)
{
	const char *file = CONFIG_DEFAULT_FILE;
	struct export export = {NULL, true};
	struct config *config;
	int option;
	bool is_postfix;

	while ((option = getopt(argc, argv, "c:")) != -1) {
		if (option != 'c')
			return usage();
		file = optarg;
	}
	if (optind != argc - 1)
		return usage();
	is_postfix = strcmp(argv[optind], "postfix") == 0;
	if (!is_postfix && strcmp(argv[optind], "sendmail") != 0)
		return usage();
	if (policyfile_read(file, &config) != STATUS_OK)
		return EX_CONFIG;
	export.table = config->table;
	if (is_postfix)
		export_postfix(&export);
	else
		export_sendmail(&export);
	config_free(&config);
	if (export.is_complete && fflush(stdout) == 0)
		return EX_OK;
	(void)fputs("hopseal: the table is not complete\n", stderr);
	return EX_OSERR;
}
