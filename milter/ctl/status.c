/*
 * hopseal status: how the running hopseald fares, for a person.
 *
 * Exit: 0 all is well, 1 something wants a look, 69 it cannot be asked.
 */
#include <stdio.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/figures.h"
#include "milter/system/input.h"
#include "milter/ctl/policyfile.h"
#include "milter/system/clock.h"

struct request {
	const char *config_file;
	const char *metrics_file; /* NULL: ask the socket */
	bool json;
};

/* A figure that should be 0, and what to do when it is not. */
struct concern {
	const char *sample;
	const char *words;
	const char *remedy;
};

static const struct concern concerns[] = {
    {"reload_failed", "the last reload was refused, the older policy is in "
	"force", "hopseald -n -c FILE names the line; mend it, reload again"},
    {"ledger_failed_total", "records were not written",
	"look for `ledger:` in hopseald's log; is the disk full?"},
    {"ledger_refused_total", "records were refused, the queue was full",
	"the disk is too slow for the mail; see LEDGER in hopseald(8)"},
    {"ledger_timeouts_total", "messages waited in vain for their record",
	"the disk is too slow, or the ledger is locked"},
    {"stamp_faults_total", "messages could not be stamped",
	"look for `unstamped` in hopseald's log"},
    {"faults_total", "transactions were deferred by a fault of hopseald",
	"look for `fault` in hopseald's log; is memory short?"},
    {"transactions_total{tls=\"unknown\"}", "sessions had no known TLS state",
	"the MTA does not send the TLS macros; TROUBLESHOOTING in "
	"hopseald(8)"},
};

static int
usage(void)
{
	(void)fputs("usage: hopseal status [-c file] [--file metrics] "
		    "[--json]\n",
	    stderr);
	return EX_USAGE;
}

static double
value_of(struct slice text, const char *sample)
{
	double value = 0;

	(void)figures_find(text, sample, &value);
	return value;
}

static void
print_number(struct slice text, const char *label, const char *sample)
{
	(void)printf("  %-26s%14.0f\n", label, value_of(text, sample));
}

static void
print_head(struct slice text)
{
	double hours = ((double)clock_wall_ms() / 1000 -
	    value_of(text, "start_time_seconds")) / 3600;
	struct slice version = figures_label(text, "build_info", "version");
	struct slice operation =
	    figures_label(text, "build_info", "operation");

	(void)printf("hopseald %.*s, operation %.*s, up %.1f hours\n"
	    "%.0f domains with a rule, stamp key %s\n",
	    (int)version.len, version.at, (int)operation.len, operation.at,
	    hours, value_of(text, "policy_domains"),
	    value_of(text, "stamp_key") > 0 ? "in force" : "none");
}

/* Which version of the fleet's policy, and whether there is a newer one. */
static void
print_policy(struct slice text)
{
	struct slice digest = figures_label(text, "policy_info", "sha256");
	double now = (double)clock_wall_ms() / 1000;
	double polled = value_of(text, "policy_poll_success_time_seconds");
	double version;

	if (!figures_find(text, "policy_version", &version))
		return;
	(void)printf("fleet's policy version %.0f, sha256 %.*s\n", version,
	    (int)digest.len, digest.at);
	if (polled > 0)
		(void)printf("the centre had no newer one %.0f s ago\n",
		    now > polled ? now - polled : 0);
	else
		(void)printf("the centre was not reached since the start\n");
}

static void
print_mail(struct slice text)
{
	double recipients = value_of(text, "decision_seconds_count");
	double ends = value_of(text, "end_of_message_seconds_count");

	(void)printf("\nMail\n");
	print_number(text, "messages accepted", "messages_total");
	print_number(text, "recipients: pass",
	    "verdicts_total{verdict=\"pass\"}");
	print_number(text, "  fallback",
	    "verdicts_total{verdict=\"fallback\"}");
	print_number(text, "  would be rejected",
	    "verdicts_total{verdict=\"would-reject\"}");
	print_number(text, "  would be deferred",
	    "verdicts_total{verdict=\"would-defer\"}");
	print_number(text, "  downgrade",
	    "verdicts_total{verdict=\"downgrade\"}");
	print_number(text, "  deferred", "verdicts_total{verdict=\"defer\"}");
	print_number(text, "  rejected",
	    "verdicts_total{verdict=\"reject\"}");
	print_number(text, "  not judged (trusted)",
	    "verdicts_total{verdict=\"trusted\"}");
	print_number(text, "stamps made", "stamps_total");
	print_number(text, "false stamps removed", "strips_total");
	if (recipients > 0)
		(void)printf("  %-26s%11.3f ms\n", "mean time of a verdict",
		    value_of(text, "decision_seconds_sum") * 1000 /
			recipients);
	if (ends > 0)
		(void)printf("  %-26s%11.3f ms\n", "mean time at the end",
		    value_of(text, "end_of_message_seconds_sum") * 1000 /
			ends);
}

