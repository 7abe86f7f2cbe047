#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "check.h"
#include "milter/ctl/receivedhops.h"

static void
test_line(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		const char *want;
	} rows[] = {
	    {"TLS", "from a.example (a [192.0.2.1]) by b.example with ESMTPS "
		"(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128);"
		" Fri,\r\n\t06 Nov 2026 10:00:00 +0000",
		"b.example: from a.example [192.0.2.1], over TLS (TLS1_3, "
		"TLS_AES_128_GCM_SHA256, 128 bits); Fri, 06 Nov 2026 "
		"10:00:00 +0000"},
	    {"suite alone", "by b.example with ESMTPS tls TLS_X",
		"b.example: from nobody that it names, over TLS (TLS_X)"},
	    {"protocol alone", "from a.example by b.example with esmtpsa",
		"b.example: from a.example, over TLS (esmtpsa)"},
	    {"clear", "from [192.0.2.1] by b.example with ESMTP",
		"b.example: from [192.0.2.1], in clear (ESMTP)"},
	    {"not said", "from a.example by b.example with Microsoft SMTP\r\n"
		" Server", "b.example: from a.example, TLS or not is not "
		"said (Microsoft SMTP Server)"},
	    {"nothing said", "from a.example",
		"somebody: from a.example, TLS or not is not said"},
	    {"what bites", "from a\x1b[31m by b\xe2\x80\xae.example with "
		"ES\x07MTP; \x1b]0;x", "b\\xE2\\x80\\xAE.example: from "
		"a\\x1B[31m, TLS or not is not said (ES\\x07MTP); "
		"\\x1B]0;x"},
	};
	char storage[RECEIVEDHOPS_LINE];
	struct received hop;
	struct buf line;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		(void)received_read(slice_of(rows[i].value), &hop);
		buf_init_fixed(&line, storage, sizeof(storage));
		receivedhops_line(&hop, &line);
		check_text(rows[i].name, buf_text(&line), rows[i].want);
	}
}

/* However long the texts are, the line is whole. */
static void
test_bounded(void **state)
{
	static const char *const forms[] = {
	    "from %s ([192.0.2.1]) by %s with ESMTPS (version=TLSv%s cipher=%s"
	    " bits=999999); %s", "from %s by %s with %s; %s"};
	char storage[RECEIVEDHOPS_LINE], field[8192], junk[1024];
	struct received hop;
	struct buf value, line;
	const char *at;
	size_t i;

	(void)state;
	memset(junk, 0x01, sizeof(junk) - 1);
	junk[sizeof(junk) - 1] = '\0';
	for (i = 0; i < LENGTH(forms); i++) {
		buf_init_fixed(&value, field, sizeof(field));
		for (at = forms[i]; *at != '\0'; at++) {
			if (at[0] == '%' && *++at == 's')
				buf_puts(&value, junk);
			else
				buf_putc(&value, *at);
		}
		assert_int_equal(buf_status(&value), STATUS_OK);
		assert_true(received_read(buf_slice(&value), &hop));
		buf_init_fixed(&line, storage, sizeof(storage));
		receivedhops_line(&hop, &line);
		assert_int_equal(buf_status(&line), STATUS_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_line, check_rows),
	    cmocka_unit_test_teardown(test_bounded, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
