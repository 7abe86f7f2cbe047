#include "milter/stamp/stamper.h"

#include <stdlib.h>
#include <string.h>

#include "milter/stamp/canon.h"
#include "milter/stamp/coverage.h"

struct stamper {
	struct coverage coverage;
	struct canon_body body;
	struct digest *body_digest;
	struct digest *header_digest;
	struct buf value;     /* the stamp */
	struct buf canonical; /* the same as it is signed */
};

static void
take_body(void *context, const void *data, size_t len)
{
	digest_put(context, data, len);
}

enum status
stamper_new(struct stamper **out, struct fault *fault)
{
	struct stamper *stamper = calloc(1, sizeof(*stamper));
	enum status status;

	if (stamper == NULL)
		return fault_set(fault, STATUS_NOMEM,
		    "no memory for a stamper");
	coverage_init(&stamper->coverage);
	buf_init(&stamper->value, STAMP_FIELD_MAX);
	buf_init(&stamper->canonical, 2 * STAMP_FIELD_MAX);
	status = digest_new(&stamper->body_digest);
	if (status == STATUS_OK)
		status = digest_new(&stamper->header_digest);
	if (status != STATUS_OK) {
		stamper_free(&stamper);
		return fault_set(fault, status,
		    "OpenSSL gives no SHA-256; see its configuration file");
	}
	stamper_reset(stamper);
	*out = stamper;
	return STATUS_OK;
}

void
stamper_free(struct stamper **stamper)
{
	struct stamper *held = *stamper;

	if (held == NULL)
		return;
	coverage_clear(&held->coverage);
	digest_free(&held->body_digest);
	digest_free(&held->header_digest);
	buf_clear(&held->value);
	buf_clear(&held->canonical);
	free(held);
	*stamper = NULL;
}

void
stamper_reset(struct stamper *stamper)
{
	coverage_reset(&stamper->coverage);
	digest_begin(stamper->body_digest);
	canon_body_init(&stamper->body, take_body, stamper->body_digest);
}

void
stamper_header(struct stamper *stamper, struct slice name,
    struct slice value)
{
	coverage_add(&stamper->coverage, name, value);
}

void
stamper_body(struct stamper *stamper, const void *data, size_t len)
{
	canon_body_put(&stamper->body, data, len);
}

/* All tags up to `b=`, whose value is not known yet. */
static enum status
compose(struct stamper *stamper, enum stamp_algorithm algorithm,
    const struct stamp_facts *facts, const unsigned char salt[BINDING_SALT])
{
	unsigned char body_hash[DIGEST_LEN];
	struct fold fold;
	enum status status;

	canon_body_end(&stamper->body);
	status = digest_end(stamper->body_digest, body_hash);
	if (status != STATUS_OK)
		return status;
	buf_reset(&stamper->value);
	fold_init(&fold, &stamper->value, strlen(STAMP_FIELD_NAME ": "));
	status = stampwrite_facts(facts, algorithm, salt, &fold);
	coverage_put_names(&stamper->coverage, facts->is_sendmail, &fold);
	stampwrite_hash(body_hash, &fold);
	return status;
}

/* The SHA-256 that is signed: RFC 6376, 3.7. */
static enum status
digest_header(struct stamper *stamper, bool is_sendmail,
    unsigned char out[DIGEST_LEN])
{
	struct buf *canonical = &stamper->canonical;

	buf_reset(canonical);
	canon_last_field(slice_of(STAMP_FIELD_NAME),
	    buf_slice(&stamper->value), canonical);
	if (buf_status(canonical) != STATUS_OK)
		return buf_status(canonical);
	digest_begin(stamper->header_digest);
	coverage_put_octets(&stamper->coverage, is_sendmail,
	    stamper->header_digest);
	digest_put(stamper->header_digest, canonical->data, canonical->len);
	return digest_end(stamper->header_digest, out);
}

/* Sign what compose() wrote, and append the signature. */
static enum status
sign(struct stamper *stamper, const struct stamp_key *key, bool is_sendmail,
    char id[STAMP_ID_LEN + 1])
{
	unsigned char signature[STAMP_SIGNATURE_MAX];
	unsigned char digest[DIGEST_LEN];
	enum status status;
	size_t len;

	status = digest_header(stamper, is_sendmail, digest);
	if (status == STATUS_OK)
		status = stamp_key_sign(key, digest, signature, &len);
	if (status == STATUS_OK)
		status = stamp_id_of(signature, len, id);
	if (status == STATUS_OK)
		stampwrite_signature(signature, len, &stamper->value);
	return status;
}

static enum status
tell_fault(enum status status, struct fault *fault)
{
	if (status == STATUS_LIMIT)
		return fault_set(fault, status, "the stamp would pass %d "
		    "octets: too many fields to sign, or too long names",
		    STAMP_FIELD_MAX);
	if (status == STATUS_NOMEM)
		return fault_set(fault, status, "no memory for a stamp");
	if (status == STATUS_IO)
		return fault_set(fault, status,
		    "the process that holds the key does not sign");
	return fault_set(fault, status, "OpenSSL could not sign");
}

enum status
stamper_sign(struct stamper *stamper, const struct stamp_key *key,
    const struct stamp_facts *facts, const unsigned char random16[16],
    struct slice *value, char id[STAMP_ID_LEN + 1], struct fault *fault)
{
	enum status status = coverage_check(&stamper->coverage,
	    facts->is_sendmail, fault);

	if (status == STATUS_OK)
		status = stampwrite_check(facts, fault);
	if (status != STATUS_OK)
		return status;
	status = compose(stamper, stamp_key_algorithm(key), facts, random16);
	if (status == STATUS_OK)
		status = buf_status(&stamper->value);
	if (status == STATUS_OK)
		status = sign(stamper, key, facts->is_sendmail, id);
	if (status == STATUS_OK)
		status = buf_status(&stamper->value);
	if (status == STATUS_OK &&
	    stamp_field_size(buf_slice(&stamper->value)) > STAMP_FIELD_MAX)
		status = STATUS_LIMIT;
	if (status != STATUS_OK)
		return tell_fault(status, fault);
	*value = buf_slice(&stamper->value);
	return STATUS_OK;
}
