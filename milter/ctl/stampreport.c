#include "milter/ctl/stampreport.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "milter/ctl/escape.h"

enum { VALUE_MAX = 1024 };

/* The tags that a reader checks; unknown ones are not shown. */
static const char *const known_tags[] = {"v", "a", "c", "d", "s", "t", "by",
    "id", "tls", "cipher", "bits", "cert", "cn", "ip", "sender", "rcpt", "rs",
    "rc", "mode", "requiretls", "next", "h", "bh", "b"};

/* `fail (body)` */
static void
print_result(const struct verify_finding *finding)
{
	const char *reason = verify_reason_name(finding->reason);

	(void)printf("%s", verify_result_name(finding->result));
	if (reason[0] != '\0')
		(void)printf(" (%s)", reason);
}

static void
print_slice(const char *label, struct slice value)
{
	if (value.len > 0)
		(void)printf("%-14s%.*s\n", label, (int)value.len, value.at);
}

/* At most VALUE_MAX columns of it. */
static void
print_escaped(const char *text, size_t len)
{
	char storage[VALUE_MAX + 1];
	struct buf out;

	buf_init_fixed(&out, storage, sizeof(storage));
	escape_put(&out, slice_make(text, len), VALUE_MAX);
	(void)fputs(buf_text(&out), stdout);
}

void
stampreport_time(int64_t seconds, char out[STAMPREPORT_TIME])
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&when, &parts) == NULL ||
	    strftime(out, STAMPREPORT_TIME, "%Y-%m-%d %H:%M:%S UTC",
		&parts) == 0)
		(void)snprintf(out, STAMPREPORT_TIME,
		    "%lld seconds after 1970", (long long)seconds);
}

static void
print_certificate(const struct stamp *stamp)
{
	(void)printf("%-14s", "certificate:");
	switch (stamp->cert) {
	case CERT_TRUSTED:
		(void)printf("the client's was trusted");
		if (stamp->cn_len > 0) {
			(void)printf(", its name is ");
			print_escaped(stamp->cn, stamp->cn_len);
		}
		(void)putchar('\n');
		break;
	case CERT_FAILED:
		(void)printf("the client's could not be verified\n");
		break;
	case CERT_NONE:
		(void)printf("the client had none\n");
		break;
	case CERT_UNKNOWN:
		(void)printf("not known whether the client had one\n");
		break;
	}
}

static const char *
mode_words(enum mode mode)
{
	switch (mode) {
	case MODE_REQUIRE:
		return "require (the session met what policy requires)";
	case MODE_PREFER:
		return "prefer (TLS was preferred, not required)";
	case MODE_FALLBACK_ALLOWED:
		return "fallback-allowed (TLS was not required)";
	}
	return "";
}

static void
print_recipient(const struct stamp *stamp, const char *asked)
{
	if (asked != NULL) {
		(void)printf("%-14s", "recipient:");
		print_escaped(asked, strlen(asked));
		(void)printf(", as asked\n");
	} else if (stamp->bound) {
		(void)printf("%-14sbound to one; check it with --rcpt\n",
		    "recipient:");
	}
}

void
stampreport_stamp(const struct verification *found, const char *recipient)
{
	const struct stamp *stamp = &found->stamp;
	char when[STAMPREPORT_TIME];

	stampreport_time(stamp->time, when);
	(void)printf("%-14sthe body and the listed header fields, %s\n",
	    "received:", when);
	(void)printf("%-14s%.*s, of the mail system of %s\n",
	    "by:", (int)stamp->by.len, stamp->by.at, stamp->domain.text);
	print_slice("from:", stamp->ip);
	(void)printf("%-14s%.*s, %.*s, %u bits\n", "encryption:",
	    (int)stamp->tls.len, stamp->tls.at, (int)stamp->cipher.len,
	    stamp->cipher.at, stamp->bits);
	print_certificate(stamp);
	print_slice("sender:", stamp->sender);
	print_slice("to domain:", stamp->rcpt);
	print_recipient(stamp, recipient);
	(void)printf("%-14s%s\n", "policy:", mode_words(stamp->mode));
	if (stamp->requiretls)
		(void)printf("%-14sthe sender asked for it\n", "REQUIRETLS:");
	if (stamp->next_require)
		(void)printf("%-14spolicy binds it to TLS\n", "next hop:");
	print_slice("queue id:", stamp->id);
	(void)printf("%-14s%s\n", "stamp id:", found->id);
	(void)printf("%-14searlier hops, the author, storage, what happens "
		     "next\n", "not asserted:");
}

