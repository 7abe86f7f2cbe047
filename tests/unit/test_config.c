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

/* Read text as the file `c`; what is reported goes to said. */
static struct config *
read_text(const char *text, struct buf *said)
{
	struct config *config = NULL;

	buf_init(said, 1024 * 1024);
	workspace_write("c", text);
	/* The policy of a fleet has test_fleetpolicy. */
	if (config_read_local("c", append, said, &config) != STATUS_OK)
		assert_null(config);
	return config;
}

static struct config *
read_good(const char *text)
{
	struct buf said;
	struct config *config = read_text(text, &said);

	if (config == NULL)
		print_error("%s: %s", text, buf_text(&said));
	assert_non_null(config);
	buf_clear(&said);
	return config;
}

struct row {
	const char *in, *want;
};

static void
check_refusals(const struct row *rows, size_t count)
{
	struct config *config;
	struct buf said;
	size_t i;

	for (i = 0; i < count; i++) {
		config = read_text(rows[i].in, &said);
		check_text(rows[i].in, buf_text(&said), rows[i].want);
		config_free(&config);
		buf_clear(&said);
	}
}

#define EMPTY \
	"the value is empty; is a ${VARIABLE} not set? Write a value, or " \
	"\"none\" where that is allowed\n"
#define UNKNOWN ": there is no such option; "
#define LIST "hopseal.conf(5) has the list\n"
#define SOCKETS \
	" is no socket; allowed: local:/PATH, inet:PORT@HOST, " \
	"inet6:PORT@HOST\n"
#define NETWORK \
	" is no network; allowed: ADDRESS or ADDRESS/BITS, where the bits " \
	"behind the prefix are zero\n"
#define MODES "allowed: fallback-allowed, prefer, require"
#define DOMAINS \
	" is no domain name; allowed: names like bank.example, literals " \
	"like [192.0.2.1]\n"
#define RFC3207 \
	"policy \"*\": require for everybody breaks RFC 3207, section 4, on " \
	"a public MX; where it is meant (submission) write " \
	"i-know-this-breaks-rfc3207 = true\n"

static void
refuses_unknown_options(void **state)
{
	static const struct row rows[] = {
	    {"oparation = \"x\"\n", "c:1: option oparation" UNKNOWN
				    "did you mean operation?\n"},
	    {"\n\nzzz = {1,\n2}\nyyy += {3}\n", "c:3: option zzz" UNKNOWN LIST
						"c:5: option yyy" UNKNOWN LIST},
	    {"zzz = 1\nzzz = 2\n", "c:1: option zzz" UNKNOWN LIST
				   "c:2: option zzz" UNKNOWN LIST},
	    {"\nzzz = {}\n", "c:2: option zzz" UNKNOWN LIST},
	    {"zzz {\n a = 1\n b = {1, 2}\n}\nlog = x\n",
		"c:1: option zzz" UNKNOWN LIST
		"c:5: option log: \"x\" is not allowed; allowed: syslog, "
		"stderr, journal\n"},
	    {"polcy \"a\" { mode = require }\npolcy \"b\" { }\n",
		"c:1: option polcy" UNKNOWN "did you mean policy?\n"
		"c:2: option polcy" UNKNOWN "did you mean policy?\n"},
	    {"zzz(\"x\")\nyyy = 1\n", "c:1: option zzz" UNKNOWN LIST
				      "c:2: option yyy" UNKNOWN LIST},
	    {"root { }\n", "c:1: option root" UNKNOWN LIST},
	    {"mode = require\n", "c:1: option mode" UNKNOWN
				 "it belongs in class { ... }\n"},
	    {"stamp { mdoe = 1 }\n", "c:1: option mdoe in stamp" UNKNOWN LIST},
	    {"policy \"a\" {\n subdomain = false\n}\nclass \"b\" { to = "
	     "x\n a = 1 }\n",
		"c:2: option subdomain in policy \"a\"" UNKNOWN
		"did you mean subdomains?\n"
		"c:4: option to in class \"b\": \"x\" is not allowed; " MODES
		"\n"
		"c:5: option a in class \"b\"" UNKNOWN LIST},
	    {"class \"b\" { subdomains = true }\n",
		"c:1: option subdomains in class \"b\"" UNKNOWN
		"it belongs in policy { ... }\n"},
	    {"client \"::1\" { to = require }\n",
		"c:1: option to in client \"::1\"" UNKNOWN
		"it belongs in class { ... }\n"},
	};

	(void)state;
	check_refusals(rows, LENGTH(rows));
}

