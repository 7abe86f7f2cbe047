#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "milter/fleet/hostrow.h"
#include "milter/fleet/tables.h"
#include "milter/ledger/entry.h"
#include "milter/ledger/replay.h"
#include "milter/ledger/textline.h"
#include "tests/unit/check.h"

/* Texts that JSON must escape, as a record of the ledger. */
static void
fill(struct entry *entry)
{
	static const struct ledger_record record = {
	    .time = INT64_C(1767441600123), .direction = RECORD_OUT,
	    .event = RECORD_SENT_TLS, .mode = MODE_REQUIRE, .side = SIDE_TO,
	    .tls_state = TLS_ESTABLISHED, .cert = CERT_TRUSTED, .bits = 256,
	    .requiretls = true, .sender = "a\"b.example",
	    .recipient = "b\\c.example", .policy = "*", .peer = "mx",
	    .address = "2001:db8::1", .tls = "TLSv1.3", .cipher = "C",
	    .cn = "b\xc3\xbcro", .queue_id = "4F", .stamp_id = "s"};

	memset(entry, 0, sizeof(*entry));
	entry_copy(entry, &record, 3);
	entry->seq = 7;
}

/* What was shipped as texts has the line, and so the hash, that it had. */
static void
a_line_of_texts_is_that_of_the_entry(void **state)
{
	static const char *const cells[TEXTLINE_CELLS] = {"7", "3",
	    "1767441600123", "out", "sent-tls", "require", "a\"b.example",
	    "b\\c.example", "*", "to", "mx", "2001:db8::1", "TLSv1.3", "C",
	    "256", "trusted", "b\xc3\xbcro", "1", "4F", "s",
	    "mx.example.org"};
	char want_storage[ENTRY_LINE_MAX], got_storage[ENTRY_LINE_MAX];
	struct buf want, got;
	struct entry entry;

	(void)state;
	fill(&entry);
	buf_init_fixed(&want, want_storage, sizeof(want_storage));
	buf_init_fixed(&got, got_storage, sizeof(got_storage));
	entry_line(&entry, "mx.example.org", &want);
	textline_put(cells, &got);
	check_text("line", buf_text(&got), buf_text(&want));
}

static void
months_follow_each_other(void **state)
{
	static const struct {
		unsigned month, want;
	} rows[] = {{202601, 202602}, {202611, 202612}, {202612, 202701},
	    {199912, 200001}};
	size_t i;
	char row[16];

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)snprintf(row, sizeof(row), "%u", rows[i].month);
		check_number(row, tables_next_month(rows[i].month),
		    rows[i].want);
	}
}

/* Both are the same tables; only one of them is cut. */
static void
plain_tables_are_not_cut(void **state)
{
	const struct tables_options cut = {false, 202612, 2};
	const struct tables_options plain = {true, 202612, 2};
	struct buf sql;

	(void)state;
	buf_init(&sql, TABLES_TEXT_MAX);
	tables_put(&cut, &sql);
	check_number("cut", slice_holds(buf_slice(&sql),
	    "FOR VALUES FROM (202701) TO (202702)"), 1);
	buf_reset(&sql);
	tables_put(&plain, &sql);
	check_number("plain",
	    slice_holds(buf_slice(&sql), "PARTITION"), 0);
	check_number("key", slice_holds(buf_slice(&sql),
	    "PRIMARY KEY (ledger, seq, month)"), 1);
	buf_clear(&sql);
}

static void
a_ledger_is_known_by_its_key(void **state)
{
	int64_t one, same, other;

	(void)state;
	check_number("one", hostrow_ledger("mx+1+k", &one), STATUS_OK);
	check_number("same", hostrow_ledger("mx+1+k", &same), STATUS_OK);
	check_number("other", hostrow_ledger("mx+1+l", &other), STATUS_OK);
	check_number("equal", one == same, 1);
	check_number("differ", one != other, 1);
	check_number("not negative", one >= 0, 1);
}

#define VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Leaves come in turn, and are what they say. */
static void
a_replay_takes_leaves_in_turn(void **state)
{
	struct replay *replay = NULL;
	struct fault fault;

	(void)state;
	check_number("bad key", replay_new(slice_of("x"), &replay, &fault),
	    STATUS_SYNTAX);
	if (replay_new(slice_of(VKEY), &replay, &fault) != STATUS_OK)
		fail_msg("%s", fault.text);
	check_number("first", replay_hash(replay, 0, HASH, NULL, &fault),
	    STATUS_OK);
	check_number("gap", replay_hash(replay, 3, HASH, NULL, &fault),
	    STATUS_CRYPTO);
	check_text("gap", fault.text, "leaves 1 to 2 are missing");
	check_number("again", replay_hash(replay, 0, HASH, NULL, &fault),
	    STATUS_CRYPTO);
	check_text("again", fault.text, "leaf 0 is there twice");
	check_number("no hash", replay_hash(replay, 1, "zz", NULL, &fault),
	    STATUS_SYNTAX);
	check_number("note", replay_hash(replay, 1, HASH, "x", &fault),
	    STATUS_CRYPTO);
	check_number("size", (long)replay_size(replay), 1);
	check_number("checkpoint", replay_checkpoint(replay, slice_of("x\n"),
	    &fault), STATUS_SYNTAX);
	replay_free(&replay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(a_line_of_texts_is_that_of_the_entry),
	    check_unit_test(months_follow_each_other),
	    check_unit_test(plain_tables_are_not_cut),
	    check_unit_test(a_ledger_is_known_by_its_key),
	    check_unit_test(a_replay_takes_leaves_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
