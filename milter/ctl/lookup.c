/*
 * hopseal lookup DOMAIN | --client ADDRESS-OR-NAME: which rule applies.
 */
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"

static int
usage(void)
{
	(void)fputs("usage: hopseal lookup [-c file] domain ...\n"
		    "       hopseal lookup [-c file] --client "
		    "address-or-name ...\n",
	    stderr);
	return EX_USAGE;
}

static void
print_match(const char *asked, const char *kind, const struct match *match)
{
	(void)printf("%s: %s \"%.*s\"\n", asked, kind,
	    (int)match->domain.len, match->domain.at);
	rule_print(match->rule, match->domain);
}

static void
lookup_domain(const struct table *table, const char *asked)
{
	struct domain domain;
	struct match match;

	domain_normalize(slice_of(asked), &domain);
	if (domain.kind == DOMAIN_OTHER)
		(void)printf("%s: cannot be normalized, so that only a rule "
			     "of its last labels or `*` applies\n", asked);
	else if (!slice_is(slice_of(asked), domain.text))
		(void)printf("%s: is compared as %s\n", asked, domain.text);
	table_find(table, &domain, &match);
	print_match(asked, "policy", &match);
}

static void
lookup_client(const struct table *table, const char *asked)
{
	struct ipaddr addr;
	struct domain name;
	struct match match;
	bool is_addr = ipaddr_parse(slice_of(asked), &addr);

	domain_normalize(slice_of(asked), &name);
	if (table_find_client(table, is_addr ? &addr : NULL,
		is_addr ? NULL : &name, &match))
		print_match(asked, "client", &match);
	else
		(void)printf("%s: no client rule applies\n", asked);
}

int
cmd_lookup(int argc, char **argv)
{
	const char *file = CONFIG_DEFAULT_FILE;
	bool clients = false;
	const struct commandline_option options[] = {
	    {"c", .text = &file},
	    {"client", .flag = &clients},
	    {.name = NULL}};
	struct config *config;
	int next = commandline_read(argc, argv, options, NULL);

	if (next < 0 || next == argc)
		return usage();
	if (policyfile_read(file, &config) != STATUS_OK)
		return EX_CONFIG;
	for (; next < argc; next++) {
		if (clients)
			lookup_client(config->table, argv[next]);
		else
			lookup_domain(config->table, argv[next]);
	}
	config_free(&config);
	return EX_OK;
}
