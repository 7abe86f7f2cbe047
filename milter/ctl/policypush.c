#include "milter/ctl/policy.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/config/fleetpolicy.h"
#include "milter/ctl/policyfile.h"
#include "milter/ctl/policytext.h"
#include "milter/fleet/editions.h"
#include "milter/system/clock.h"
#include "milter/system/input.h"
#include "policy/base/utf8.h"

/* PostgreSQL takes no other text. */
static enum status
check_utf8(struct slice text, const char *file, struct fault *fault)
{
	unsigned line = 1;

	while (text.len > 0) {
		size_t len = utf8_length(text);

		if (len == 0)
			return fault_set(fault, STATUS_SYNTAX, "%s:%u: this is "
			    "no UTF-8; save the file as such", file, line);
		line += text.at[0] == '\n';
		text = slice_make(text.at + len, text.len - len);
	}
	return STATUS_OK;
}

/* Fails: SYNTAX, after a complaint about each line; IO, LIMIT, NOMEM. */
static enum status
read_policy(const char *file, struct buf *text, struct fault *fault)
{
	enum status status = input_read(file, text, fault);

	if (status == STATUS_OK)
		status = check_utf8(buf_slice(text), file, fault);
	if (status == STATUS_OK &&
	    fleetpolicy_check(buf_slice(text), file, policyfile_complain,
		NULL) != STATUS_OK)
		status = fault_set(fault, STATUS_SYNTAX, "%s is refused, and "
		    "nothing was pushed", file);
	return status;
}

int
policy_check(const struct policy_request *request)
{
	struct fault fault = {STATUS_OK, ""};
	struct buf text;
	enum status status;

	buf_init(&text, EDITION_TEXT_MAX);
	status = read_policy(request->words[0], &text, &fault);
	buf_clear(&text);
	if (status != STATUS_OK)
		return policy_complain(&fault);
	(void)printf("%s: no errors\n", request->words[0]);
	return EX_OK;
}

static const char *
login_name(void)
{
	const struct passwd *account;
	const char *name = getlogin();

	if (name != NULL)
		return name;
	account = getpwuid(getuid());
	return account == NULL ? "unknown" : account->pw_name;
}

static enum status
set_words(const char *author, const char *comment, struct edition *out,
    struct fault *fault)
{
	if (!edition_words_are_good(slice_of(author), EDITION_AUTHOR_MAX))
		return fault_set(fault, STATUS_SYNTAX, "--author is one line "
		    "of at most %d octets of UTF-8", EDITION_AUTHOR_MAX);
	if (!edition_words_are_good(slice_of(comment), EDITION_COMMENT_MAX))
		return fault_set(fault, STATUS_SYNTAX, "--comment is one line "
		    "of at most %d octets of UTF-8 and is needed: why is the "
		    "policy changed?", EDITION_COMMENT_MAX);
	(void)snprintf(out->author, sizeof(out->author), "%s", author);
	(void)snprintf(out->comment, sizeof(out->comment), "%s", comment);
	return STATUS_OK;
}

/* N added, N removed, N changed; of the first version all is new. */
static enum status
compare_with(const struct policy_session *session, uint64_t base,
    struct slice text, struct policytext_changes *out, struct fault *fault)
{
	struct policytext *old = NULL, *new = NULL;
	struct edition before;
	struct buf held;
	enum status status = STATUS_OK;

	buf_init(&held, EDITION_TEXT_MAX);
	if (base > 0)
		status = policy_fetch(session, base, &before, &held, fault);
	/* What cannot be believed is no reason not to replace it. */
	if (status == STATUS_CRYPTO || status == STATUS_SYNTAX) {
		(void)fprintf(stderr, "hopseal: %s\n", fault->text);
		buf_reset(&held);
		status = STATUS_OK;
	}
	if (status == STATUS_OK)
		status = policytext_read(buf_slice(&held), &old);
	if (status == STATUS_OK)
		status = policytext_read(text, &new);
	if (status == STATUS_OK)
		*out = policytext_compare(old, new, NULL);
	policytext_free(&old);
	policytext_free(&new);
	buf_clear(&held);
	return status;
}

/* The rules of a text, as far as they were given to the centre. */
struct giving {
	struct policytext *text;
	size_t at;
};

static enum status
give_rules(void *context, struct cells *out)
{
	struct giving *giving = context;
	struct policytext_entry entry;
	const char **row;

	while (cells_have_room(out) &&
	    policytext_at(giving->text, giving->at, &entry)) {
		row = cells_add(out);
		if (row == NULL)
			return STATUS_NOMEM;
		row[0] = cells_copy(out, entry.kind);
		row[1] = cells_copy(out, entry.name);
		row[2] = cells_copy(out, entry.value);
		if (row[0] == NULL || row[1] == NULL || row[2] == NULL)
			return STATUS_NOMEM;
		giving->at++;
	}
	return STATUS_OK;
}