static void
refuses_bad_values(void **state)
{
	static const struct row rows[] = {
	    {"user = \"\"\n", "c:1: option user: " EMPTY},
	    {"hostname = \"${HOPSEAL_NO_SUCH}\"\n",
		"c:1: option hostname: " EMPTY},
	    {"log = ${HOPSEAL_NO_SUCH}\n", "c:1: option log: " EMPTY},
	    {"trusted-hosts = {\"::1\", \"\"}\n",
		"c:1: option trusted-hosts: " EMPTY},
	    {"user = none\n", "c:1: option user: \"none\" is not allowed: "
			      "this cannot be turned off\n"},
	    {"socket = none\n", "c:1: option socket: \"none\" is not "
				"allowed: this cannot be turned off\n"},
	    {"socket = \"tcp:1\"\n", "c:1: option socket: \"tcp:1\"" SOCKETS},
	    {"socket = \"/run/x\"\n", "c:1: option socket: \"/run/x\"" SOCKETS},
	    {"socket = \"local:x\"\n", "c:1: option socket: \"local:x\" has "
				       "no absolute path; allowed: "
				       "local:/PATH\n"},
	    {"socket = \"inet:x@::1\"\n",
		"c:1: option socket: \"inet:x@::1\" has no port; allowed: a "
		"number from 1 to 65535 in front of @HOST\n"},
	    {"socket = \"inet:0@::1\"\n",
		"c:1: option socket: \"inet:0@::1\" has no port; allowed: a "
		"number from 1 to 65535 in front of @HOST\n"},
	    {"socket = \"inet:1@::1\"\n",
		"c:1: option socket: \"inet:1@::1\" has an IPv6 address; "
		"allowed: inet6:PORT@HOST\n"},
	    {"socket = \"inet6:1@127.0.0.1\"\n",
		"c:1: option socket: \"inet6:1@127.0.0.1\" has an IPv4 "
		"address; allowed: inet:PORT@HOST\n"},
	    {"socket = \"inet:1\"\n", "c:1: option socket: \"inet:1\"" SOCKETS},
	    {"socket-mode = 999\n", "c:1: option socket-mode: \"999\" is no "
				    "mode; allowed: octal digits from \"000\" "
				    "to \"0777\"\n"},
	    {"socket-mode = 1777\n", "c:1: option socket-mode: \"1777\" is no "
				     "mode; allowed: octal digits from \"000\" "
				     "to \"0777\"\n"},
	    {"operation = enforced\n",
		"c:1: option operation: \"enforced\" is not allowed; allowed: "
		"observe, stamp, enforce (did you mean enforce?)\n"},
	    {"trusted-hosts = {10.0.0.1/8,\n x}\n",
		"c:1: option trusted-hosts: \"10.0.0.1/8\"" NETWORK
		"c:2: option trusted-hosts: \"x\"" NETWORK},
	    {"exempt-recipients = {\"@x\"}\n",
		"c:1: option exempt-recipients: \"@x\" is no mailbox; "
		"allowed: LOCAL-PART or LOCAL-PART@DOMAIN\n"},
	    {"exempt-recipients = {'\"\"@x.example'}\n",
		"c:1: option exempt-recipients: \"\"\"@x.example\" is no "
		"mailbox; allowed: LOCAL-PART or LOCAL-PART@DOMAIN\n"},
	    {"exempt-recipients = {\"a@*\"}\n",
		"c:1: option exempt-recipients: \"a@*\" has no good domain; "
		"allowed: LOCAL-PART or LOCAL-PART@DOMAIN\n"},
	    {"ledger { keep-days = 0\n max-domains-per-day = 1e3 }\n",
		"c:1: option keep-days in ledger: \"0\" is not allowed; "
		"allowed: a number from 1 to 36600\n"
		"c:2: option max-domains-per-day in ledger: \"1e3\" is not "
		"allowed; allowed: a number from 1 to 10000000\n"},
	    {"class \"c\" { min-bits = 65536\n help-url = \"gopher://x\" }\n",
		"c:1: option min-bits in class \"c\": \"65536\" is not "
		"allowed; allowed: a number from 0 to 65535\n"
		"c:2: option help-url in class \"c\": \"gopher://x\" is no "
		"URL; allowed: http://HOST/... or https://HOST/... in "
		"printable ASCII, at most 200 octets\n"},
	    {"class \"c\" { peer-names = {\"a.*\", \"*.*.b\", \"*\"} }\n",
		"c:1: option peer-names in class \"c\": \"a.*\" has a star "
		"inside; allowed: *. in front, for one label\n"
		"c:1: option peer-names in class \"c\": \"*.*.b\" has a star "
		"inside; allowed: *. in front, for one label\n"
		"c:1: option peer-names in class \"c\": \"*\" has a star "
		"inside; allowed: *. in front, for one label\n"},
	    {"policy \"a\" { header-from = maybe }\n",
		"c:1: option header-from in policy \"a\": \"maybe\" is not "
		"allowed; allowed: true, false\n"},
	    {"policy \"a\" { patience = -1 }\n",
		"c:1: option patience in policy \"a\": \"-1\" is not allowed; "
		"allowed: a number from 0 to 2592000\n"},
	    {"stamp { domain = \"[::1]\" selector = \"-a\" key = k }\n",
		"c:1: option domain in stamp: \"[::1]\" is an address; "
		"allowed: a domain name\n"
		"c:1: option selector in stamp: \"-a\" is no selector; "
		"allowed: letters, digits and hyphens inside, in labels with "
		"dots between\n"
		"c:1: stamp: domain is not set; set domain, selector and key, "
		"or none of them\n"},
	    {"\nstamp { domain = \"a.example\" key = k }\n",
		"c:2: stamp: selector is not set; set domain, selector and "
		"key, or none of them\n"},
	    {"outbound { mark-header = \"X\" route-header = \"a b: c\" }\n",
		"c:1: option mark-header in outbound: \"X\" is no header "
		"field; allowed: \"Name: value\"\n"
		"c:1: option route-header in outbound: \"a b: c\" has a blank "
		"in its name; allowed: \"Name: value\"\n"},
	    {"outbound { mark-recipient-prefix = \"a@\" }\n",
		"c:1: option mark-recipient-prefix in outbound: \"a@\" is no "
		"prefix of a local-part; allowed: at most 32 letters, digits "
		"and signs; no quote, bracket, comma, semicolon, backslash or "
		"@\n"},
	    {"nexthop { socket = \"unix:/run/hopseal/milter.sock\" }\n",
		"c: option socket: the filter, nexthop and metrics each need "
		"their own socket\n"},
	};

	(void)state;
	check_refusals(rows, LENGTH(rows));
}