static void
print_tls(struct slice text)
{
	static const char *const names[] = {"TLSv1.3", "TLSv1.2", "TLSv1.1",
	    "TLSv1.0", "later", "other", "SSL", "none", "unknown"};
	size_t i;

	(void)printf("\nTLS of transactions\n");
	for (i = 0; i < LENGTH(names); i++) {
		char storage[64];
		struct buf sample;

		buf_init_fixed(&sample, storage, sizeof(storage));
		buf_printf(&sample, "transactions_total{tls=\"%s\"}",
		    names[i]);
		if (value_of(text, buf_text(&sample)) > 0)
			print_number(text, names[i], buf_text(&sample));
	}
}

static void
print_ledger(struct slice text)
{
	double ignored;

	if (!figures_find(text, "ledger_submitted_total", &ignored))
		return;
	(void)printf("\nLedger\n");
	print_number(text, "records written", "ledger_committed_total");
	print_number(text, "waiting now", "ledger_queue");
	print_number(text, "the most that waited", "ledger_queue_longest");
	print_number(text, "refused", "ledger_refused_total");
	print_number(text, "failed", "ledger_failed_total");
	print_number(text, "checkpoints", "ledger_checkpoints_total");
}

/* Returns how many. */
static unsigned
print_concerns(struct slice text)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < LENGTH(concerns); i++) {
		double value = value_of(text, concerns[i].sample);

		if (value <= 0)
			continue;
		(void)printf("%s  ! %s (%.0f)\n      %s\n",
		    found == 0 ? "\nTo look at\n" : "", concerns[i].words,
		    value, concerns[i].remedy);
		found++;
	}
	if (found == 0)
		(void)printf("\nAll is well.\n");
	return found;
}

static unsigned
count_concerns(struct slice text)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < LENGTH(concerns); i++)
		found += value_of(text, concerns[i].sample) > 0;
	return found;
}

/* Samples as they are named, labels and all, as one object. */
static void
print_json(struct slice text)
{
	const char *before = "{";

	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');
		struct slice name;
		size_t i;

		if (!slice_begins_nocase(line, "hopseal_"))
			continue;
		for (i = line.len; i > 0 && line.at[i - 1] != ' ';)
			i--;
		name = slice_make(line.at, i - 1);
		line = slice_make(line.at + i, line.len - i);
		(void)printf("%s\"", before);
		for (i = 0; i < name.len; i++)
			(void)printf("%s%c", name.at[i] == '"' ? "\\" : "",
			    name.at[i]);
		(void)printf("\":%.*s", (int)line.len, line.at);
		before = ",";
	}
	(void)printf("}\n");
}

/* A terminal gets nothing that an answer could hide in it. */
static bool
is_plain(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c < ' ' && c != '\n' && c != '\r') || c >= 0x7f)
			return false;
	}
	return true;
}

static int
print_status(struct slice text, bool json)
{
	if (json) {
		print_json(text);
		return count_concerns(text) == 0 ? EX_OK : 1;
	}
	print_head(text);
	print_policy(text);
	print_mail(text);
	print_tls(text);
	print_ledger(text);
	return print_concerns(text) == 0 ? EX_OK : 1;
}

static enum status
read_figures(const struct request *request, struct buf *out,
    struct fault *fault)
{
	const char *file = request->config_file;
	struct config *config;
	enum status status;

	if (request->metrics_file != NULL)
		return input_read(request->metrics_file, out, fault);
	if (policyfile_read_local(file, &config) != STATUS_OK)
		return fault_set(fault, STATUS_SYNTAX,
		    "%s has errors, so the socket of metrics is not known",
		    file);
	if (config->metrics.socket == NULL)
		status = fault_set(fault, STATUS_NOTFOUND, "%s: hopseald "
		    "shows no figures; write `metrics { socket = \"local:"
		    "/run/hopseal/metrics.sock\" }` into it and restart, or "
		    "name the file of --metrics-textfile with --file", file);
	else
		status = figures_ask(config->metrics.socket, out, fault);
	config_free(&config);
	return status;
}

int
cmd_status(int argc, char **argv)
{
	struct request request = {.config_file = CONFIG_DEFAULT_FILE};
	const struct commandline_option options[] = {
	    {"c", .text = &request.config_file},
	    {"file", .text = &request.metrics_file},
	    {"json", .flag = &request.json},
	    {.name = NULL}};
	int code = EX_UNAVAILABLE;
	struct fault fault;
	struct buf text;
	double ignored;

	if (commandline_read(argc, argv, options, NULL) != argc)
		return usage();
	buf_init(&text, FIGURES_MAX);
	if (read_figures(&request, &text, &fault) != STATUS_OK)
		(void)fprintf(stderr, "hopseal: %s\n", fault.text);
	else if (!is_plain(buf_slice(&text)) ||
	    !figures_find(buf_slice(&text), "messages_total", &ignored))
		(void)fputs("hopseal: what came is not hopseald's figures\n",
		    stderr);
	else
		code = print_status(buf_slice(&text), request.json);
	buf_clear(&text);
	return code;
}
