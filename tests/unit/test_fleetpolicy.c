#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/config/config.h"
#include "milter/config/fleetpolicy.h"
#include "tests/unit/check.h"
#include "tests/unit/workspace.h"

static void
append(void *context, const char *sentence)
{
	buf_puts(context, sentence);
	buf_putc(context, '\n');
}

#define NOTHING \
	" begins nothing that a policy of the fleet has; allowed: sections " \
	"class, policy and client, and lines DOMAIN CLASS\n"
#define VARIABLE \
	"a policy of the fleet is the same on every host; write the value " \
	"in place of ${...}\n"
#define INCLUDE \
	"a policy of the fleet is one whole text; write what it would " \
	"include into it\n"

static void
checks_a_policy(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {"# nothing\n\n", ""},
	    {"class \"c\" { mode = \"require\" }\na.example c\n", ""},
	    {"a.example c # before its class\r\nclass c { }\n.b.example c", ""},
	    {"class \"c\"\n{\n\tmode = require\n}\na.example c\n", ""},
	    {"class c { # }\nmode = 'require' }\na.example c\n", ""},
	    {"/* a.example\n b */ class c { }\na.example c // here\n", ""},
	    {"class c { }\nclient \"192.0.2.0/24\" { class = c }\n"
	     "policy \"*\" { class = c }\n", ""},
	    {"\n\na.example c\n", "p:3: there is no class \"c\"; classes are: "
				  "(there is none)\n"},
	    {"class c {\n}\n\na.example c d\n",
	     "p:4: \"d\" is one word too many; write DOMAIN CLASS\n"},
	    {"class c { }\na.example c\nA.example. c\n",
	     "p:3: a.example stands in this table already; take one of the "
	     "lines out\n"},
	    {"class c { }\npolicy a.example { }\na.example c\n",
	     "p:3: a.example is the title of a policy at p:2 already; take "
	     "one of them out\n"},
	    {"class c { }\nclass c { }\n", "p:2: class \"c\": c has a section "
	     "at p:1 already; write one for each title\n"},
	    {"a.example c\n\nclass c { mod = require }\n",
	     "p:3: option mod in class \"c\": there is no such option; did "
	     "you mean mode?\n"},
	    {"a.example c\nclass c {\n", "p:3: syntax: the file ends inside "
	     "the brace of line 2; close it\n"},
	    {"operation = \"enforce\"\n", "p:1: \"operation\"" NOTHING},
	    {"stamp { domain = a.example }\n", "p:1: \"stamp\"" NOTHING},
	    {"a.example \"c\"\n", "p:1: \"a.example\"" NOTHING},
	    {"include(\"x\")\n", "p:1: \"include\"" NOTHING},
	    {"class c {\n include(\"x\")\n}\n", "p:2: " INCLUDE},
	    {"class c {\n mode = \"${MODE}\"\n}\n", "p:2: " VARIABLE},
	    {"class c {\n mode = ${MODE}\n}\n", "p:2: " VARIABLE},
	    {"policy \"*\" { mode = require }\n", "p:1: policy \"*\": require "
	     "for everybody breaks RFC 3207, section 4, on a public MX; where "
	     "it is meant (submission) write i-know-this-breaks-rfc3207 = "
	     "true\n"},
	    {"}\n", "p:1: \"}\"" NOTHING},
	};
	struct buf said;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status;

		buf_init(&said, 64 * 1024);
		status = fleetpolicy_check(slice_of(rows[i].in), "p", append,
		    &said);
		check_text(rows[i].in, buf_text(&said), rows[i].want);
		check_number(rows[i].in, status,
		    rows[i].want[0] == '\0' ? STATUS_OK : STATUS_SYNTAX);
		buf_clear(&said);
	}
}

/* Signed with a key made here, whose public half goes to *vkey. */
static void
write_snapshot(const char *text, char vkey_text[NOTE_VKEY_MAX])
{
	struct edition edition = {.version = 7, .time = 1764088000,
	    .author = "alice", .comment = "first"};
	struct notary_key *key = NULL;
	struct sha256 *digest = NULL;
	struct buf note, file, line;
	struct vkey vkey;

	assert_int_equal(notary_key_make(&key), STATUS_OK);
	assert_int_equal(sha256_new(&digest), STATUS_OK);
	assert_int_equal(vkey_make(digest, "p.example",
	    notary_key_public(key), &vkey), STATUS_OK);
	buf_init_fixed(&line, vkey_text, NOTE_VKEY_MAX);
	vkey_put(&line, &vkey);
	assert_int_equal(edition_measure(&edition, slice_of(text), NULL),
	    STATUS_OK);
	buf_init(&note, EDITION_NOTE_MAX);
	buf_init(&file, EDITION_FILE_MAX);
	assert_int_equal(edition_sign(&edition, &vkey, key, &note, NULL),
	    STATUS_OK);
	edition_put_snapshot(&file, buf_slice(&note), slice_of(text));
	workspace_write("s", buf_text(&file));
	buf_clear(&file);
	buf_clear(&note);
	sha256_free(&digest);
	notary_key_free(&key);
}