static void
refuses_bad_titles(void **state)
{
	static const struct row rows[] = {
	    {"policy \"\" { }\n", "c:1: policy \"\": the title is empty; is a "
				  "${VARIABLE} not set?\n"},
	    {"policy \"a b\" { }\n", "c:1: policy \"a b\": the title" DOMAINS},
	    {"policy \"[192.0.2.010]\" { }\n", "c:1: policy "
		"\"[192.0.2.010]\": the title is no IPv4 address as it is "
		"usually written (a zero in front makes a part octal); "
		"allowed: four numbers from 0 to 255, like [192.0.2.1]\n"},
	    {"policy \"*.a\" { }\n", "c:1: policy \"*.a\": the title has a "
				     "star; a domain speaks for everything "
				     "below it\n"},
	    {"policy \".a\" { }\n", "c:1: policy \".a\": the title begins "
				    "with a dot; take it away\n"},
	    {"policy \"a..b\" { }\n", "c:1: policy \"a..b\": the title has an "
				      "empty label; take one dot away\n"},
	    {"policy \"Bank.Example.\" { }\npolicy \"bank.example\" { }\n",
		"c:2: policy \"bank.example\": bank.example has a section at "
		"c:1 already; write one for each title\n"},
	    {"policy \"b\xc3\xbc"
	     "cher.example\" { }\n"
	     "policy \"XN--bcher-kva.example\" { }\n",
		"c:2: policy \"XN--bcher-kva.example\": xn--bcher-kva.example "
		"has a section at c:1 already; write one for each title\n"},
	    {"policy \"[IPv6:2001:db8::1]\" { }\n"
	     "policy \"[2001:DB8:0::1]\" { }\n",
		"c:2: policy \"[2001:DB8:0::1]\": [ipv6:2001:db8::1] has a "
		"section at c:1 already; write one for each title\n"},
	    {"policy \"*\" { }\npolicy \"*\" { }\n",
		"c:2: policy \"*\": * has a section at c:1 already; write one "
		"for each title\n"},
	    {"class \"a\" { }\n\nclass \"a\" { }\n",
		"c:3: class \"a\": a has a section at c:1 already; write one "
		"for each title\n"},
	    {"class \"none\" { }\n",
		"c:1: class \"none\": the title is no class name: the word "
		"stands for no class; take another name\n"},
	    {"class \"a b\" { }\n",
		"c:1: class \"a b\": the title is no class name; allowed: "
		"letters, digits, hyphen, underscore and dot, at most 64\n"},
	    {"client \"192.0.2.1/24\" { }\n",
		"c:1: client \"192.0.2.1/24\": the title" NETWORK},
	    {"client \"300.0.0.1\" { }\n",
		"c:1: client \"300.0.0.1\": the title" NETWORK},
	    {"client \"[::1]\" { }\n",
		"c:1: client \"[::1]\": the title" NETWORK},
	    {"client \"::ffff:192.0.2.0/120\" { }\n"
	     "client \"192.0.2.0/24\" { }\n",
		"c:2: client \"192.0.2.0/24\": 192.0.2.0/24 has a section at "
		"c:1 already; write one for each title\n"},
	    {"client \"2001:DB8::1\" { }\nclient \"2001:db8:0::1/128\" { }\n",
		"c:2: client \"2001:db8:0::1/128\": 2001:db8::1/128 has a "
		"section at c:1 already; write one for each title\n"},
	    {"client \".A.example\" { }\nclient \"a.example\" { }\n"
	     "client \".a.example.\" { }\n",
		"c:3: client \".a.example.\": .a.example has a section at c:1 "
		"already; write one for each title\n"},
	};

	(void)state;
	check_refusals(rows, LENGTH(rows));
}

