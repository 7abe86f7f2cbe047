#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/base/attributes.h"
#include "policy/network.h"
#include "tests/unit/check.h"

/* want NULL: refused. */
struct row {
	const char *in, *want;
};

static void
reads_and_prints_addresses(void **state)
{
	static const struct row rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"2001:DB8:0:0::1", "2001:db8::1"},
	    {"IPv6:2001:db8::1", "2001:db8::1"},
	    {"ipv6:::1", "::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"::ffff:c000:201", "192.0.2.1"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	    {"::", "::"},
	    {"", NULL},
	    {"IPv6:", NULL},
	    {"192.0.2", NULL},
	    {"192.0.2.256", NULL},
	    {"192.0.2.1.", NULL},
	    {" 192.0.2.1", NULL},
	    {"192.0.2.1 ", NULL},
	    {"0x7f.0.0.1", NULL},
	    {"192.0.2.01", NULL},
	    {"[192.0.2.1]", NULL},
	    {"fe80::1%eth0", NULL},
	    {"2001:db8::1::2", NULL},
	    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1", NULL},
	};
	char got[IPADDR_TEXT];
	struct ipaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		bool ok = ipaddr_parse(slice_of(rows[i].in), &addr);

		check_number(rows[i].in, ok, rows[i].want != NULL);
		if (!ok)
			continue;
		ipaddr_print(&addr, got);
		check_text(rows[i].in, got, rows[i].want);
		check_number(rows[i].in, ipaddr_is_v4(&addr),
		    strchr(rows[i].want, ':') == NULL);
	}
	assert_false(ipaddr_parse(slice_make("192.0.2.1\0", 10), &addr));
}

/* As inet_aton(3), which is what MTAs connect by. */
static void
reads_what_mtas_take_for_an_address(void **state)
{
	static const struct row rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"IPv6:2001:db8::1", "2001:db8::1"},
	    {"192.0.02.001", "192.0.2.1"},
	    {"0300.0.2.010", "192.0.2.8"},
	    {"0xc0.0.2.1", "192.0.2.1"},
	    {"192.0.513", "192.0.2.1"},
	    {"127.1", "127.0.0.1"},
	    {"3221225985", "192.0.2.1"},
	    {"00000000000000000000000000000000000000000000000000300.0.2.1",
		"192.0.2.1"},
	    {"192.0.2.08", NULL},
	    {"192.0.2.256", NULL},
	    {"192.0.2.1.1", NULL},
	    {"192.0.2.1 x", NULL},
	    {"192.0.2.1\f", NULL},
	    {"", NULL},
	    {"bank.example", NULL},
	};
	char got[IPADDR_TEXT];
	struct ipaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		bool ok = ipaddr_parse_loosely(slice_of(rows[i].in), &addr);

		check_number(rows[i].in, ok, rows[i].want != NULL);
		if (!ok)
			continue;
		ipaddr_print(&addr, got);
		check_text(rows[i].in, got, rows[i].want);
	}
}

static void
reads_networks(void **state)
{
	static const struct {
		const char *in;
		int bits; /* -1: refused */
	} rows[] = {
	    {"192.0.2.0/24", 120},
	    {"192.0.2.1", 128},
	    {"0.0.0.0/0", 96},
	    {"::ffff:192.0.2.0/120", 120},
	    {"2001:db8::/32", 32},
	    {"::/0", 0},
	    {"2001:db8::1", 128},
	    {"192.0.2.1/24", -1},
	    {"10.0.0.1/8", -1},
	    {"2001:db8::1/32", -1},
	    {"192.0.2.0/33", -1},
	    {"2001:db8::/129", -1},
	    {"192.0.2.0/", -1},
	    {"192.0.2.0/+24", -1},
	    {"192.0.2.0/24/24", -1},
	    {"192.0.2.0/255.255.255.0", -1},
	    {"/24", -1},
	    {"", -1},
	    {"bank.example", -1},
	};
	struct network net;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		bool ok = network_parse(slice_of(rows[i].in), &net);

		check_number(rows[i].in, ok, rows[i].bits >= 0);
		if (ok)
			check_number(rows[i].in, (long)net.bits, rows[i].bits);
	}
}

static void
holds_addresses(void **state)
{
	static const struct {
		const char *net, *addr;
		bool want;
	} rows[] = {
	    {"192.0.2.0/24", "192.0.2.255", true},
	    {"192.0.2.0/24", "192.0.3.0", false},
	    {"192.0.2.0/24", "::ffff:192.0.2.7", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"192.0.2.1", "192.0.2.1", true},
	    {"192.0.2.1", "192.0.2.2", false},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "2001:db8::1", true},
	    {"::/0", "192.0.2.1", false},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"::1/128", "::1", true},
	    {"::1/128", "127.0.0.1", false},
	    {"127.0.0.0/8", "::1", false},
	};
	struct network net;
	struct ipaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		assert_true(network_parse(slice_of(rows[i].net), &net));
		assert_true(ipaddr_parse(slice_of(rows[i].addr), &addr));
		check_number(rows[i].net, network_holds(&net, &addr),
		    rows[i].want);
	}
}

/* Every prefix length holds its base and not its neighbour. */
static void
holds_at_every_length(void **state)
{
	struct network net, other;
	struct ipaddr addr, far;
	unsigned bits, at;

	(void)state;
	memset(&addr, 0xa5, sizeof(addr));
	for (bits = 1; bits <= 128; bits++) {
		network_of(&addr, bits, &net);
		check_number("itself", network_holds(&net, &addr), true);
		at = bits - 1;
		far = addr;
		far.octet[at / 8] ^= (unsigned char)(0x80u >> (at % 8));
		check_number("last bit", network_holds(&net, &far), false);
		network_of(&far, bits, &other);
		check_number("equal", network_equal(&net, &other), false);
		network_of(&far, bits - 1, &other);
		check_number("shorter", network_holds(&other, &addr), true);
		check_number("shorter", network_equal(&net, &other), false);
	}
}

static void
knows_client_networks(void **state)
{
	static const struct row rows[] = {
	    {"192.0.2.77", "192.0.2.0/24"},
	    {"::ffff:192.0.2.77", "192.0.2.0/24"},
	    {"2001:db8:1:2::3", "2001:db8:1::/48"},
	};
	struct network got, want;
	struct ipaddr addr;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		assert_true(ipaddr_parse(slice_of(rows[i].in), &addr));
		assert_true(network_parse(slice_of(rows[i].want), &want));
		network_of_client(&addr, &got);
		check_number(rows[i].in, network_equal(&got, &want), true);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(reads_and_prints_addresses),
	    check_unit_test(reads_what_mtas_take_for_an_address),
	    check_unit_test(reads_networks),
	    check_unit_test(holds_addresses),
	    check_unit_test(holds_at_every_length),
	    check_unit_test(knows_client_networks),
	};

	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