static enum status
push_signed(const struct policy_session *session,
    const struct edition *edition, struct slice note, struct slice text,
    struct fault *fault)
{
	struct giving giving = {NULL, 0};
	const struct editions_new new = {edition, note, text, give_rules,
	    &giving};
	enum status status = policytext_read(text, &giving.text);

	if (status != STATUS_OK)
		return fault_set(fault, status, "no memory for the policy");
	status = editions_push(session->centre, &new, fault);
	policytext_free(&giving.text);
	return status;
}

/* Sign text as the version behind base, and push it. */
static enum status
sign_and_push(const struct policy_request *request,
    const struct policy_session *session, struct edition *edition,
    struct slice text, struct fault *fault)
{
	struct policy_signer signer;
	struct buf note;
	enum status status = policy_signer_read(request->key_file,
	    session->config, &signer, fault);

	buf_init(&note, EDITION_NOTE_MAX);
	edition->time = (uint64_t)clock_wall_ms() / 1000;
	if (status == STATUS_OK)
		status = edition_measure(edition, text, fault);
	if (status == STATUS_OK)
		status = edition_sign(edition, signer.vkey, signer.key, &note,
		    fault);
	if (status == STATUS_OK)
		status = push_signed(session, edition, buf_slice(&note), text,
		    fault);
	notary_key_free(&signer.key);
	buf_clear(&note);
	return status;
}

static enum status
check_base(const struct policy_request *request, uint64_t latest,
    struct fault *fault)
{
	if (request->base == 0 || request->base == latest)
		return STATUS_OK;
	return fault_set(fault, STATUS_EXISTS, "version %" PRIu64 " is the "
	    "latest, not %lu; look at it with hopseal policy diff %lu, and "
	    "push again", latest, request->base, request->base);
}

/* The version behind the latest is pushed: the edition has its words. */
static enum status
push_next(const struct policy_request *request,
    const struct policy_session *session, struct edition *edition,
    struct slice text, struct fault *fault)
{
	struct policytext_changes changes = {0, 0, 0};
	uint64_t latest = 0;
	enum status status = editions_latest(session->centre, &latest, fault);

	if (status == STATUS_OK)
		status = check_base(request, latest, fault);
	edition->version = latest + 1;
	if (status == STATUS_OK)
		status = compare_with(session, latest, text, &changes, fault);
	if (status == STATUS_OK)
		status = sign_and_push(request, session, edition, text, fault);
	if (status == STATUS_OK)
		(void)printf("version %" PRIu64 ": %zu added, %zu removed, "
		    "%zu changed\n", edition->version, changes.added,
		    changes.removed, changes.changed);
	return status;
}

int
policy_push(const struct policy_request *request)
{
	struct policy_session session;
	struct edition edition = {.version = 0};
	struct fault fault = {STATUS_OK, ""};
	struct buf text;
	enum status status;
	int code;

	buf_init(&text, EDITION_TEXT_MAX);
	status = set_words(request->author == NULL ? login_name() :
	    request->author, request->comment == NULL ? "" : request->comment,
	    &edition, &fault);
	if (status == STATUS_OK)
		status = read_policy(request->words[0], &text, &fault);
	if (status != STATUS_OK) {
		buf_clear(&text);
		return policy_complain(&fault);
	}
	code = policy_open(request, &session);
	if (code < 0) {
		status = push_next(request, &session, &edition,
		    buf_slice(&text), &fault);
		code = status == STATUS_OK ? EX_OK : policy_complain(&fault);
		policy_close(&session);
	}
	buf_clear(&text);
	return code;
}

/* Read an old version, check it as if it were new, and push it. */
static enum status
push_again(const struct policy_request *request,
    const struct policy_session *session, uint64_t version,
    struct buf *text, struct fault *fault)
{
	struct edition edition = {.version = 0}, old;
	char comment[64];
	enum status status = policy_fetch(session, version, &old, text, fault);

	(void)snprintf(comment, sizeof(comment), "rollback to version %"
	    PRIu64, version);
	if (status == STATUS_OK)
		status = set_words(request->author == NULL ? login_name() :
		    request->author, request->comment == NULL ? comment :
		    request->comment, &edition, fault);
	if (status == STATUS_OK &&
	    fleetpolicy_check(buf_slice(text), "the old policy",
		policyfile_complain, NULL) != STATUS_OK)
		status = fault_set(fault, STATUS_SYNTAX, "version %" PRIu64
		    " is refused by this hopseal", version);
	if (status == STATUS_OK)
		status = push_next(request, session, &edition,
		    buf_slice(text), fault);
	return status;
}

int
policy_rollback(const struct policy_request *request)
{
	struct policy_session session;
	struct fault fault = {STATUS_OK, ""};
	struct buf text;
	uint64_t version;
	int code;

	if (!policy_version(request->words[0], &version))
		return EX_USAGE;
	code = policy_open(request, &session);
	if (code >= 0)
		return code;
	buf_init(&text, EDITION_TEXT_MAX);
	code = push_again(request, &session, version, &text, &fault) ==
	    STATUS_OK ? EX_OK : policy_complain(&fault);
	buf_clear(&text);
	policy_close(&session);
	return code;
}
