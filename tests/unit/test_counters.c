#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "milter/metrics/exposition.h"
#include "tests/unit/check.h"

static void
names_sessions(void **state)
{
	static const struct {
		enum tls_state state;
		enum tls_version version;
		const char *want;
	} rows[] = {
	    {TLS_NONE, TLS_VERSION_OTHER, "none"},
	    {TLS_UNKNOWN, TLS_VERSION_1_3, "unknown"},
	    {TLS_ESTABLISHED, TLS_VERSION_OTHER, "other"},
	    {TLS_ESTABLISHED, TLS_VERSION_SSL, "SSL"},
	    {TLS_ESTABLISHED, TLS_VERSION_1_0, "TLSv1.0"},
	    {TLS_ESTABLISHED, TLS_VERSION_1_1, "TLSv1.1"},
	    {TLS_ESTABLISHED, TLS_VERSION_1_2, "TLSv1.2"},
	    {TLS_ESTABLISHED, TLS_VERSION_1_3, "TLSv1.3"},
	    {TLS_ESTABLISHED, TLS_VERSION_LATER, "later"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct tlsinfo tls;

		memset(&tls, 0, sizeof(tls));
		tls.state = rows[i].state;
		tls.version = rows[i].version;
		check_text(rows[i].want,
		    counters_tls_name(counters_tls_index(&tls)),
		    rows[i].want);
	}
}

static void
fills_buckets(void **state)
{
	static const struct {
		const char *row;
		int64_t us;
		unsigned bucket; /* COUNTERS_BUCKETS: none */
	} rows[] = {
	    {"clock went back", -5, 0},
	    {"nothing", 0, 0},
	    {"at the bound", 10, 0},
	    {"above it", 11, 1},
	    {"the last", 2500000, COUNTERS_BUCKETS - 1},
	    {"beyond", 2500001, COUNTERS_BUCKETS},
	};
	size_t i;
	unsigned j;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct histogram histogram;

		memset(&histogram, 0, sizeof(histogram));
		histogram_add(&histogram, rows[i].us);
		for (j = 0; j < COUNTERS_BUCKETS; j++)
			check_number(rows[i].row,
			    (long)counter_get(&histogram.buckets[j]),
			    j == rows[i].bucket);
		check_number(rows[i].row,
		    (long)counter_get(&histogram.count), 1);
		check_number(rows[i].row,
		    (long)counter_get(&histogram.sum_us),
		    rows[i].us > 0 ? (long)rows[i].us : 0);
	}
}

/* Is the line there, whole? */
static bool
has_line(struct slice text, const char *line)
{
	while (text.len > 0)
		if (slice_is(slice_cut(&text, '\n'), line))
			return true;
	return false;
}

static void
writes_figures(void **state)
{
	static const char *const lines[] = {
	    "# TYPE hopseal_messages_total counter",
	    "hopseal_messages_total 7",
	    "hopseal_verdicts_total{verdict=\"reject\"} 2",
	    "hopseal_build_info{version=\"1.2\",operation=\"enforce\"} 1",
	    "hopseal_start_time_seconds 1700000000.250",
	    "hopseal_decision_seconds_bucket{le=\"0.000010\"} 1",
	    "hopseal_decision_seconds_bucket{le=\"0.000050\"} 2",
	    "hopseal_decision_seconds_bucket{le=\"+Inf\"} 2",
	    "hopseal_decision_seconds_sum 0.000030",
	    "hopseal_decision_seconds_count 2",
	};
	struct counters counters;
	struct gauges gauges = {.version = "1.2", .operation = "enforce",
	    .started_ms = 1700000000250};
	struct buf out;
	size_t i;

	(void)state;
	memset(&counters, 0, sizeof(counters));
	counter_add(&counters.messages, 7);
	counter_add(&counters.verdicts[OUTCOME_REJECT], 2);
	histogram_add(&counters.decision, 10);
	histogram_add(&counters.decision, 20);
	buf_init(&out, EXPOSITION_MAX);
	exposition_write(&counters, &gauges, &out);
	check_number("fits", buf_status(&out), STATUS_OK);
	for (i = 0; i < LENGTH(lines); i++)
		check_number(lines[i], has_line(buf_slice(&out), lines[i]),
		    true);
	check_number("no ledger", slice_holds(buf_slice(&out), "_ledger_"),
	    false);
	buf_reset(&out);
	gauges.has_ledger = true;
	exposition_write(&counters, &gauges, &out);
	check_number("ledger", has_line(buf_slice(&out),
	    "hopseal_ledger_committed_total 0"), true);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(names_sessions),
	    check_unit_test(fills_buckets),
	    check_unit_test(writes_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
