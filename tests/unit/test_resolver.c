#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "milter/ctl/resolver.h"
#include "tests/unit/check.h"

/* An answer to `x MX` with so many records, which follow. */
#define HEADER(count) "\x12\x34\x81\x80\0\1\0" count "\0\0\0\0"
#define QUESTION      "\1x\0\0\x0f\0\1"
#define RECORD(len)   "\xc0\x0c\0\x0f\0\1\0\0\0\0\0" len
#define TLSA(len)     "\xc0\x0c\0\x34\0\1\0\0\0\0\0" len
#define MESSAGE(text) {text, sizeof(text) - 1}

static void
reads_exchangers(void **state)
{
	static const struct {
		const char *row;
		struct slice message;
		enum status status;
		size_t count;
		bool is_null;
		const char *best;
	} rows[] = {
	    {"one", MESSAGE(HEADER("\1") QUESTION RECORD("\5") "\0\5\1a\0"),
		STATUS_OK, 1, false, "a"},
	    {"by preference", MESSAGE(HEADER("\2") QUESTION RECORD("\5")
		"\1\0\1a\0" RECORD("\5") "\0\7\1B\0"), STATUS_OK, 2, false,
		"b"},
	    {"null", MESSAGE(HEADER("\1") QUESTION RECORD("\3") "\0\0\0"),
		STATUS_OK, 0, true, ""},
	    {"null beside another", MESSAGE(HEADER("\2") QUESTION
		RECORD("\3") "\0\0\0" RECORD("\5") "\0\7\1b\0"), STATUS_OK,
		1, false, "b"},
	    {"none", MESSAGE(HEADER("\0") QUESTION), STATUS_NOTFOUND, 0,
		false, ""},
	    {"no exchange", MESSAGE(HEADER("\1") QUESTION RECORD("\2")
		"\0\0"), STATUS_BUSY, 0, false, ""},
	    {"name runs out", MESSAGE(HEADER("\1") QUESTION RECORD("\4")
		"\0\5\x3f" "a"), STATUS_BUSY, 0, false, ""},
	    {"name points at itself", MESSAGE(HEADER("\1") QUESTION
		RECORD("\4") "\0\5\xc0\x21"), STATUS_BUSY, 0, false, ""},
	    {"record runs out", MESSAGE(HEADER("\1") QUESTION RECORD("\x7f")
		"\0\5\1a\0"), STATUS_BUSY, 0, false, ""},
	    {"half a header", MESSAGE("\x12\x34"), STATUS_BUSY, 0, false, ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct mx_list list;

		check_number(rows[i].row,
		    resolver_read_mx(rows[i].message, &list),
		    rows[i].status);
		if (rows[i].status == STATUS_BUSY)
			continue;
		check_number(rows[i].row, (long)list.count,
		    (long)rows[i].count);
		check_number(rows[i].row, list.is_null, rows[i].is_null);
		check_text(rows[i].row, list.mx[0].host, rows[i].best);
	}
}

static void
counts_tlsa(void **state)
{
	static const struct slice vouched =
	    MESSAGE("\x12\x34\x81\xa0\0\1\0\2\0\0\0\0" QUESTION
		TLSA("\4") "\3\1\1x" TLSA("\4") "\3\1\1y");
	static const struct slice other =
	    MESSAGE(HEADER("\1") QUESTION RECORD("\5") "\0\5\1a\0");
	bool authentic;

	(void)state;
	check_number("two", (long)resolver_count_tlsa(vouched, &authentic),
	    2);
	check_number("vouched for", authentic, true);
	check_number("other", (long)resolver_count_tlsa(other, &authentic),
	    0);
	check_number("not vouched for", authentic, false);
}

static void
parses_servers(void **state)
{
	static const struct {
		const char *in;
		bool want;
		unsigned port;
	} rows[] = {
	    {"127.0.0.1", true, 53}, {"127.0.0.1:5353", true, 5353},
	    {"127.0.0.1:0", false, 0}, {"127.0.0.1:", false, 0},
	    {"127.0.0.1:65536", false, 0}, {"::1", false, 0},
	    {"dns.example", false, 0}, {"", false, 0},
	    {"1.2.3.4.5.6.7.8.9.10", false, 0},
	};
	struct sockaddr_in server;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		check_number(rows[i].in,
		    resolver_parse_server(rows[i].in, &server), rows[i].want);
		if (rows[i].want)
			check_number(rows[i].in, ntohs(server.sin_port),
			    (long)rows[i].port);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_exchangers),
	    check_unit_test(counts_tlsa),
	    check_unit_test(parses_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
