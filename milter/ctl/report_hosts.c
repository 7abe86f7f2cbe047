/*
 * The hosts of a fleet in a report: how far each came, and who drifts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ctl/report.h"
#include "milter/ctl/report_page.h"
#include "milter/fleet/evidence.h"
#include "milter/ledger/entry.h"

enum { SILENT_MS = 60 * 1000, SPAN_TEXT = 32 };

static enum status
bring_all(struct report *report, struct centre *centre, struct fault *fault)
{
	const struct evidence_wanted wanted = {
	    .domain = report->domain,
	    .first_day = report->range.first_day,
	    .last_day = report->range.last_day,
	    .records = report->evidence,
	};
	enum status status = centre_limit(centre, CENTRE_REPORT_S, fault);

	if (status == STATUS_OK)
		status = hosts_read(centre, &report->hosts, fault);
	if (status == STATUS_OK)
		status = evidence_bring(centre, &wanted, &report->queries,
		    fault);
	if (status == STATUS_OK && report->domain == NULL)
		status = evidence_bring_days(centre, &wanted, &report->days,
		    fault);
	return status;
}

enum status
report_bring(struct report *report, const char *url, struct fault *fault)
{
	struct centre *centre = NULL;
	struct fault clause;
	enum status status = centre_check(url, NULL, &clause);

	if (status != STATUS_OK)
		return fault_set(fault, status, "--fleet %s", clause.text);
	report->is_fleet = true;
	status = centre_open(url, "hopseal report", &centre, fault);
	if (status == STATUS_OK)
		status = bring_all(report, centre, fault);
	centre_close(&centre);
	(void)snprintf(report->integrity.vkey, sizeof(report->integrity.vkey),
	    "of %zu hosts", report->hosts.count);
	return status;
}

/* `3 s`, `5 min`, `2 h`, `4 d`. */
static void
span(int64_t ms, char out[SPAN_TEXT])
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{INT64_C(86400000), "d"}, {3600000, "h"},
	    {60000, "min"}};
	size_t i;

	for (i = 0; i < LENGTH(units); i++)
		if (ms >= 2 * units[i].ms) {
			(void)snprintf(out, SPAN_TEXT, "%" PRId64 " %s",
			    ms / units[i].ms, units[i].name);
			return;
		}
	(void)snprintf(out, SPAN_TEXT, "%" PRId64 " s", ms / 1000);
}

/* What an administrator should look at, as clauses. */
static void
put_remarks(const struct host *host, struct buf *out)
{
	char text[SPAN_TEXT];

	if (host->drifts)
		buf_puts(out, ", policy or version differs from the others");
	if (host->silence > SILENT_MS) {
		span(host->silence, text);
		buf_printf(out, ", silent for %s", text);
	}
	if (host->lost > 0)
		buf_printf(out, ", %" PRIu64 " records lost to retention",
		    host->lost);
	if (host->is_twin)
		buf_puts(out, ", another ledger has this name too");
}

enum { REMARKS_MAX = 512 };

/* The remarks without their first comma; "" when there are none. */
static const char *
remarks(const struct host *host, char storage[REMARKS_MAX])
{
	struct buf text;

	buf_init_fixed(&text, storage, REMARKS_MAX);
	put_remarks(host, &text);
	return buf_slice(&text).len > 2 ? buf_text(&text) + 2 : "";
}

void
report_hosts_text(const struct report *report)
{
	char lag[SPAN_TEXT], storage[REMARKS_MAX];
	size_t i;

	if (!report->is_fleet)
		return;
	(void)printf("\nHosts\n%-32s %10s %10s %6s %-16s %s\n", "host",
	    "shipped", "waiting", "lag", "policy", "version");
	for (i = 0; i < report->hosts.count; i++) {
		const struct host *host = &report->hosts.items[i];
		const char *words = remarks(host, storage);

		span(host->lag, lag);
		(void)printf("%-32s %10" PRIu64 " %10" PRIu64
		    " %6s %-16s %s%s%s\n", host->name, host->next,
		    host->size > host->next ? host->size - host->next : 0,
		    lag, host->policy, host->version,
		    words[0] == '\0' ? "" : "\n    ! ", words);
	}
	(void)printf("%s\n", report->hosts.drifting > 0 ?
	    "Not all hosts judge alike: see those with a !." :
	    "All hosts judge by the same rules and version.");
	(void)puts("`hopseal fleet verify` compares every record with the "
		   "signed logs,\nand the sums with the hosts' summaries.");
}

