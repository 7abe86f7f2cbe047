#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/attributes.h"
#include "policy/domain.h"
#include "tests/unit/check.h"

#define L10 "aaaaaaaaaa"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "aaa"
#define N253 L60 "." L60 "." L60 "." L60 ".bank.exam"

static void
normalizes(void **state)
{
	static const struct {
		const char *in;
		enum domain_kind kind;
		const char *want;
	} rows[] = {
	    {"bank.example", DOMAIN_NAME, "bank.example"},
	    {"BANK.Example", DOMAIN_NAME, "bank.example"},
	    {"bank.example.", DOMAIN_NAME, "bank.example"},
	    {"bank.example...", DOMAIN_NAME, "bank.example"},
	    {"localhost", DOMAIN_NAME, "localhost"},
	    {"a..bank.example", DOMAIN_NAME, "a..bank.example"},
	    {".bank.example", DOMAIN_NAME, ".bank.example"},
	    {"_dmarc.bank.example", DOMAIN_NAME, "_dmarc.bank.example"},
	    {"-a-.bank.example", DOMAIN_NAME, "-a-.bank.example"},
	    {"xn--zzzzzz-.example", DOMAIN_NAME, "xn--zzzzzz-.example"},
	    {"XN--BNK-RNA.Example", DOMAIN_NAME, "xn--bnk-rna.example"},
	    {L63 ".example", DOMAIN_NAME, L63 ".example"},
	    {L63 "a.example", DOMAIN_NAME, L63 "a.example"},
	    {N253, DOMAIN_NAME, N253},
	    {N253 "......", DOMAIN_NAME, N253},
	    {N253 "a", DOMAIN_OTHER, ""},
	    /* U-labels, mapped by UTS 46 */
	    {"b\xc3\xa4nk.example", DOMAIN_NAME, "xn--bnk-qla.example"},
	    {"B\xc3\x84NK.Example", DOMAIN_NAME, "xn--bnk-qla.example"},
	    {"ba\xcc\x88nk.example", DOMAIN_NAME, "xn--bnk-qla.example"},
	    {"b\xc3\xa4nk.example.", DOMAIN_NAME, "xn--bnk-qla.example"},
	    {"b\xc3\xa4nk.example...", DOMAIN_NAME, "xn--bnk-qla.example"},
	    {"stra\xc3\x9f" "e.example", DOMAIN_NAME,
		"xn--strae-oqa.example"},
	    /* full-width letters and the three other dots */
	    {"\xef\xbd\x82" "ank.example", DOMAIN_NAME, "bank.example"},
	    {"bank\xef\xbc\x8e" "example", DOMAIN_NAME, "bank.example"},
	    {"bank\xe3\x80\x82" "example", DOMAIN_NAME, "bank.example"},
	    {"bank\xef\xbd\xa1" "example", DOMAIN_NAME, "bank.example"},
	    {"bank.example\xe3\x80\x82", DOMAIN_NAME, "bank.example"},
	    /* soft hyphen and zero width space are dropped by the mapping */
	    {"ba\xc2\xad" "nk.example", DOMAIN_NAME, "bank.example"},
	    {"bank\xe2\x80\x8b.example", DOMAIN_NAME, "bank.example"},
	    /* a U-label below, above or beside what IDNA refuses */
	    {"_x.b\xc3\xa4nk.example", DOMAIN_NAME, "_x.xn--bnk-qla.example"},
	    {"-x.b\xc3\xa4nk.example", DOMAIN_NAME, "-x.xn--bnk-qla.example"},
	    {"ab--c.b\xc3\xa4nk.example", DOMAIN_NAME,
		"ab--c.xn--bnk-qla.example"},
	    {"-x\xe3\x80\x82" "bank.example", DOMAIN_NAME, "-x.bank.example"},
	    {"\xe3\x80\x82" "bank.example", DOMAIN_NAME, ".bank.example"},
	    {"a..b\xc3\xa4nk.example", DOMAIN_NAME,
		"a..xn--bnk-qla.example"},
	    {"xn--zzzzzz-.b\xc3\xa4nk.example", DOMAIN_NAME,
		"xn--zzzzzz-.xn--bnk-qla.example"},
	    {L63 "a.b\xc3\xa4nk.example", DOMAIN_NAME,
		L63 "a.xn--bnk-qla.example"},
	    /* refused by IDNA2008, sent to by those who go by UTS 46 */
	    {"\xf0\x9f\x92\xa9.Bank.example", DOMAIN_NAME,
		"xn--ls8h.bank.example"},
	    {"I\xe2\x9d\xa4.example", DOMAIN_NAME, "xn--i-7iq.example"},
	    {"I\xe2\x9d\xa4\xef\xb8\x8f.example", DOMAIN_NAME,
		"xn--i-7iq.example"},
	    {"\xc3\x89\xf0\x9f\x92\xa9.example", DOMAIN_NAME,
		"xn--9ca6896w.example"},
	    {"E\xcc\x81\xf0\x9f\x92\xa9.example", DOMAIN_NAME,
		"xn--9ca6896w.example"},
	    {"\xe2\x84\xa2\xf0\x9f\x92\xa9.example", DOMAIN_NAME,
		"xn--tm-9t72a.example"},
	    {"\xef\xbd\x98" "n--ls8h.example", DOMAIN_NAME,
		"xn--ls8h.example"},
	    {"xn-\xc2\xad-ls8h.example", DOMAIN_NAME, "xn--ls8h.example"},
	    {"\xf0\x9f\x92\xa9\xef\xbc\x8d" "a.example", DOMAIN_NAME,
		"xn---a-7t72a.example"},
	    {"bank\xef\xbf\xbd.example", DOMAIN_NAME,
		"xn--bank-y70y.example"},
	    {"a b\xf0\x9f\x92\xa9.bank.example", DOMAIN_OTHER,
		"*.bank.example"},
	    {"\xf0\x9f\x92\xa9\xf0\x9f\x92.example", DOMAIN_OTHER,
		"*.example"},
	    /* no UTF-8 */
	    {"b\xe4nk.example", DOMAIN_OTHER, "*.example"},
	    {"bank.example\xff", DOMAIN_OTHER, ""},
	    {"x\xe4.Bank.example.", DOMAIN_OTHER, "*.bank.example"},
	    {"x!.a..b", DOMAIN_OTHER, "*.a..b"},
	    {"b\xc3\xa4nk.example" L63 "." L63 "." L63 "." L63, DOMAIN_OTHER,
		""},
	    /* no name at all */
	    {"", DOMAIN_OTHER, ""},
	    {".", DOMAIN_OTHER, ""},
	    {"*", DOMAIN_OTHER, ""},
	    {"bank example", DOMAIN_OTHER, ""},
	    {"bank.example>", DOMAIN_OTHER, ""},
	    {"bank.example\r\n", DOMAIN_OTHER, ""},
	    {"bank.example%d", DOMAIN_OTHER, ""},
	    /* literals */
	    {"[192.0.2.1]", DOMAIN_LITERAL, "[192.0.2.1]"},
	    {"[IPv6:2001:DB8::1]", DOMAIN_LITERAL, "[IPv6:2001:DB8::1]"},
	    {"[]", DOMAIN_OTHER, ""},
	    {"[192.0.2.1", DOMAIN_OTHER, "*.0.2.1"},
	    {"192.0.2.1]", DOMAIN_OTHER, ""},
	    {"[192.0.2.1].", DOMAIN_OTHER, ""},
	    {"[[192.0.2.1]]", DOMAIN_OTHER, ""},
	    {"192.0.2.1", DOMAIN_NAME, "192.0.2.1"},
	};
	struct domain got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		domain_normalize(slice_of(rows[i].in), &got);
		check_text(rows[i].in, got.text, rows[i].want);
		check_number(rows[i].in, got.kind, rows[i].kind);
		check_number(rows[i].in, (long)got.len,
		    (long)strlen(rows[i].want));
	}
}

