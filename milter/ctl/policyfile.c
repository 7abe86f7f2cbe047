#include "milter/ctl/policyfile.h"

#include <stdio.h>

void
policyfile_complain(void *context, const char *sentence)
{
	(void)context;
	(void)fprintf(stderr, "hopseal: %s\n", sentence);
}

enum status
policyfile_read(const char *file, struct config **out)
{
	return config_read(file, policyfile_complain, NULL, out);
}

enum status
policyfile_read_local(const char *file, struct config **out)
{
	return config_read_local(file, policyfile_complain, NULL, out);
}

static void
print_peer_names(const struct level *level, struct slice domain)
{
	size_t i;

	(void)printf("  peer-names = ");
	if (level->peer_names == NULL)
		(void)printf("%.*s, *.%.*s", (int)domain.len, domain.at,
		    (int)domain.len, domain.at);
	else
		for (i = 0; i < level->peer_name_count; i++)
			(void)printf("%s%s", i == 0 ? "" : ", ",
			    level->peer_names[i]);
	(void)printf("\n");
}

void
rule_print(const struct rule *rule, struct slice domain)
{
	const struct level *level = &rule->level;

	if (rule->class_name != NULL)
		(void)printf("  class      = %s\n", rule->class_name);
	(void)printf("  from       = %s\n", mode_name(rule->from));
	(void)printf("  to         = %s\n", mode_name(rule->to));
	(void)printf("  action     = %s\n", action_name(rule->action));
	(void)printf("  operation  = %s\n", operation_name(rule->operation));
	(void)printf("  min-tls    = %s\n", tls_version_number(level->min_tls));
	(void)printf("  min-bits   = %u\n", level->min_bits);
	(void)printf("  ciphers    = %s\n", ciphers_name(level->ciphers));
	(void)printf("  peer       = %s\n", peer_name(level->peer));
	if (level->peer == PEER_NAMED)
		print_peer_names(level, domain);
	if (rule->header_from)
		(void)printf("  header-from = true\n");
	if (rule->help_url != NULL)
		(void)printf("  help-url   = %s\n", rule->help_url);
}
