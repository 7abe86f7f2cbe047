#include "milter/ctl/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "milter/ctl/policytext.h"
#include "milter/fleet/editions.h"

/* 2026-11-25 17:30, UTC. */
static void
print_time(uint64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;
	char text[32] = "?";

	if (gmtime_r(&when, &parts) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S",
		    &parts);
	(void)printf("%s", text);
}

static bool
print_note(void *context, struct slice note)
{
	const struct edition_keys *keys = context;
	struct edition edition;
	struct fault fault = {STATUS_OK, ""};

	if (edition_open(note, keys, &edition, &fault) != STATUS_OK) {
		(void)printf("      ?  %s\n", fault.text);
		return true;
	}
	(void)printf("%7" PRIu64 "  ", edition.version);
	print_time(edition.time);
	(void)printf("  %10" PRIu64 "  %-12s  %s\n", edition.size,
	    edition.author, edition.comment);
	return true;
}

int
policy_history(const struct policy_request *request)
{
	struct policy_session session;
	struct fault fault = {STATUS_OK, ""};
	int code = policy_open(request, &session);

	if (code >= 0)
		return code;
	(void)printf("version  pushed (UTC)             octets  author        "
		     "comment\n");
	code = editions_each(session.centre, (unsigned)request->limit,
	    print_note, &session.config->policy_keys, &fault) == STATUS_OK ?
	    EX_OK : policy_complain(&fault);
	policy_close(&session);
	return code;
}

/*
 * The version that the word at index names; else one that is back behind the
 * latest. Fails: NOTFOUND (there is none), SYNTAX.
 */
static enum status
choose(const struct policy_request *request, int index,
    const struct policy_session *session, uint64_t back, uint64_t *out)
{
	struct fault fault = {STATUS_OK, ""};
	enum status status;

	if (index < request->count)
		return policy_version(request->words[index], out) ? STATUS_OK :
		    STATUS_SYNTAX;
	status = editions_latest(session->centre, out, &fault);
	if (status == STATUS_OK && *out <= back)
		status = fault_set(&fault, STATUS_NOTFOUND, "%s", back == 0 ?
		    "no policy was pushed yet" :
		    "there is one version only, and nothing to compare");
	if (status == STATUS_OK)
		*out -= back;
	else
		(void)policy_complain(&fault);
	return status;
}

int
policy_show(const struct policy_request *request)
{
	struct policy_session session;
	struct edition edition;
	struct fault fault = {STATUS_OK, ""};
	struct buf text;
	uint64_t version;
	int code = policy_open(request, &session);

	if (code >= 0)
		return code;
	code = EX_DATAERR;
	buf_init(&text, EDITION_TEXT_MAX);
	if (choose(request, 0, &session, 0, &version) == STATUS_OK) {
		if (policy_fetch(&session, version, &edition, &text, &fault) !=
		    STATUS_OK)
			code = policy_complain(&fault);
		else
			code = fwrite(buf_text(&text), 1, text.len, stdout) ==
				text.len ? EX_OK : EX_IOERR;
	}
	buf_clear(&text);
	policy_close(&session);
	return code;
}

static enum status
read_version(const struct policy_session *session, uint64_t version,
    struct policytext **out, struct fault *fault)
{
	struct edition edition;
	struct buf text;
	enum status status;

	buf_init(&text, EDITION_TEXT_MAX);
	status = policy_fetch(session, version, &edition, &text, fault);
	if (status == STATUS_OK)
		status = policytext_read(buf_slice(&text), out);
	if (status != STATUS_OK && fault->status == STATUS_OK)
		(void)fault_set(fault, status, "version %" PRIu64 " cannot be "
		    "read by this hopseal", version);
	buf_clear(&text);
	return status;
}

static int
print_diff(const struct policy_session *session, uint64_t from, uint64_t to)
{
	struct policytext *old = NULL, *new = NULL;
	struct fault fault = {STATUS_OK, ""};
	struct policytext_changes changes;
	enum status status = read_version(session, from, &old, &fault);
	int code = EX_OK;

	if (status == STATUS_OK)
		status = read_version(session, to, &new, &fault);
	if (status == STATUS_OK) {
		changes = policytext_compare(old, new, stdout);
		(void)printf("version %" PRIu64 " to %" PRIu64 ": %zu added, "
		    "%zu removed, %zu changed\n", from, to, changes.added,
		    changes.removed, changes.changed);
	} else {
		code = policy_complain(&fault);
	}
	policytext_free(&old);
	policytext_free(&new);
	return code;
}

int
policy_diff(const struct policy_request *request)
{
	struct policy_session session;
	uint64_t from, to;
	int code = policy_open(request, &session);

	if (code >= 0)
		return code;
	code = EX_DATAERR;
	if (choose(request, 0, &session, 1, &from) == STATUS_OK &&
	    choose(request, 1, &session, 0, &to) == STATUS_OK)
		code = print_diff(&session, from, to);
	policy_close(&session);
	return code;
}
