#include "milter/stamp/verify.h"

#include <string.h>

#include "milter/stamp/check.h"

const char *
verify_result_name(enum verify_result result)
{
	switch (result) {
	case VERIFY_PASS:
		return "pass";
	case VERIFY_FAIL:
		return "fail";
	case VERIFY_NONE:
		return "none";
	case VERIFY_TEMPERROR:
		return "temperror";
	case VERIFY_PERMERROR:
		return "permerror";
	case VERIFY_FOREIGN:
		return "foreign";
	}
	return "";
}

const char *
verify_reason_name(enum verify_reason reason)
{
	switch (reason) {
	case VERIFY_REASON_NONE:
		return "";
	case VERIFY_SIGNATURE:
		return "signature";
	case VERIFY_BODY:
		return "body";
	case VERIFY_RECIPIENT:
		return "recipient";
	case VERIFY_FUTURE:
		return "future";
	case VERIFY_DNS:
		return "dns";
	case VERIFY_SYNTAX:
		return "syntax";
	case VERIFY_VERSION:
		return "version";
	case VERIFY_NO_KEY:
		return "no key";
	case VERIFY_REVOKED:
		return "revoked";
	case VERIFY_KEY_WINDOW:
		return "key window";
	case VERIFY_ALGORITHM:
		return "algorithm";
	}
	return "";
}

/* Which of several results speaks for the message: the lowest rank. */
static unsigned
rank(enum verify_result result)
{
	switch (result) {
	case VERIFY_PASS:
		return 0;
	case VERIFY_TEMPERROR: /* may be a pass tomorrow */
		return 1;
	case VERIFY_FAIL:
		return 2;
	case VERIFY_PERMERROR:
		return 3;
	case VERIFY_FOREIGN:
		return 4;
	case VERIFY_NONE:
		break;
	}
	return 5;
}

static enum status
keep_pass(const struct check *check, struct verification *out)
{
	out->stamp = check->stamp;
	out->tags = check->tags;
	return stamp_id_of(check->stamp.signature, check->stamp.signature_len,
	    out->id);
}

/* From the top, until one passes. */
static enum status
check_stamps(struct check *check, struct verification *out)
{
	size_t i;

	for (i = 0; i < check->header.count; i++) {
		struct verify_finding finding;

		if (!slice_is_nocase(check->header.fields[i].name,
			STAMP_FIELD_NAME))
			continue;
		if (out->count == VERIFY_STAMPS) {
			out->more = true;
			return STATUS_OK;
		}
		finding = check_stamp(check, i);
		if (check->status != STATUS_OK)
			return check->status;
		out->stamps[out->count++] = finding;
		if (rank(finding.result) < rank(out->finding.result))
			out->finding = finding;
		if (finding.result == VERIFY_PASS)
			return keep_pass(check, out);
	}
	return STATUS_OK;
}

static enum status
tell_fault(enum status status, struct fault *fault)
{
	if (status == STATUS_NOMEM)
		return fault_set(fault, status, "no memory for the message");
	return fault_set(fault, status, "OpenSSL gives no SHA-256");
}

enum status
verify_message(const struct verify_query *query, struct verification *out,
    struct fault *fault)
{
	struct check check;
	enum status status;

	memset(out, 0, sizeof(*out));
	out->finding.result = VERIFY_NONE;
	out->finding.detail = "the message has no stamp";
	status = check_init(&check, query);
	if (status == STATUS_OK)
		status = check_stamps(&check, out);
	check_clear(&check);
	if (status == STATUS_LIMIT) {
		out->finding.result = VERIFY_PERMERROR;
		out->finding.reason = VERIFY_SYNTAX;
		out->finding.detail =
		    "the header is too large, or has too many fields";
		status = STATUS_OK;
	}
	return status == STATUS_OK ? STATUS_OK : tell_fault(status, fault);
}
