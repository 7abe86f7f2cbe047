#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "milter/config/config.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"
#include "tests/unit/workspace.h"

static void
append(void *context, const char *sentence)
{
	buf_puts(context, sentence);
	buf_putc(context, '\n');
}

/* A configuration with two classes, a policy, and text for its table. */
static struct config *
read_table(struct slice text, struct buf *said)
{
	struct config *config = NULL;
	FILE *file = fopen("t", "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.at, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
	buf_init(said, 1024 * 1024);
	workspace_write("c", "domains = t\npolicy \"p.example\" { }\n"
			     "policy \"s.example\" { subdomains = false }\n"
			     "class \"c\" { mode = require }\n"
			     "class \"d\" { mode = prefer }\n");
	if (config_read("c", append, said, &config) != STATUS_OK)
		assert_null(config);
	return config;
}

#define DOMAINS \
	" is no domain name; allowed: names like bank.example, literals " \
	"like [192.0.2.1]\n"

static void
refuses_bad_lines(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"a.example\n", "t:1: \"a.example\" has no class; write DOMAIN "
			    "CLASS\n"},
	    {"a.example # c\n", "t:1: \"a.example\" has no class; write "
				"DOMAIN CLASS\n"},
	    {"a.example c d\n", "t:1: \"d\" is one word too many; write "
				"DOMAIN CLASS\n"},
	    {"\n\na.example C\n", "t:3: there is no class \"C\"; classes are: "
				  "c, d\n"},
	    {"a.example none", "t:1: there is no class \"none\"; classes "
			       "are: c, d\n"},
	    {"* c\n", "t:1: \"*\" has a star; a domain speaks for everything "
		      "below it\n"},
	    {"*.a c\n", "t:1: \"*.a\" has a star; a domain speaks for "
			"everything below it\n"},
	    {"..a c\n", "t:1: \"..a\" begins with a dot; take it away\n"},
	    {". c\n", "t:1: \".\"" DOMAINS},
	    {"a..b c\n", "t:1: \"a..b\" has an empty label; take one dot "
			 "away\n"},
	    {"a/b c\n", "t:1: \"a/b\"" DOMAINS},
	    {"\xff.example c\n", "t:1: \"\xff.example\"" DOMAINS},
	    {"/ x\n", "t:1: \"/\"" DOMAINS
		      "t:1: there is no class \"x\"; classes are: c, d\n"},
	    {"a.example c\nA.Example. d\n",
		"t:2: a.example stands in this table already; take one of "
		"the lines out\n"},
	    {".a.example c\n.a.example c\n",
		"t:2: .a.example stands in this table already; take one of "
		"the lines out\n"},
	    {"p.example c\n", "t:1: p.example is the title of a policy at c:2 "
			      "already; take one of them out\n"},
	    {"s.example c\n", "t:1: s.example is the title of a policy at c:3 "
			      "already; take one of them out\n"},
	    {"x\ny\n\nz", "t:1: \"x\" has no class; write DOMAIN CLASS\n"
			  "t:2: \"y\" has no class; write DOMAIN CLASS\n"
			  "t:4: \"z\" has no class; write DOMAIN CLASS\n"},
	};
	struct config *config;
	struct buf said;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		config = read_table(slice_of(rows[i].in), &said);
		check_text(rows[i].in, buf_text(&said), rows[i].want);
		config_free(&config);
		buf_clear(&said);
	}
}

static void
counts_what_it_does_not_report(void **state)
{
	struct config *config;
	struct buf said, text;
	const char *last;
	size_t i;

	(void)state;
	buf_init(&text, 1024 * 1024);
	for (i = 0; i < 250; i++)
		buf_puts(&text, "x\n");
	config = read_table(buf_slice(&text), &said);
	assert_null(config);
	last = strstr(buf_text(&said), "t:100: ");
	assert_non_null(last);
	last = strchr(last, '\n') + 1;
	check_text("rest", last, "t:250: and 150 more bad lines in this "
				 "table\n");
	buf_clear(&said);
	buf_clear(&text);
}

/* Which class speaks for a name: "c", "d", or "-". */
static const char *
class_for(const struct config *config, const char *name)
{
	struct domain domain;
	struct match match;

	domain_normalize(slice_of(name), &domain);
	table_find(config->table, &domain, &match);
	return match.rule->class_name == NULL ? "-" : match.rule->class_name;
}

static void
reads_good_tables(void **state)
{
	static const struct {
		const char *in, *name, *want;
	} rows[] = {
	    {"", "a.example", "-"},
	    {"# a.example c\n\n \t\r\n", "a.example", "-"},
	    {"a.example c", "a.example", "c"},
	    {"a.example c\n", "x.y.a.example", "c"},
	    {"a.example c\n", "xa.example", "-"},
	    {"  a.example\t \tc  # why\r\n", "a.example", "c"},
	    {"a.example c#d\n", "a.example", "c"},
	    {".a.example c\n", "a.example", "-"},
	    {".a.example c\n", "x.a.example", "c"},
	    {".a.example c\na.example d\n", "a.example", "d"},
	    {".a.example c\na.example d\n", "x.a.example", "c"},
	    {".p.example c\n", "x.p.example", "c"},
	    {".p.example c\n", "p.example", "-"},
	    {"A.EXAMPLE. c\n", "a.example", "c"},
	    {"b\xc3\xbc"
	     "cher.example c\n",
		"xn--bcher-kva.example", "c"},
	    {"[IPv6:2001:DB8::1] c\n", "[ipv6:2001:db8::1]", "c"},
	    {"a.example c\nb.example d\nx.a.example d\n", "x.a.example", "d"},
	};
	struct config *config;
	struct buf said;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		config = read_table(slice_of(rows[i].in), &said);
		check_text(rows[i].in, buf_text(&said), "");
		if (config != NULL)
			check_text(rows[i].in, class_for(config, rows[i].name),
			    rows[i].want);
		config_free(&config);
		buf_clear(&said);
	}
}

static void
survives_any_octets(void **state)
{
	static const char text[] = "a\0b c\n\0\n\x01 c\nok.example c\n"
				   "a.example c\0d\n";
	struct config *config;
	struct buf said;

	(void)state;
	config = read_table(slice_make(text, sizeof(text) - 1), &said);
	assert_null(config);
	assert_non_null(strstr(buf_text(&said), "t:1: "));
	assert_non_null(strstr(buf_text(&said), "t:3: "));
	assert_non_null(strstr(buf_text(&said), "t:5: there is no class "));
	buf_clear(&said);
}

static void
the_sample_is_good(void **state)
{
	const char *root = getenv("abs_top_srcdir");
	struct config *config = NULL;
	struct buf said, text;

	(void)state;
	buf_init(&said, 4096);
	buf_init(&text, 4096);
	buf_printf(&text, "class \"partner\" { }\ndomains = "
	    "\"%s/contrib/domains.sample\"\n", root == NULL ? "." : root);
	workspace_write("c", buf_text(&text));
	if (config_read("c", append, &said, &config) != STATUS_OK)
		print_error("%s", buf_text(&said));
	assert_non_null(config);
	check_number("domains", (long)table_domains(config->table), 3);
	config_free(&config);
	buf_clear(&said);
	buf_clear(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(refuses_bad_lines),
	    check_unit_test(counts_what_it_does_not_report),
	    check_unit_test(reads_good_tables),
	    check_unit_test(survives_any_octets),
	    check_unit_test(the_sample_is_good),
	};

	return cmocka_run_group_tests(tests, workspace_enter, workspace_leave);
}