static void
refuses_what_does_not_fit_together(void **state)
{
	static const struct row rows[] = {
	    {"policy \"*\" { mode = require }\n", "c:1: " RFC3207},
	    {"\npolicy \"*\" { from = require }\n", "c:2: " RFC3207},
	    {"policy \"*\" { to = require\n mode = prefer }\n",
		"c:1: " RFC3207},
	    {"class \"c\" { mode = require }\npolicy \"*\" { class = c }\n",
		"c:2: " RFC3207},
	    {"policy \"*\" { mode = require "
	     "i-know-this-breaks-rfc3207 = false }\n",
		"c:1: " RFC3207},
	    {"policy \"a\" { class = partnr }\nclass \"partner\" { }\n"
	     "class \"other\" { }\n",
		"c:1: option class in policy \"a\": there is no class "
		"\"partnr\"; classes are: other, partner\n"},
	    {"client \"::1\" { class = x }\n",
		"c:1: option class in client \"::1\": there is no class "
		"\"x\"; classes are: (there is none)\n"},
	    {"policy \"*\" { peer = named }\n",
		"c:1: policy \"*\": peer = \"named\" finds no name in this "
		"title; set peer-names\n"},
	    {"class \"c\" { peer = named }\nclient \"::1\" { class = c }\n",
		"c:2: client \"::1\": peer = \"named\" finds no name in this "
		"title; set peer-names\n"},
	    {"domains = nosuch\n", "c:1: option domains: nosuch cannot be "
				   "opened: No such file or directory\n"},
	};

	(void)state;
	check_refusals(rows, LENGTH(rows));
}

#define WRITE \
	"; write NAME = VALUE, NAME = {VALUE, ...} or NAME \"TITLE\" { ... }\n"

/* What stands in front is still reported; what needs all of it is not. */
static void
stops_at_syntax_errors(void **state)
{
	static const struct row rows[] = {
	    {"user = \"\"\nlog \"x\"\nlog = y\n",
		"c:1: option user: " EMPTY
		"c:2: syntax: missing equal sign after option 'log'" WRITE},
	    {"user = \"\"\npolicy \"a\" {\n mode = x\n log = \"\n}\n",
		"c:1: option user: " EMPTY
		"c:3: option mode in policy \"a\": \"x\" is not allowed; " MODES
		"\n"
		"c:4: syntax: a string ends on the line where it begins; "
		"close it\n"},
	    {"policy \"a\" {\n class = c\n", "c:3: syntax: the file ends "
					     "inside the brace of line 1; "
					     "close it\n"},
	    {"}\n", "c:1: syntax: unexpected closing brace" WRITE},
	    {"log = {syslog}\n", "c:1: syntax: unexpected token '{'" WRITE},
	    {"log = \"\\060\"\n", "c:1: syntax: octets cannot be written as "
				  "numbers; write the text itself in UTF-8\n"},
	    {"log = \"${A\"\nlog = \"}\"\n", "c:1: syntax: \"${\" has no "
					     "closing brace; write ${NAME}\n"},
	    {"/* a\n", "c:1: syntax: a comment begins here and has no end; "
		       "close it with */\n"},
	    {"log = x\x01\n", "c:1: syntax: there is a control character; "
			      "this is no text file\n"},
	    {"include(x)\n", "c:1: syntax: parentheses hold one file name in "
			     "quotes; write include(\"FILE\")\n"},
	    {"\"\" = 1\n", "c:1: syntax: the file cannot be understood from "
			   "here on; write NAME = VALUE\n"},
	    {"policy { }\n", "c:1: syntax: missing title for section "
			     "'policy'" WRITE},
	};

	(void)state;
	check_refusals(rows, LENGTH(rows));
}