/* hopseal.conf with its own rules, and the snapshot of the fleet's. */
static struct config *
read_both(const char *local, const char *fleet, struct buf *said)
{
	char vkey[NOTE_VKEY_MAX];
	struct config *config = NULL;
	struct buf conf;

	write_snapshot(fleet, vkey);
	buf_init(&conf, 64 * 1024);
	buf_printf(&conf, "policy-source = \"postgresql://h/d\"\n"
	    "policy-snapshot = s\npolicy-key = \"%s\"\n%s", vkey, local);
	workspace_write("c", buf_text(&conf));
	buf_clear(&conf);
	buf_init(said, 64 * 1024);
	if (config_read("c", append, said, &config) != STATUS_OK)
		config = NULL;
	return config;
}

static void
puts_the_host_above_the_fleet(void **state)
{
	static const char fleet[] =
	    "class \"c\" { mode = \"require\" }\n"
	    "policy \"section.example\" { class = c }\n"
	    "policy \"table.example\" { class = c }\n"
	    "policy \"*\" { class = c i-know-this-breaks-rfc3207 = true }\n"
	    "client \"192.0.2.0/24\" { class = c }\n"
	    "one.example c\ntwo.example c\nthree.example c\n";
	static const char local[] =
	    "class \"c\" { mode = \"prefer\" }\ndomains = t\n"
	    "policy \"section.example\" { class = c }\n"
	    "policy \"two.example\" { class = c }\n"
	    "client \"192.0.2.0/24\" { class = c }\n";
	static const struct {
		const char *domain;
		enum mode want;
	} rows[] = {
	    {"section.example", MODE_PREFER}, {"table.example", MODE_PREFER},
	    {"one.example", MODE_PREFER}, {"two.example", MODE_PREFER},
	    {"three.example", MODE_REQUIRE}, {"x.three.example", MODE_REQUIRE},
	    {"else.example", MODE_REQUIRE},
	};
	struct config *config;
	struct domain domain;
	struct match match;
	struct buf said;
	size_t i;

	(void)state;
	workspace_write("t", "table.example c\none.example c\n");
	config = read_both(local, fleet, &said);
	check_text("both", buf_text(&said), "");
	assert_non_null(config);
	check_number("version", (long)config->edition->version, 7);
	check_number("left out", (long)config->left_out, 5);
	for (i = 0; i < LENGTH(rows); i++) {
		domain_normalize(slice_of(rows[i].domain), &domain);
		table_find(config->table, &domain, &match);
		check_number(rows[i].domain, match.rule->to, rows[i].want);
	}
	config_free(&config);
	buf_clear(&said);
}

static void
refuses_a_snapshot_it_cannot_believe(void **state)
{
	static const struct {
		const char *fleet, *want;
	} rows[] = {
	    {"a.example c\n", "policy version 7:1: there is no class \"c\"; "
			      "classes are: (there is none)\n"},
	    {"class c { }\na.example c\na.example c\n", "policy version 7:3: "
	     "a.example stands in this table already; take one of the lines "
	     "out\n"},
	};
	struct config *config;
	struct buf said;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		config = read_both("", rows[i].fleet, &said);
		check_text(rows[i].fleet, buf_text(&said), rows[i].want);
		assert_null(config);
		buf_clear(&said);
	}
	config = read_both("", "class c { }\n", &said);
	assert_non_null(config);
	config_free(&config);
	workspace_write("s", "hopseal policy\n");
	buf_reset(&said);
	assert_int_equal(config_read("c", append, &said, &config),
	    STATUS_SYNTAX);
	assert_non_null(strstr(buf_text(&said), "c:1: option policy-source: "));
	assert_int_equal(unlink("s"), 0);
	buf_reset(&said);
	assert_int_equal(config_read("c", append, &said, &config),
	    STATUS_SYNTAX);
	assert_non_null(strstr(buf_text(&said), "s is not there; hopseald "
	    "fetches it from policy-source when it starts"));
	assert_int_equal(config_read_local("c", append, &said, &config),
	    STATUS_OK);
	assert_null(config->edition);
	config_free(&config);
	buf_clear(&said);
}

static void
refuses_bad_options(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"policy-source = \"mysql://h/d\"\n", "is no URL of PostgreSQL"},
	    {"policy-source = \"postgresql://h/a b\"\n", "has an octet that no URL has"},
	    {"policy-source = \"postgresql://h/d\"\n",
	     "c:1: option policy-source: policy-key is not set"},
	    {"policy-key = \"x+y+z\"\n", "this is no verifier key"},
	    {"policy-poll = 0\n", "option policy-poll"},
	};
	struct config *config = NULL;
	struct buf said;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		workspace_write("c", rows[i].in);
		buf_init(&said, 64 * 1024);
		check_number(rows[i].in, config_read("c", append, &said,
		    &config), STATUS_SYNTAX);
		if (!slice_holds(buf_slice(&said), rows[i].want))
			check_text(rows[i].in, buf_text(&said), rows[i].want);
		buf_clear(&said);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(checks_a_policy),
	    check_unit_test(puts_the_host_above_the_fleet),
	    check_unit_test(refuses_a_snapshot_it_cannot_believe),
	    check_unit_test(refuses_bad_options),
	};

	return cmocka_run_group_tests(tests, workspace_enter,
	    workspace_leave);
}
