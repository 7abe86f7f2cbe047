/*
 * hopseal probe TARGET...: what TLS do its mail hosts speak, and would our
 * policy be met?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/system/input.h"
#include "milter/ctl/policyfile.h"
#include "milter/ctl/probetarget.h"
#include "milter/ctl/progress.h"

enum { TEXT_MAX = 1024 * 1024, SECONDS = 30, SECONDS_MAX = 600 };

struct run {
	const char *config_file;
	const char *list_file;
	const char *port; /* NULL: 25, or 465 with implicit */
	bool implicit, json;
	unsigned long seconds;
	struct tlsprobe_options tls;
	const struct sockaddr_in *server; /* NULL: the system's */
	struct sockaddr_in named_server;
	/* made from these */
	struct config *config;
	struct tlsprobe *probe;
	struct progress progress;
	unsigned long done;
	char helo[DOMAIN_MAX + 1];
};

static int
usage(void)
{
	(void)fputs("usage: hopseal probe [-c file] [--json] [--ca file] "
		    "[--cert file --key file]\n"
		    "           [--port number] [--implicit] [--timeout "
		    "seconds] [--dns address[:port]]\n"
		    "           [--file list] domain | host:port | [host]"
		    "[:port] ...\n",
	    stderr);
	return EX_USAGE;
}

static bool
bears_wanted(void *context, const struct tls_session *session)
{
	return probe_bears_names(context, session);
}

static enum status
visit_hosts(struct run *run, struct probe *probe)
{
	struct probehost_options options = {
	    .port = probe->port,
	    .helo = run->helo,
	    .implicit = run->implicit || strcmp(probe->port, "465") == 0,
	    .seconds = (unsigned)run->seconds,
	};
	struct probehost_visit visit = {&options, run->probe, bears_wanted,
	    &probe->match};
	enum status status = STATUS_OK;
	size_t i;

	for (i = 0; i < probe->count && status == STATUS_OK; i++) {
		progress_show(&run->progress, run->done,
		    probe->hosts[i].host);
		status = probehost_visit(&visit, &probe->hosts[i]);
		probe_ask_tlsa(run->server, probe->port, &probe->hosts[i]);
	}
	return status;
}

static enum status
print_probe(const struct run *run, const struct probe *probe)
{
	enum status status;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	if (run->json)
		probe_print_json(probe, &out);
	else
		probe_print_text(probe, &out);
	status = buf_status(&out);
	(void)fputs(buf_text(&out), stdout);
	buf_clear(&out);
	return status;
}

/* Returns an exit code: 0 met, 1 not met, or of sysexits.h. */
static int
probe_target(struct run *run, const char *target)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int code = EX_USAGE;
	struct buf port;

	if (probe == NULL)
		return EX_OSERR;
	buf_init_fixed(&port, probe->port, sizeof(probe->port));
	buf_puts(&port, run->port);
	if (!probe_read_target(target, probe)) {
		(void)fprintf(stderr, "hopseal: %s is no domain, host:port or "
		    "[host]:port\n", target);
		free(probe);
		return code;
	}
	table_find(run->config->table, &probe->domain, &probe->match);
	probe->policy = probe->match.domain;
	if (slice_is(probe->policy, "*"))
		probe->match.domain = domain_slice(&probe->domain);
	run->done++;
	progress_show(&run->progress, run->done, target);
	if (probe->count == 0) {
		probe_find_hosts(run->server, probe);
		probe_ask_sts(run->server, probe);
	} else {
		probe->source = PROBE_DIRECT;
	}
	code = EX_OSERR;
	if (visit_hosts(run, probe) == STATUS_OK) {
		progress_end(&run->progress);
		code = print_probe(run, probe) != STATUS_OK ? EX_OSERR
		    : probe_satisfies(probe)		    ? EX_OK
							    : 1;
	}
	free(probe);
	return code;
}

/* The worst of two exit codes. */
static int
worse(int a, int b)
{
	return a > b ? a : b;
}

