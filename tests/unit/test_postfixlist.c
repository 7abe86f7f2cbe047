#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/postfixlist.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
cuts_elements(void **state)
{
	struct slice rest = slice_of(" unix:a , {inet:b:1, x = {y z} },\tc ,");

	(void)state;
	check_slice("plain", postfixlist_next(&rest), "unix:a");
	check_slice("braces", postfixlist_next(&rest), "inet:b:1, x = {y z}");
	check_slice("tab", postfixlist_next(&rest), "c");
	check_number("no more", postfixlist_next(&rest).at == NULL, 1);
	rest = slice_of("{ open");
	check_slice("not closed", postfixlist_next(&rest), "open");
	check_number("end", postfixlist_next(&rest).at == NULL, 1);
	check_number("has", postfixlist_has("a, No_Milters b", "no_milters"),
	    1);
	check_number("has not", postfixlist_has("no_milters_x", "no_milters"),
	    0);
}

static void
reads_milters(void **state)
{
	static const struct {
		const char *element, *socket, *action;
	} rows[] = {
	    {"unix:a", "unix:a", ""},
	    {"inet:h:1, connect_timeout = 5s, default_action = accept",
		"inet:h:1", "accept"},
	    {"unix:a, default_action=tempfail,", "unix:a", "tempfail"},
	    {"unix:a default_action=quarantine", "unix:a", "quarantine"},
	    {"", "", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct postfix_milter milter =
		    postfixlist_milter(slice_of(rows[i].element));

		check_slice(rows[i].element, milter.socket, rows[i].socket);
		check_slice(rows[i].element, milter.default_action,
		    rows[i].action);
	}
}

static void
knows_old_tls(void **state)
{
	static const struct {
		const char *protocols;
		bool want;
	} rows[] = {
	    {"", true},
	    {">=TLSv1", true},
	    {">=TLSv1.1", true},
	    {">=TLSv1.2", false},
	    {">=0303", false},
	    {">=0302", true},
	    {">=TLSv1.2, <=TLSv1.3", false},
	    {"<=TLSv1.3", true},
	    {"!SSLv2, !SSLv3", true},
	    {"!SSLv2 !SSLv3 !TLSv1", true},
	    {"!SSLv2,!SSLv3,!TLSv1,!TLSv1.1", false},
	    {"TLSv1.2, TLSv1.3", false},
	    {"TLSv1.2", false},
	    {"tlsv1, TLSv1.2", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].protocols,
		    postfixlist_allows_old_tls(rows[i].protocols),
		    rows[i].want);
}

static void
finds_the_socketmap(void **state)
{
	static const struct {
		const char *map, *want;
	} rows[] = {
	    {"socketmap:unix:hopseal/nexthop.sock:nexthop",
		"unix:hopseal/nexthop.sock"},
	    {"socketmap:inet:127.0.0.1:9:nexthop", "inet:127.0.0.1:9"},
	    {"socketmap:unix:a:other", ""},
	    {"socketmap:nexthop", ""},
	    {"hash:/etc/postfix/tls:nexthop", ""},
	    {"socketmap:", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_slice(rows[i].map, postfixlist_socketmap(
		    slice_of(rows[i].map), "nexthop"), rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(cuts_elements),
	    check_unit_test(reads_milters),
	    check_unit_test(knows_old_tls),
	    check_unit_test(finds_the_socketmap),
	};

	return cmocka_run_group_tests_name("postfixlist", tests, NULL, NULL);
}
