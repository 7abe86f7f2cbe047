#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "milter/session/client.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

static void
reads_what_connect_brought(void **state)
{
	static const struct {
		const char *row, *addr; /* NULL: not IP */
		struct client_connect connect;
		bool local;
		const char *verified; /* NULL: no name */
	} rows[] = {
	    {"no address", NULL, {.name = "localhost"}, true, NULL},
	    {"sendmail(1)", "127.0.0.1", {.name = "localhost"}, true, NULL},
	    {"over IPv6", "::1", {.name = "localhost"}, true, NULL},
	    {"XCLIENT", "127.0.0.1",
		{.name = "localhost", .resolved = "OK"}, false, "localhost"},
	    {"with a port", "127.0.0.1", {.name = "localhost", .port = 9},
		false, NULL},
	    {"elsewhere", "192.0.2.1", {.name = "localhost"}, false, NULL},
	    {"Postfix", "192.0.2.1",
		{.name = "MX.x.example", .mta_version = "Postfix 3.7"},
		false, "mx.x.example"},
	    {"unknown to Postfix", "192.0.2.1",
		{.name = "unknown", .mta_version = "Postfix 3.7"}, false,
		NULL},
	    {"Sendmail", "192.0.2.1",
		{.name = "mx.x.example", .resolved = "OK"}, false,
		"mx.x.example"},
	    {"forged", "192.0.2.1",
		{.name = "mx.x.example", .resolved = "FORGED"}, false, NULL},
	    {"literal", "192.0.2.1",
		{.name = "[192.0.2.1]", .resolved = "OK"}, false, NULL},
	    {"no name", "192.0.2.1", {.resolved = "OK"}, false, NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct client_connect connect = rows[i].connect;
		const struct domain *name;
		struct ipaddr addr;
		struct client client;

		if (rows[i].addr != NULL) {
			assert_true(ipaddr_parse(slice_of(rows[i].addr),
			    &addr));
			connect.addr = &addr;
		}
		client_init(&client, &connect);
		check_number(rows[i].row, client.is_local_submission,
		    rows[i].local);
		name = client_verified_name(&client);
		check_text(rows[i].row, name == NULL ? "-" : name->text,
		    rows[i].verified == NULL ? "-" : rows[i].verified);
	}
}

static void
learns_the_mta_later(void **state)
{
	struct client_connect connect = {.host = "mx.example.org"};
	char host[CLIENT_HOST_MAX + 2];
	struct client client;

	(void)state;
	client_init(&client, &connect);
	check_text("host", client.host, "mx.example.org");
	check_number("not known", client.mta_known, false);
	client_set_mta(&client, NULL);
	check_number("still not", client.mta_known, false);
	client_set_mta(&client, "8.17.1");
	check_number("Sendmail", client.mta_known && !client.is_postfix,
	    true);
	client_set_mta(&client, "postfix 3.7");
	check_number("Postfix", client.is_postfix, true);
	memset(host, 'x', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	connect.host = host;
	client_init(&client, &connect);
	check_text("too long", client.host, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_what_connect_brought),
	    check_unit_test(learns_the_mta_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