/* One target a line; blank lines and those that begin with # are skipped. */
static int
probe_list(struct run *run, struct slice text)
{
	int code = EX_OK;

	while (text.len > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));
		char target[DOMAIN_MAX + 16];
		struct buf buf;

		if (line.len == 0 || line.at[0] == '#')
			continue;
		buf_init_fixed(&buf, target, sizeof(target));
		buf_put_slice(&buf, line);
		if (buf_status(&buf) != STATUS_OK) {
			(void)fprintf(stderr, "hopseal: %.*s: longer than a "
			    "domain can be\n", 60, line.at);
			code = EX_USAGE;
			continue;
		}
		code = worse(code, probe_target(run, buf_text(&buf)));
	}
	return code;
}

static bool
take_port(const char *text, void *context)
{
	struct run *run = context;
	unsigned long number;

	run->port = text;
	return slice_number(slice_of(text), 65535, &number) && number > 0;
}

static bool
take_timeout(const char *text, void *context)
{
	struct run *run = context;

	return slice_number(slice_of(text), SECONDS_MAX, &run->seconds) &&
	    run->seconds > 0;
}

static bool
take_dns(const char *text, void *context)
{
	struct run *run = context;

	run->server = &run->named_server;
	return resolver_parse_server(text, &run->named_server);
}

/* Returns the index of the first target in argv, or -1. */
static int
read_options(int argc, char **argv, struct run *run)
{
	const struct commandline_option options[] = {
	    {"c", .text = &run->config_file},
	    {"json", .flag = &run->json},
	    {"implicit", .flag = &run->implicit},
	    {"ca", .text = &run->tls.ca_file},
	    {"cert", .text = &run->tls.cert_file},
	    {"key", .text = &run->tls.key_file},
	    {"file", .text = &run->list_file},
	    {"port", .take = take_port},
	    {"timeout", .take = take_timeout},
	    {"dns", .take = take_dns},
	    {.name = NULL}};
	int first = commandline_read(argc, argv, options, run);

	if (run->port == NULL)
		run->port = run->implicit ? "465" : "25";
	if ((run->tls.cert_file == NULL) != (run->tls.key_file == NULL) ||
	    (first < argc) == (run->list_file != NULL))
		return -1;
	return first;
}

static int
probe_all(struct run *run, char **targets, int count)
{
	int code = EX_NOINPUT, i;
	struct fault fault;
	struct buf list;

	if (run->list_file == NULL) {
		code = EX_OK;
		progress_begin(&run->progress, stderr, (unsigned long)count);
		for (i = 0; i < count; i++)
			code = worse(code, probe_target(run, targets[i]));
		return code;
	}
	progress_begin(&run->progress, stderr, 0);
	buf_init(&list, 16 * 1024 * 1024);
	if (input_read(run->list_file, &list, &fault) == STATUS_OK)
		code = probe_list(run, buf_slice(&list));
	else
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	buf_clear(&list);
	return code;
}

/* Where nothing is configured yet, an empty configuration: the defaults. */
static const char *
policy_of(const char *file)
{
	if (file != NULL)
		return file;
	return access(CONFIG_DEFAULT_FILE, F_OK) == 0 ? CONFIG_DEFAULT_FILE
						      : "/dev/null";
}

int
cmd_probe(int argc, char **argv)
{
	struct run run = {.seconds = SECONDS};
	struct fault fault;
	int code, first = read_options(argc, argv, &run);

	if (first < 0)
		return usage();
	if (policyfile_read(policy_of(run.config_file), &run.config) !=
	    STATUS_OK)
		return EX_CONFIG;
	if (gethostname(run.helo, sizeof(run.helo) - 1) != 0)
		run.helo[0] = '\0';
	if (tlsprobe_new(&run.tls, &run.probe, &fault) != STATUS_OK) {
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
		code = EX_NOINPUT;
	} else {
		code = probe_all(&run, argv + first, argc - first);
	}
	tlsprobe_free(&run.probe);
	config_free(&run.config);
	return code;
}