static void
reads_included_files(void **state)
{
	static const struct row rows[] = {
	    {"include(\"bad\")\nlog = y\n",
		"bad:2: option nonsense" UNKNOWN LIST
		"bad:3: option mode in policy \"a\": \"x\" is not allowed; "
		MODES "\n"
		"c:2: option log: \"y\" is not allowed; allowed: syslog, "
		"stderr, journal\n"},
	    {"policy \"a\" { }\ninclude(\"bad\")\n",
		"bad:2: option nonsense" UNKNOWN LIST
		"bad:3: option mode in policy \"a\": \"x\" is not allowed; "
		MODES "\n"
		"bad:3: policy \"a\": a has a section at c:1 already; write "
		"one for each title\n"},
	    {"include(\"c\")\n", "c:1: include: c includes itself\n"},
	    {"include(\"loop\")\n", "loop:2: include: c includes itself\n"},
	    {"include(\"nosuch\")\npolicy \"b\" { class = x }\n",
		"c:1: include: nosuch cannot be opened: No such file or "
		"directory\n"},
	    {"include(\"\")\n", "c:1: include: the file name is empty; write "
				"include(\"FILE\")\n"},
	    {"policy \"b\" {\n include(\"bad\") }\n",
		"c:2: include: cannot stand in a section; move it outside\n"},
	    {"include(\"broken\")\nuser = \"\"\n",
		"broken:1: syntax: a string ends on the line where it begins; "
		"close it\n"
		"c:2: option user: " EMPTY},
	};

	(void)state;
	workspace_write("bad", "\nnonsense = 1\npolicy \"a\" { mode = x }\n");
	workspace_write("loop", "\ninclude(\"c\")\n");
	workspace_write("broken", "log = \"\n");
	check_refusals(rows, LENGTH(rows));
}

static void
says_no_such_file(void **state)
{
	struct config *config = NULL;
	struct buf said;

	(void)state;
	buf_init(&said, 1024);
	assert_int_equal(config_read("none", append, &said, &config),
	    STATUS_IO);
	assert_string_equal(buf_text(&said),
	    "none: cannot be opened: No such file or directory\n");
	buf_clear(&said);
}

/* An include is meant from the folder of the file that includes. */
static void
includes_beside_the_including_file(void **state)
{
	struct config *config = NULL;
	struct buf said;
	char path[128];

	(void)state;
	workspace_write("c", "include(\"beside\")\n");
	workspace_write("beside", "user = mail\nstamp { domain = a.example "
				  "selector = s key = k }\n");
	assert_int_equal(chdir("/"), 0);
	(void)snprintf(path, sizeof(path), "%s/c", workspace_path);
	buf_init(&said, 1024);
	assert_int_equal(config_read(path, append, &said, &config), STATUS_OK);
	assert_int_equal(chdir(workspace_path), 0);
	check_text("user", config->user, "mail");
	(void)snprintf(path, sizeof(path), "%s/k", workspace_path);
	check_text("key", config->stamp.key_file, path);
	check_number("line of key", (long)config->stamp.key_place.line, 2);
	config_free(&config);
	buf_clear(&said);
}

static void
check_defaults(const char *row, const struct config *config)
{
	const struct config *c = config;

	check_text(row, c->hostname == NULL ? "none" : c->hostname, "none");
	check_text(row, c->socket, "local:/run/hopseal/milter.sock");
	check_number(row, (long)c->socket_mode, 0660);
	check_text(row, c->socket_group, "postfix");
	check_text(row, c->user, "hopseal");
	check_number(row, c->operation, OPERATION_OBSERVE);
	check_number(row, (long)c->trusted_host_count, 2);
	check_number(row, (long)c->exempt_count, 1);
	check_text(row, c->exempt[0].local, "postmaster");
	check_number(row, c->exempt[0].domain.kind, DOMAIN_NONE);
	check_number(row, c->on_fault, ON_FAULT_ACCEPT);
	check_number(row, c->log, LOG_SINK_SYSLOG);
	check_number(row, c->log_level, LOG_LEVEL_INFO);
	check_number(row, c->stamp.domain == NULL, 1);
	check_number(row, c->stamp.authentication_results, 0);
	check_text(row, c->ledger.path, "/var/lib/hopseal/ledger.db");
	check_number(row, c->ledger.durability, DURABILITY_FSYNC);
	check_number(row, c->ledger.on_fault, ON_FAULT_ACCEPT);
	check_number(row, c->ledger.keep_days, 400);
	check_number(row, c->ledger.keep_summary_days, 2557);
	check_number(row, c->ledger.max_domains_per_day, 20000);
	check_text(row, c->nexthop.socket, "local:/run/hopseal/nexthop.sock");
	check_number(row, (long)c->nexthop.socket_mode, 0660);
	check_number(row, c->metrics.socket == NULL, 1);
	check_number(row, c->outbound.mail_log == NULL, 1);
	check_number(row, c->outbound.mark_subject == NULL, 1);
	check_number(row, c->outbound.mark_subject_remove, 0);
	check_number(row, c->outbound.mark_header_name == NULL, 1);
	check_number(row, c->outbound.mark_recipient_prefix == NULL, 1);
	check_number(row, c->outbound.route_header_name == NULL, 1);
	check_number(row, c->domains_file == NULL, 1);
	check_number(row, c->policy_source == NULL, 1);
	check_number(row, (long)c->policy_keys.count, 0);
	check_text(row, c->policy_snapshot,
	    "/var/lib/hopseal/policy.snapshot");
	check_number(row, c->policy_poll_s, 10);
	check_number(row, (long)table_domains(c->table), 0);
}

