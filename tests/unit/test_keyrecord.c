#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "milter/stamp/keyrecord.h"
#include "milter/stamp/keyring.h"
#include "tests/unit/check.h"

#define P "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void
reads_records(void **state)
{
	static const struct {
		const char *text;
		enum keyrecord_flaw want;
	} rows[] = {
	    {"v=DS1; k=ed25519; p=" P, KEYRECORD_FLAW_NONE},
	    {" v = DS1 ;k=ed25519;p=" P "; n=note; x=y;", KEYRECORD_FLAW_NONE},
	    {"v=DS1; p=" P "; k=rsa", KEYRECORD_FLAW_NONE},
	    {"v=DS1; k=ed25519; p=" P "; nb=1; na=2; t=s", KEYRECORD_FLAW_NONE},
	    {"v=DS1; k=ed25519; p=", KEYRECORD_FLAW_REVOKED},
	    {"v=DS1; k=ed25519; p= ", KEYRECORD_FLAW_REVOKED},
	    {"v=DS1; p=", KEYRECORD_FLAW_REVOKED},
	    {"v=DKIM1; k=ed25519; p=" P, KEYRECORD_FLAW_VERSION},
	    {"v=ds1; k=ed25519; p=" P, KEYRECORD_FLAW_VERSION},
	    {"k=ed25519; v=DS1; p=" P, KEYRECORD_FLAW_VERSION},
	    {"k=ed25519; p=" P, KEYRECORD_FLAW_VERSION},
	    {"v=DS1; k=ed448; p=" P, KEYRECORD_FLAW_ALGORITHM},
	    {"v=DS1; k=; p=" P, KEYRECORD_FLAW_ALGORITHM},
	    {"v=DS1; p=" P, KEYRECORD_FLAW_SYNTAX},
	    {"v=DS1; k=ed25519", KEYRECORD_FLAW_SYNTAX},
	    {"v=DS1; k=ed25519; p=a b?", KEYRECORD_FLAW_SYNTAX},
	    {"v=DS1; k=ed25519; p=" P "; p=" P, KEYRECORD_FLAW_SYNTAX},
	    {"v=DS1; k=ed25519; p=" P "; nb=x", KEYRECORD_FLAW_SYNTAX},
	    {"v=DS1; k=ed25519; p=" P "; na=", KEYRECORD_FLAW_SYNTAX},
	    {"", KEYRECORD_FLAW_SYNTAX},
	    {"hello", KEYRECORD_FLAW_SYNTAX},
	};
	struct keyrecord key;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++)
		check_number(rows[i].text,
		    keyrecord_read(slice_of(rows[i].text), &key),
		    rows[i].want);
}

static void
reads_values(void **state)
{
	static const struct {
		const char *t;
		bool want;
	} flags[] = {{"y", true}, {"s : y", true}, {"yy", false}, {"", false},
	    {"Y", false}, {"y:", true}};
	struct keyrecord key;
	char text[200];
	size_t i;

	(void)state;
	assert_int_equal(keyrecord_read(slice_of("v=DS1; k=ed25519; nb=10; "
	    "na=20; p=" P), &key), KEYRECORD_FLAW_NONE);
	check_number("nb", (long)key.not_before, 10);
	check_number("na", (long)key.not_after, 20);
	check_number("length", (long)key.len, 32);
	check_number("first", key.octets[0], 0xd7);
	check_number("testing", key.testing, false);
	for (i = 0; i < LENGTH(flags); i++) {
		(void)snprintf(text, sizeof(text),
		    "v=DS1; k=ed25519; t=%s; p=" P, flags[i].t);
		assert_int_equal(keyrecord_read(slice_of(text), &key),
		    KEYRECORD_FLAW_NONE);
		check_number(flags[i].t, key.testing, flags[i].want);
		check_number("no nb", key.not_before == 0, true);
		check_number("no na", key.not_after == INT64_MAX, true);
	}
}

static void
finds_in_files(void **state)
{
	static const char text[] = "# keys\n"
	    "\n"
	    "a._delivered-securely.example.org v=DS1; first\n"
	    "B._Delivered-Securely.Example.ORG.\tv=DS1; second  \r\n"
	    "  c._delivered-securely.example.org   third\n"
	    "a._delivered-securely.example.org repeated\n"
	    "before v=DS1; p=\n"
	    "before v=DS1; good\n"
	    "after v=DS1; good\n"
	    "after v=DS1; k=ed25519; p=" P "\n"
	    "AFTER. v=DS1; k=ed25519; p=;\r\n"
	    "after v=DS1; repeated\n"
	    "other v=DS1; good\n"
	    "other v=DS2; p=\n"
	    "other k=ed25519; p=\n"
	    "other v=DS1; p=; p=\n"
	    "# other v=DS1; p=\n"
	    "empty\n"
	    "# d hidden\n"
	    "last record";
	static const struct {
		const char *name, *want; /* NULL: not found */
	} rows[] = {
	    {"a._delivered-securely.example.org", "v=DS1; first"},
	    {"A._delivered-securely.EXAMPLE.org.", "v=DS1; first"},
	    {"b._delivered-securely.example.org", "v=DS1; second"},
	    {"c._delivered-securely.example.org", "third"},
	    {"before", "v=DS1; p="},
	    {"after", "v=DS1; k=ed25519; p=;"},
	    {"other", "v=DS1; good"},
	    {"empty", ""},
	    {"last", "record"},
	    {"d", NULL},
	    {"#", NULL},
	    {"a", NULL},
	    {"delivered-securely.example.org", NULL},
	};
	struct slice record;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		bool found = keyring_find(slice_of(text),
		    slice_of(rows[i].name), &record);

		check_number(rows[i].name, found, rows[i].want != NULL);
		if (found && rows[i].want != NULL)
			check_slice(rows[i].name, record, rows[i].want);
	}
	check_number("no text", keyring_find(slice_make(NULL, 0),
	    slice_of("a"), &record), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_records),
	    check_unit_test(reads_values),
	    check_unit_test(finds_in_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
