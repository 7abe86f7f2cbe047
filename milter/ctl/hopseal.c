/*
 * hopseal: the command. Finds the subcommand and calls it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commands.h"
#include "policy/base/attributes.h"

static const struct {
	const char *name;
	command *run;
	const char *purpose;
} subcommands[] = {
    {"attach", cmd_attach, "let Postfix or Sendmail ask hopseald"},
    {"doctor", cmd_doctor, "what is wrong here, and how to mend it"},
    {"explain", cmd_explain, "what policy says of a message, and why"},
    {"export", cmd_export, "the rules as tables of Postfix and Sendmail"},
    {"fleet", cmd_fleet, "many hosts, one body of evidence: the centre"},
    {"import", cmd_import, "a mail log into the ledger"},
    {"keygen", cmd_keygen, "make a stamp key and its DNS record"},
    {"ledger", cmd_ledger, "verify, prove, export, back up the evidence"},
    {"lookup", cmd_lookup, "which rule a domain or client has"},
    {"policy", cmd_policy, "push a policy to the fleet, and its history"},
    {"probe", cmd_probe, "what TLS a domain's mail hosts speak"},
    {"report", cmd_report, "do we use TLS with whom, how well, since when"},
    {"status", cmd_status, "how the running hopseald fares"},
    {"suggest", cmd_suggest, "which rules the evidence supports"},
    {"verify", cmd_verify, "check the stamp of a message"},
};

static void
usage(FILE *out)
{
	size_t i;

	(void)fputs("usage: hopseal subcommand [arguments]\n\n", out);
	for (i = 0; i < LENGTH(subcommands); i++)
		(void)fprintf(out, "  %-10s%s\n", subcommands[i].name,
		    subcommands[i].purpose);
	(void)fputs("\nEach is described in hopseal(8).\n", out);
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return EX_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		(void)printf("hopseal %s\n", PACKAGE_VERSION);
		return EX_OK;
	}
	for (i = 0; i < LENGTH(subcommands); i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	(void)fprintf(stderr, "hopseal: there is no subcommand %s\n\n",
	    argv[1]);
	usage(stderr);
	return EX_USAGE;
}