static void
an_empty_file_is_the_defaults(void **state)
{
	struct config *config = read_good("");

	(void)state;
	check_defaults("empty", config);
	config_free(&config);
}

/* contrib/hopseal.conf says the defaults, and nothing else. */
static void
the_sample_is_the_defaults(void **state)
{
	const char *root = getenv("abs_top_srcdir");
	struct config *config = NULL;
	struct buf said;
	char path[1024];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/contrib/hopseal.conf",
	    root == NULL ? "." : root);
	buf_init(&said, 4096);
	if (config_read(path, append, &said, &config) != STATUS_OK)
		print_error("%s", buf_text(&said));
	assert_non_null(config);
	check_defaults("sample", config);
	config_free(&config);
	buf_clear(&said);
}

static void
reads_every_global_option(void **state)
{
	struct config *c = read_good(
	    "hostname = MX.Example.org.\n"
	    "socket = \"unix:/x/y.sock\" socket-mode = \"0600\"\n"
	    "socket-group = none user = mail operation = enforce\n"
	    "trusted-hosts = {} # nobody\n"
	    "exempt-recipients = {\"TLSRPT@Bank.Example.\", Abuse,"
	    "  '\"Post\\\\master\"@b.example'}\n"
	    "on-fault = defer log = journal log-level = debug\n"
	    "stamp { domain = B\xc3\xbc"
	    "cher.example selector = \"2026a.x\"\n"
	    "  key = \"/k.pem\" authentication-results = yes }\n"
	    "ledger { path = /l.db durability = queued\n"
	    "  on-ledger-fault = defer keep-days = 1\n"
	    "  keep-summary-days = 36600 max-domains-per-day = 5\n"
	    "  ship = \"postgresql://h@db.example/h\"\n"
	    "  ship-backlog-days = 9 }\n"
	    "policy-source = 'postgres://p@db.example/h' policy-poll = 3\n"
	    "policy-snapshot = /s policy-key = \"PeterNeumann+c74f20a3+"
	    "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\"\n"
	    "nexthop { socket = none socket-mode = 0666 }\n"
	    "metrics { socket = inet6:9464@::1 }\n"
	    "outbound { mail-log = /m.log mark-subject = \"[secure]\"\n"
	    "  mark-subject-remove = on mark-header = \"X-TLS: y: z\"\n"
	    "  mark-recipient-prefix = \"s:\"\n"
	    "  route-header = 'Hopseal-Route:tls' }\n");

	(void)state;
	check_text("hostname", c->hostname, "mx.example.org");
	check_text("socket", c->socket, "local:/x/y.sock");
	check_number("socket-mode", (long)c->socket_mode, 0600);
	check_number("socket-group", c->socket_group == NULL, 1);
	check_number("operation", c->operation, OPERATION_ENFORCE);
	check_number("trusted-hosts", (long)c->trusted_host_count, 0);
	check_number("exempt-recipients", (long)c->exempt_count, 3);
	check_text("exempt local", c->exempt[0].local, "tlsrpt");
	check_text("exempt domain", c->exempt[0].domain.text, "bank.example");
	check_text("exempt local alone", c->exempt[1].local, "abuse");
	check_text("exempt local in quotes", c->exempt[2].local,
	    "postmaster");
	check_number("on-fault", c->on_fault, ON_FAULT_DEFER);
	check_number("log", c->log, LOG_SINK_JOURNAL);
	check_number("log-level", c->log_level, LOG_LEVEL_DEBUG);
	check_text("stamp domain", c->stamp.domain, "xn--bcher-kva.example");
	check_text("selector", c->stamp.selector, "2026a.x");
	check_number("results", c->stamp.authentication_results, 1);
	check_number("durability", c->ledger.durability, DURABILITY_QUEUED);
	check_number("ledger fault", c->ledger.on_fault, ON_FAULT_DEFER);
	check_number("summary", c->ledger.keep_summary_days, 36600);
	check_text("ship", c->ledger.ship, "postgresql://h@db.example/h");
	check_number("ship line", c->ledger.ship_place.line, 12);
	check_number("backlog", c->ledger.ship_backlog_days, 9);
	check_text("source", c->policy_source, "postgres://p@db.example/h");
	check_number("source line", c->policy_source_place.line, 14);
	check_number("keys", (long)c->policy_keys.count, 1);
	check_text("key", c->policy_keys.vkeys[0].name, "PeterNeumann");
	check_text("snapshot", c->policy_snapshot, "/s");
	check_number("poll", c->policy_poll_s, 3);
	check_number("nexthop", c->nexthop.socket == NULL, 1);
	check_number("nexthop mode", (long)c->nexthop.socket_mode, 0666);
	check_text("metrics", c->metrics.socket, "inet6:9464@::1");
	check_text("mail-log", c->outbound.mail_log, "/m.log");
	check_number("remove", c->outbound.mark_subject_remove, 1);
	check_text("mark name", c->outbound.mark_header_name, "X-TLS");
	check_text("mark value", c->outbound.mark_header_value, "y: z");
	check_text("prefix", c->outbound.mark_recipient_prefix, "s:");
	check_text("route", c->outbound.route_header_name, "Hopseal-Route");
	check_text("route value", c->outbound.route_header_value, "tls");
	config_free(&c);
}

