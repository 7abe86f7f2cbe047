/*
 * commands: the subcommands of hopseal, one file each.
 *
 * Each takes the arguments from its own name on (argv[0] is the subcommand)
 * and returns the exit code. Wrong usage is EX_USAGE (64), a configuration
 * that cannot be read EX_CONFIG (78).
 */
#ifndef HOPSEAL_CTL_COMMANDS_H
#define HOPSEAL_CTL_COMMANDS_H

typedef int command(int argc, char **argv);

command cmd_attach;
command cmd_doctor;
command cmd_explain;
command cmd_export;
command cmd_fleet;
command cmd_import;
command cmd_keygen;
command cmd_ledger;
command cmd_lookup;
command cmd_policy;
command cmd_probe;
command cmd_report;
command cmd_status;
command cmd_suggest;
command cmd_verify;

#endif