/* The stamps that do not speak for the message. */
static void
print_others(const struct verification *found)
{
	bool decided = false;
	size_t i;

	for (i = 0; i < found->count; i++) {
		if (!decided &&
		    found->stamps[i].result == found->finding.result) {
			decided = true;
			continue;
		}
		(void)printf("stamp %zu from the top: ", i + 1);
		print_result(&found->stamps[i]);
		(void)putchar('\n');
	}
	if (found->more)
		(void)printf("further stamps were not looked at: %d are the "
			     "limit\n", VERIFY_STAMPS);
}

void
stampreport_words(const struct verification *found,
    const struct stampreport_question *question)
{
	const struct verify_finding *finding = &found->finding;
	bool passes = finding->result == VERIFY_PASS;

	print_result(finding);
	(void)printf(": %s\n", passes ? "received over TLS" : finding->detail);
	if (passes)
		stampreport_stamp(found, question->recipient);
	if (passes && finding->testing)
		(void)printf("note: the key is in testing (t=y)\n");
	if (question->trusted_count == 0 && found->count > 0)
		(void)printf("note: a stamp of any domain is taken, since "
			     "there is no --trust and no configured domain\n");
	print_others(found);
}

/* Values of tags are ASCII without blanks; only two of them need care. */
static void
print_json_text(struct slice text)
{
	size_t i;

	(void)putchar('"');
	for (i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (ascii_is_blank(c))
			continue; /* a fold */
		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < ' ' || c > '~')
			(void)printf("\\u%04x", (unsigned char)c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

static void
print_json_finding(const struct verify_finding *finding)
{
	(void)printf("\"result\":\"%s\"", verify_result_name(finding->result));
	if (finding->reason != VERIFY_REASON_NONE)
		(void)printf(",\"reason\":\"%s\"",
		    verify_reason_name(finding->reason));
	if (finding->detail != NULL)
		(void)printf(",\"detail\":\"%s\"", finding->detail);
}

static void
print_json_stamp(const struct verification *found)
{
	const char *comma = "";
	size_t i;

	(void)printf(",\"id\":\"%s\",\"testing\":%s,\"tags\":{", found->id,
	    found->finding.testing ? "true" : "false");
	for (i = 0; i < LENGTH(known_tags); i++) {
		const struct tag *tag =
		    taglist_find(&found->tags, known_tags[i]);

		if (tag == NULL)
			continue;
		(void)printf("%s\"%s\":", comma, known_tags[i]);
		print_json_text(tag->value);
		comma = ",";
	}
	(void)putchar('}');
}

void
stampreport_json(const struct verification *found,
    const struct stampreport_question *question)
{
	size_t i;

	(void)putchar('{');
	print_json_finding(&found->finding);
	if (found->finding.result == VERIFY_PASS)
		print_json_stamp(found);
	(void)printf(",\"trusted\":[");
	for (i = 0; i < question->trusted_count; i++) {
		(void)printf("%s", i == 0 ? "" : ",");
		print_json_text(domain_slice(&question->trusted[i]));
	}
	(void)printf("],\"stamps\":[");
	for (i = 0; i < found->count; i++) {
		(void)printf("%s{", i == 0 ? "" : ",");
		print_json_finding(&found->stamps[i]);
		(void)putchar('}');
	}
	(void)printf("],\"more\":%s}\n", found->more ? "true" : "false");
}