/* The later value holds; += extends a default. */
static void
later_values_hold(void **state)
{
	struct config *c = read_good("log = stderr\nlog = journal\n"
				     "trusted-hosts += {10.0.0.0/8}\n"
				     "ledger { keep-days = 1 }\n"
				     "ledger { keep-summary-days = 2 }\n");

	(void)state;
	check_number("log", c->log, LOG_SINK_JOURNAL);
	check_number("trusted-hosts", (long)c->trusted_host_count, 3);
	check_number("keep-days", c->ledger.keep_days, 1);
	check_number("keep-summary-days", c->ledger.keep_summary_days, 2);
	config_free(&c);
}

static const struct rule *
rule_for(const struct config *config, const char *name)
{
	struct domain domain;
	struct match match;

	domain_normalize(slice_of(name), &domain);
	table_find(config->table, &domain, &match);
	return match.rule;
}

static const struct rule *
client_rule(const struct config *config, const char *text)
{
	struct domain name;
	struct ipaddr addr;
	struct match match;

	if (ipaddr_parse(slice_of(text), &addr))
		return table_find_client(config->table, &addr, NULL, &match) ?
		    match.rule : NULL;
	domain_normalize(slice_of(text), &name);
	return table_find_client(config->table, NULL, &name, &match) ?
	    match.rule : NULL;
}

/* Modes of both sides, for rows like "require/prefer". */
static void
check_sides(const char *row, const struct rule *rule, const char *want)
{
	char got[64];

	(void)snprintf(got, sizeof(got), "%s/%s", mode_name(rule->from),
	    mode_name(rule->to));
	check_text(row, got, want);
}

static void
resolves_modes(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", "fallback-allowed/fallback-allowed"},
	    {"mode = require", "require/require"},
	    {"from = require", "require/fallback-allowed"},
	    {"to = prefer", "fallback-allowed/prefer"},
	    {"from = prefer mode = require", "prefer/require"},
	    {"mode = require to = prefer", "require/prefer"},
	    {"class = c", "require/prefer"},
	    {"class = c from = prefer", "prefer/prefer"},
	    {"class = c mode = fallback-allowed",
		"fallback-allowed/fallback-allowed"},
	    {"class = none", "fallback-allowed/fallback-allowed"},
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct config *config;

		(void)snprintf(text, sizeof(text), "policy \"a.example\" { %s "
		    "}\nclass \"c\" { to = prefer mode = require }\n",
		    rows[i].in);
		config = read_good(text);
		check_sides(rows[i].in, rule_for(config, "x.a.example"),
		    rows[i].want);
		config_free(&config);
	}
}

static void
resolves_classes(void **state)
{
	struct config *c = read_good(
	    "operation = stamp\n"
	    "class \"c\" { action = defer min-tls = 1.3 min-bits = 0\n"
	    "  ciphers = bcp195 peer = named peer-names = {MX.c.example,\n"
	    "  \"*.C.example.\"} help-url = \"https://c.example/%7Ex\"\n"
	    "  patience = 0 memory = 1 header-from = true\n"
	    "  operation = enforce }\n"
	    "policy \"a.example\" { class = c }\n"
	    "policy \"b.example\" { class = c help-url = none peer = any\n"
	    "  peer-names = {} operation = observe min-tls = \"1.0\" }\n"
	    "policy \"d.example\" { }\n");
	const struct rule *a = rule_for(c, "a.example");
	const struct rule *b = rule_for(c, "b.example");
	const struct rule *d = rule_for(c, "d.example");

	(void)state;
	check_text("class", a->class_name, "c");
	check_number("action", a->action, ACTION_DEFER);
	check_number("min-tls", a->level.min_tls, TLS_VERSION_1_3);
	check_number("min-bits", a->level.min_bits, 0);
	check_number("ciphers", a->level.ciphers, CIPHERS_BCP195);
	check_number("peer", a->level.peer, PEER_NAMED);
	check_number("names", (long)a->level.peer_name_count, 2);
	check_text("name", a->level.peer_names[0], "mx.c.example");
	check_text("wildcard", a->level.peer_names[1], "*.c.example");
	check_text("url", a->help_url, "https://c.example/%7Ex");
	check_number("patience", a->patience, 0);
	check_number("memory", a->memory, 1);
	check_number("header-from", a->header_from, 1);
	check_number("operation", a->operation, OPERATION_ENFORCE);
	check_number("url none", b->help_url == NULL, 1);
	check_number("no names", b->level.peer_names == NULL, 1);
	check_number("own operation", b->operation, OPERATION_OBSERVE);
	check_number("own min-tls", b->level.min_tls, TLS_VERSION_1_0);
	check_number("global operation", d->operation, OPERATION_STAMP);
	check_number("default bits", d->level.min_bits, 128);
	check_number("default patience", d->patience, 14400);
	check_number("no class", d->class_name == NULL, 1);
	/* Without a policy "*" the global operation holds for the rest. */
	check_number("other", rule_for(c, "z")->operation, OPERATION_STAMP);
	config_free(&c);
}

