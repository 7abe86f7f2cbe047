#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/ctl/sendmailcf.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static const char cf[] =
    "# a comment\n"
    "Djmx.example.org\n"
    "O LogLevel=9\n"
    "O  InputMailFilters = one,\n\ttwo\n"
    "#O LogLevel=1\n"
    "O logLEVEL=12\n"
    "Kaccess hash -T<TMPF> /etc/mail/access\n"
    "Xone, S=inet:1@127.0.0.1\n"
    "Xtwo, S=local:/run/x.sock, F=T,\n  T=C:30s;S:30s\n"
    "O Empty=\n"
    "O NoEquals\n"
    "O ClientCertFile=/last";

static void
reads_lines(void **state)
{
	struct slice text = slice_of(cf);

	(void)state;
	check_slice("last counts", sendmailcf_option(text, "LogLevel"), "12");
	check_slice("no line end",
	    sendmailcf_option(text, "ClientCertFile"), "/last");
	check_number("absent",
	    sendmailcf_option(text, "ServerCertFile").at == NULL, 1);
	check_number("no value", sendmailcf_option(text, "NoEquals").at == NULL,
	    1);
	check_number("empty", (long)sendmailcf_option(text, "Empty").len, 0);
	check_slice("folded", sendmailcf_option(text, "InputMailFilters"),
	    "one,\n\ttwo");
	check_slice("macro", sendmailcf_line(text, "Dj"), "mx.example.org");
	check_slice("map", sendmailcf_line(text, "Kaccess"),
	    "hash -T<TMPF> /etc/mail/access");
}

static void
reads_filters(void **state)
{
	struct slice text = slice_of(cf);
	struct slice two = sendmailcf_filter(text, slice_of("two"));

	(void)state;
	check_slice("socket", sendmailcf_equate(two, "S"),
	    "local:/run/x.sock");
	check_slice("flag", sendmailcf_equate(two, "F"), "T");
	check_slice("behind a fold", sendmailcf_equate(two, "t"),
	    "C:30s;S:30s");
	check_number("no flag",
	    sendmailcf_equate(sendmailcf_filter(text, slice_of("one")),
		"F").at == NULL, 1);
	check_number("no such filter",
	    sendmailcf_filter(text, slice_of("three")).at == NULL, 1);
	check_number("part of a name",
	    sendmailcf_filter(text, slice_of("tw")).at == NULL, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_lines),
	    check_unit_test(reads_filters),
	};

	return cmocka_run_group_tests_name("sendmailcf", tests, NULL, NULL);
}
