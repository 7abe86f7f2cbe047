#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "milter/ledger/entry.h"

static void
test_clean(void **state)
{
	static const struct {
		const char *name;
		const char *input;
		size_t size;
		const char *want;
	} rows[] = {
	    {"plain", "bank.example", 64, "bank.example"},
	    {"none", NULL, 64, ""},
	    {"cut", "abcdef", 4, "abc"},
	    {"control", "a\r\n\tb\x7f", 64, "a???b?"},
	    {"utf-8", "b\xc3\xbcro", 64, "b\xc3\xbcro"},
	    {"latin-1", "b\xfcro", 64, "b?ro"},
	    {"half a sequence at the end", "b\xc3", 64, "b?"},
	    {"cut before a sequence", "ab\xc3\xbc", 4, "ab"},
	    {"surrogate", "\xed\xa0\x80", 64, "???"},
	    {"overlong", "\xc0\xaf\xe0\x80\xaf", 64, "?????"},
	    {"beyond unicode", "\xf4\x90\x80\x80", 64, "????"},
	    {"four octets", "\xf0\x9f\x94\x92", 64, "\xf0\x9f\x94\x92"},
	};
	char got[64];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		entry_clean(got, rows[i].size, rows[i].input);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name,
			    got, rows[i].want);
	}
}

static void
test_time(void **state)
{
	static const struct {
		int64_t time;
		const char *want;
	} rows[] = {
	    {0, "1970-01-01T00:00:00.000Z"},
	    {INT64_C(1767441600123), "2026-01-03T12:00:00.123Z"},
	    {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
	    {INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
	    {INT64_C(1798761599999), "2026-12-31T23:59:59.999Z"},
	    {ENTRY_TIME_MAX, "9999-12-31T23:59:59.999Z"},
	    {ENTRY_TIME_MAX + 1, "9999-12-31T23:59:59.999Z"},
	    {-1, "1970-01-01T00:00:00.000Z"},
	    {INT64_MIN, "1970-01-01T00:00:00.000Z"},
	};
	char storage[64];
	struct buf got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		buf_init_fixed(&got, storage, sizeof(storage));
		entry_put_time(&got, rows[i].time);
		if (strcmp(buf_text(&got), rows[i].want) != 0)
			fail_msg("%lld: got %s, want %s",
			    (long long)rows[i].time, buf_text(&got),
			    rows[i].want);
	}
}

static void
test_network(void **state)
{
	static const struct {
		const char *address;
		const char *want;
	} rows[] = {
	    {"192.0.2.77", "192.0.2.0/24"},
	    {"::ffff:192.0.2.77", "192.0.2.0/24"},
	    {"2001:db8:1:2::3", "2001:db8:1::/48"},
	    {"IPv6:2001:db8:1:2::3", "2001:db8:1::/48"},
	    {"", "-"},
	    {"unknown", "-"},
	};
	struct entry entry = {0};
	char got[ENTRY_NETWORK_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		entry_clean(entry.address, sizeof(entry.address),
		    rows[i].address);
		entry_network(&entry, got);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got %s, want %s", rows[i].address, got,
			    rows[i].want);
	}
}

/* Everything at its longest and at its worst still fits a line. */
static void
test_longest_line(void **state)
{
	char longest[4096];
	struct ledger_record record = {.time = INT64_MAX, .bits = UINT32_MAX,
	    .sender = longest, .recipient = longest, .policy = longest,
	    .peer = longest, .address = longest, .tls = longest,
	    .cipher = longest, .cn = longest, .queue_id = longest,
	    .stamp_id = longest};
	struct entry entry;
	struct buf line;

	(void)state;
	memset(longest, '"', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	entry_copy(&entry, &record, UINT32_MAX);
	entry.seq = UINT64_MAX;
	buf_init(&line, ENTRY_LINE_MAX);
	entry_line(&entry, longest, &line);
	assert_int_equal(buf_status(&line), STATUS_OK);
	buf_clear(&line);
}

static void
test_events(void **state)
{
	enum record_event back;
	unsigned i;

	(void)state;
	for (i = 0; i < RECORD_EVENTS; i++) {
		assert_true(record_event_parse(
		    slice_of(record_event_name((enum record_event)i)), &back));
		assert_int_equal(back, i);
	}
	assert_false(record_event_parse(slice_of("passed"), &back));
	assert_int_equal(record_event_of(OUTCOME_DOWNGRADE), RECORD_DOWNGRADE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_network),
	    cmocka_unit_test(test_longest_line),
	    cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