/* NUL octets and huge names. */
static void
takes_any_octets(void **state)
{
	static char huge[100000];
	struct domain got;
	int c;

	(void)state;
	domain_normalize(slice_make("bank\0.example", 13), &got);
	check_number("NUL", got.kind, DOMAIN_OTHER);
	domain_normalize(slice_make("b\xc3\xa4nk\0.example", 15), &got);
	check_number("NUL in a U-label", got.kind, DOMAIN_OTHER);
	domain_normalize(slice_make(NULL, 0), &got);
	check_number("NULL", got.kind, DOMAIN_OTHER);
	for (c = 0; c < 256; c++) {
		memset(huge, c, sizeof(huge));
		domain_normalize(slice_make(huge, sizeof(huge)), &got);
		check_number("huge", got.kind, DOMAIN_OTHER);
		domain_normalize(slice_make(huge, 1), &got);
		check_number("one octet", got.kind,
		    ascii_is_alnum((char)c) || c == '-' || c == '_' ?
			DOMAIN_NAME : DOMAIN_OTHER);
	}
}

static void
compares(void **state)
{
	static const struct {
		const char *a, *b;
		bool want;
	} rows[] = {
	    {"Bank.example.", "bank.EXAMPLE", true},
	    {"bank.example", "bank.exampl", false},
	    {"b\xc3\xa4nk.example", "xn--bnk-qla.example", true},
	    {"[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]", true},
	    {"192.0.2.1", "[192.0.2.1]", false},
	    {"?", "!", true}, /* both are other */
	};
	struct domain a, b;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		domain_normalize(slice_of(rows[i].a), &a);
		domain_normalize(slice_of(rows[i].b), &b);
		check_number(rows[i].a, domain_equal(&a, &b), rows[i].want);
	}
	domain_init(&a);
	check_number("none and other", domain_equal(&a, &b), false);
}

static void
walks_to_parents(void **state)
{
	struct slice name = slice_of("a.b..c");

	(void)state;
	assert_true(domain_parent(&name));
	check_slice("first", name, "b..c");
	assert_true(domain_parent(&name));
	check_slice("second", name, ".c");
	assert_true(domain_parent(&name));
	check_slice("third", name, "c");
	assert_false(domain_parent(&name));
	check_slice("end", name, "");
	assert_false(domain_parent(&name));
}

static void
knows_what_is_below(void **state)
{
	static const struct {
		const char *name, *above;
		bool below, or_equal;
	} rows[] = {
	    {"bank.example", "bank.example", false, true},
	    {"a.bank.example", "bank.example", true, true},
	    {"a.b.bank.example", "bank.example", true, true},
	    {"abank.example", "bank.example", false, false},
	    {"bank.example.evil", "bank.example", false, false},
	    {"example", "bank.example", false, false},
	    {".bank.example", "bank.example", true, true},
	    {"", "", false, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct slice name = slice_of(rows[i].name);
		struct slice above = slice_of(rows[i].above);

		check_number(rows[i].name, domain_is_below(name, above, false),
		    rows[i].below);
		check_number(rows[i].name, domain_is_below(name, above, true),
		    rows[i].or_equal);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(normalizes),
	    check_unit_test(takes_any_octets),
	    check_unit_test(compares),
	    check_unit_test(walks_to_parents),
	    check_unit_test(knows_what_is_below),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