static void
resolves_scopes_and_default(void **state)
{
	struct config *c = read_good(
	    "policy \"a.example\" { mode = require subdomains = false }\n"
	    "policy \"[192.0.2.1]\" { mode = require }\n"
	    "policy \"*\" { mode = require min-bits = 1\n"
	    "  i-know-this-breaks-rfc3207 = true }\n");

	(void)state;
	check_number("self", rule_for(c, "a.example")->level.min_bits, 128);
	check_number("below", rule_for(c, "x.a.example")->level.min_bits, 1);
	check_number("literal", rule_for(c, "[192.0.2.1]")->level.min_bits,
	    128);
	check_number("other literal", rule_for(c, "[::1]")->level.min_bits, 1);
	check_sides("star", rule_for(c, "b"), "require/require");
	config_free(&c);
}

static void
resolves_clients(void **state)
{
	struct config *c = read_good(
	    "class \"c\" { mode = prefer to = require header-from = true }\n"
	    "client \"192.0.2.0/24\" { class = c }\n"
	    "client \"192.0.2.7\" { from = require class = c }\n"
	    "client \"2001:db8::/32\" { mode = prefer from = require }\n"
	    "client \"a.example\" { mode = require }\n"
	    "client \".b.example\" { mode = require }\n");

	(void)state;
	check_sides("class", client_rule(c, "192.0.2.1"),
	    "prefer/fallback-allowed");
	check_sides("own from", client_rule(c, "192.0.2.7"),
	    "require/fallback-allowed");
	check_sides("mode, else from", client_rule(c, "2001:db8::1"),
	    "prefer/fallback-allowed");
	check_number("header-from",
	    client_rule(c, "192.0.2.1")->header_from, 0);
	check_number("below", client_rule(c, "x.a.example") != NULL, 1);
	check_number("suffix below", client_rule(c, "x.b.example") != NULL, 1);
	check_number("suffix itself", client_rule(c, "b.example") == NULL, 1);
	check_number("none", client_rule(c, "198.51.100.1") == NULL, 1);
	config_free(&c);
}

/* Comments may stand anywhere; CRLF and a byte order mark are accepted. */
static void
reads_generous_text(void **state)
{
	struct config *c = read_good(
	    "\xef\xbb\xbf#\r\n// two slashes\r\n"
	    "user = /* inside */ mail # behind\r\n"
	    "trusted-hosts = { # first\n ::1, /* \n\n */ 10.0.0.0/8 // x\n}\n"
	    "log = 'stderr'\n"
	    "# thirty-two octets of a comment.\n"
	    "socket-group = \"a#b\"\n");

	(void)state;
	check_text("user", c->user, "mail");
	check_number("trusted-hosts", (long)c->trusted_host_count, 2);
	check_text("no comment", c->socket_group, "a#b");
	config_free(&c);
}

/* Many sections: linear, and every one is there. */
static void
reads_many_sections(void **state)
{
	struct config *config;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 1024 * 1024);
	for (i = 0; i < 5000; i++)
		buf_printf(&text, "policy \"p%zu.example\" { }\n", i);
	config = read_good(buf_text(&text));
	check_number("domains", (long)table_domains(config->table), 5000);
	config_free(&config);
	buf_clear(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(refuses_unknown_options),
	    check_unit_test(refuses_bad_values),
	    check_unit_test(refuses_bad_titles),
	    check_unit_test(refuses_what_does_not_fit_together),
	    check_unit_test(stops_at_syntax_errors),
	    check_unit_test(reads_included_files),
	    check_unit_test(says_no_such_file),
	    check_unit_test(includes_beside_the_including_file),
	    check_unit_test(an_empty_file_is_the_defaults),
	    check_unit_test(the_sample_is_the_defaults),
	    check_unit_test(reads_every_global_option),
	    check_unit_test(later_values_hold),
	    check_unit_test(resolves_modes),
	    check_unit_test(resolves_classes),
	    check_unit_test(resolves_scopes_and_default),
	    check_unit_test(resolves_clients),
	    check_unit_test(reads_generous_text),
	    check_unit_test(reads_many_sections),
	};

	return cmocka_run_group_tests(tests, workspace_enter, workspace_leave);
}