void
report_hosts_html(const struct report *report)
{
	char lag[SPAN_TEXT], storage[REMARKS_MAX];
	size_t i;

	if (!report->is_fleet)
		return;
	(void)puts("<h2>Hosts</h2>\n<table><thead><tr><th>Host</th>"
	    "<th class=\"n\">Shipped</th><th class=\"n\">Waiting</th>"
	    "<th class=\"n\">Lag</th><th>Policy</th><th>Version</th>"
	    "<th></th></tr></thead><tbody>");
	for (i = 0; i < report->hosts.count; i++) {
		const struct host *host = &report->hosts.items[i];

		span(host->lag, lag);
		(void)fputs("<tr><td>", stdout);
		page_text(host->name);
		(void)printf("</td><td class=\"n\">%" PRIu64
		    "</td><td class=\"n\">%" PRIu64
		    "</td><td class=\"n\">%s</td><td>", host->next,
		    host->size > host->next ? host->size - host->next : 0,
		    lag);
		page_text(host->policy);
		(void)fputs("</td><td>", stdout);
		page_text(host->version);
		(void)printf("</td><td%s>",
		    host->drifts ? " class=\"bad-text\"" : "");
		page_text(remarks(host, storage));
		(void)puts("</td></tr>");
	}
	(void)puts("</tbody></table>\n<p class=\"note\"><code>hopseal fleet "
		   "verify</code> compares every record with the logs that "
		   "the hosts signed.</p>");
}

static void
put_json(struct buf *out, const struct host *host)
{
	buf_puts(out, "{\"host\":");
	entry_put_json(out, host->name);
	buf_puts(out, ",\"version\":");
	entry_put_json(out, host->version);
	buf_puts(out, ",\"policy\":");
	entry_put_json(out, host->policy);
	buf_printf(out, ",\"edition\":%" PRIu64 ",\"shipped\":%" PRIu64
	    ",\"leaves\":%" PRIu64 ",\"signed_leaves\":%" PRIu64
	    ",\"lost\":%" PRIu64, host->edition, host->next, host->size,
	    host->signed_leaves, host->lost);
	buf_printf(out, ",\"lag_seconds\":%" PRId64
	    ",\"silent_seconds\":%" PRId64 ",\"drifts\":%s,\"twin\":%s",
	    host->lag / 1000, host->silence / 1000,
	    host->drifts ? "true" : "false", host->is_twin ? "true" : "false");
	buf_puts(out, ",\"vkey\":");
	entry_put_json(out, host->vkey);
	buf_putc(out, '}');
}

void
report_hosts_json(const struct report *report)
{
	char storage[4096];
	struct buf text;
	size_t i;

	if (!report->is_fleet)
		return;
	(void)fputs(",\n\"hosts\":[", stdout);
	for (i = 0; i < report->hosts.count; i++) {
		buf_init_fixed(&text, storage, sizeof(storage));
		put_json(&text, &report->hosts.items[i]);
		(void)printf("%s\n%s", i == 0 ? "" : ",", buf_text(&text));
	}
	(void)fputs("]", stdout);
}

/* Host names and our own words hold no comma and no quote. */
/* What the centre says of them: it may have been changed there. */
static void
put_names(struct buf *out, const struct host *host)
{
	buf_reset(out);
	report_csv_cell(out, host->name);
	buf_putc(out, ',');
	report_csv_cell(out, host->version);
	buf_putc(out, ',');
	report_csv_cell(out, host->policy);
}

void
report_hosts_csv(const struct report *report)
{
	char storage[3 * 2 * HOSTS_NAME];
	struct buf names;
	size_t i;

	if (!report->is_fleet)
		return;
	buf_init_fixed(&names, storage, sizeof(storage));
	(void)puts("\nhost,version,policy,edition,shipped,leaves,"
		   "signed_leaves,lost,lag_seconds,silent_seconds,drifts");
	for (i = 0; i < report->hosts.count; i++) {
		const struct host *host = &report->hosts.items[i];

		put_names(&names, host);
		(void)printf("%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64
		    ",%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%" PRId64 ",%d\n",
		    buf_text(&names), host->edition,
		    host->next, host->size, host->signed_leaves, host->lost,
		    host->lag / 1000, host->silence / 1000, host->drifts);
	}
}
