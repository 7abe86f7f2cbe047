#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/stamp/base64.h"
#include "milter/stamp/binding.h"
#include "tests/unit/check.h"

#define BOB "jcPH3jmwPPbJY51T6CuHn9JOpaTTPdoW/wXoND9IsjE="
#define CAPITALS "HeIMBZKUZVHA79hZRGPexJV0++P/I3FAgBIy1XydEBg="
#define LITERAL "OgCnnG+L0pMB6h/4Jiggl66S3SuG6d24JsQhKmRT+yY="
#define IDN "RXCBpYNTjXbAzsFVXHIfwOJAqC2nqGR/n7Y11EKkKiY="

static const unsigned char salt[BINDING_SALT] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    10, 11, 12, 13, 14, 15};

/* Made with python3: hmac.new(salt, b"delivered-securely\0" + address). */
static void
binds_addresses(void **state)
{
	static const struct {
		const char *address, *want; /* "": cannot be bound */
	} rows[] = {
	    {"bob@example.org", BOB},
	    {"bob@EXAMPLE.org.", BOB},
	    {"BOB@example.org", CAPITALS},
	    {"bob@[192.0.2.1]", LITERAL},
	    {"b@b\xc3\xbc""cher.example", IDN},
	    {"b@xn--bcher-kva.example", IDN},
	    {"bob", ""},
	    {"@example.org", ""},
	    {"bob@", ""},
	    {"", ""},
	};
	unsigned char code[BINDING_CODE];
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 100);
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status = binding_code(salt,
		    slice_of(rows[i].address), code);

		buf_reset(&text);
		if (status == STATUS_OK)
			base64_put(&text, code, sizeof(code));
		check_text(rows[i].address, buf_text(&text), rows[i].want);
	}
	buf_clear(&text);
}

static void
stops_at_its_limit(void **state)
{
	static const char tail[] = "@example.org";
	unsigned char code[BINDING_CODE];
	char address[2000];

	(void)state;
	memset(address, 'x', sizeof(address));
	memcpy(address + 1024 - 12, tail, 12);
	check_number("1024", binding_code(salt, slice_make(address, 1024),
	    code), STATUS_OK);
	memcpy(address + 1025 - 12, tail, 12);
	check_number("1025", binding_code(salt, slice_make(address, 1025),
	    code), STATUS_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(binds_addresses),
	    check_unit_test(stops_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
