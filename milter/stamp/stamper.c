#include "milter/stamp/stamper.h"

#include <stdlib.h>
#include <string.h>

#include "milter/stamp/base64.h"
#include "milter/stamp/canon.h"
#include "milter/stamp/coverage.h"

/* Base64 characters on a line of b=. */
enum { SIGNATURE_LINE = 64 };

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

static enum status
misfit(const char *what, const char *got, struct fault *fault)
{
	return fault_set(fault, STATUS_SYNTAX,
	    "%s does not fit into a stamp: \"%.100s\"", what,
	    got == NULL ? "" : got);
}

/* What must be there, in the order in which it is written. */
static enum status
check_facts(const struct stamp_facts *facts, struct fault *fault)
{
	const struct tlsinfo *tls = facts->tls;
	struct slice by = slice_of(facts->by);
	struct slice sender = domain_slice(facts->sender);

	if (!grammar_is_name(slice_of(facts->domain)))
		return misfit("the domain", facts->domain, fault);
	if (!grammar_is_name(slice_of(facts->selector)))
		return misfit("the selector", facts->selector, fault);
	if (facts->time < 0 || facts->time > 999999999999)
		return misfit("the time", "", fault);
	if (!grammar_is_name(by) && !grammar_is_literal(by))
		return misfit("the host name", facts->by, fault);
	if (!grammar_is_token(slice_of(tls->version_text), "-_."))
		return misfit("the protocol", tls->version_text, fault);
	if (!grammar_is_token(slice_of(tls->cipher), "-_"))
		return misfit("the cipher suite", tls->cipher, fault);
	if (!tls->bits_known)
		return misfit("the number of secret bits", "", fault);
	if (facts->sender->kind != DOMAIN_NONE && !grammar_is_name(sender) &&
	    !grammar_is_literal(sender))
		return misfit("the sender's domain", facts->sender->text,
		    fault);
	return STATUS_OK;
}

/* cn=: in pieces of an octet, which may become a line of three. */
static void
put_cn(const struct tlsinfo *tls, struct fold *fold)
{
	struct slice cn = slice_of(tls->cn);
	struct buf piece;
	char storage[16];
	size_t i;

	if (tls->cert != CERT_TRUSTED || cn.len == 0 ||
	    cn.len > GRAMMAR_CN_MAX)
		return;
	buf_init_fixed(&piece, storage, sizeof(storage));
	for (i = 0; i < cn.len; i++) {
		buf_reset(&piece);
		buf_puts(&piece, i == 0 ? "cn=" : "");
		grammar_put_quoted(&piece, cn.at[i]);
		buf_puts(&piece, i + 1 == cn.len ? ";" : "");
		if (i == 0)
			fold_begin(fold, buf_slice(&piece));
		else
			fold_more(fold, buf_slice(&piece));
	}
}

static void
put_session(const struct stamp_facts *facts, struct fold *fold)
{
	const struct tlsinfo *tls = facts->tls;
	char ip[IPADDR_TEXT];

	fold_tag(fold, "tls", slice_of(tls->version_text));
	fold_tag(fold, "cipher", slice_of(tls->cipher));
	fold_number(fold, "bits", (long long)tls->bits);
	fold_tag(fold, "cert", slice_of(cert_state_name(tls->cert)));
	put_cn(tls, fold);
	if (facts->client == NULL)
		return;
	ipaddr_print(facts->client, ip);
	fold_tag(fold, "ip", slice_of(ip));
}

static void
put_base64_tag(const char *name, const unsigned char *data, size_t len,
    struct fold *fold)
{
	char storage[64];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	base64_put(&text, data, len);
	fold_tag(fold, name, buf_slice(&text));
}

/* rs= and rc=; an address that cannot be bound is left out. */
static enum status
put_binding(const char *address, const unsigned char salt[BINDING_SALT],
    struct fold *fold)
{
	unsigned char code[BINDING_CODE];
	enum status status;

	if (address == NULL)
		return STATUS_OK;
	status = binding_code(salt, slice_of(address), code);
	if (status == STATUS_CRYPTO)
		return status;
	if (status == STATUS_OK) {
		put_base64_tag("rs", salt, BINDING_SALT, fold);
		put_base64_tag("rc", code, sizeof(code), fold);
	}
	return STATUS_OK;
}

static enum status
put_envelope(const struct stamp_facts *facts,
    const unsigned char salt[BINDING_SALT], struct fold *fold)
{
	struct slice rcpt = facts->recipient == NULL
	    ? slice_make(NULL, 0) : domain_slice(facts->recipient);
	enum status status;

	fold_tag(fold, "sender", facts->sender->kind == DOMAIN_NONE
	    ? slice_of("-") : domain_slice(facts->sender));
	if (grammar_is_name(rcpt) || grammar_is_literal(rcpt))
		fold_tag(fold, "rcpt", rcpt);
	status = put_binding(facts->address, salt, fold);
	fold_tag(fold, "mode", slice_of(mode_name(facts->mode)));
	if (facts->requiretls)
		fold_tag(fold, "requiretls", slice_of("y"));
	if (facts->next_require)
		fold_tag(fold, "next", slice_of("require"));
	return status;
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
	fold_tag(&fold, "v", slice_of("1"));
	fold_tag(&fold, "a", slice_of(stamp_algorithm_name(algorithm)));
	fold_tag(&fold, "c", slice_of("relaxed/relaxed"));
	fold_tag(&fold, "d", slice_of(facts->domain));
	fold_tag(&fold, "s", slice_of(facts->selector));
	fold_number(&fold, "t", (long long)facts->time);
	fold_tag(&fold, "by", slice_of(facts->by));
	if (grammar_is_token(slice_of(facts->queue_id), "-_."))
		fold_tag(&fold, "id", slice_of(facts->queue_id));
	put_session(facts, &fold);
	status = put_envelope(facts, salt, &fold);
	coverage_put_names(&stamper->coverage, facts->is_sendmail, &fold);
	fold_break(&fold);
	put_base64_tag("bh", body_hash, sizeof(body_hash), &fold);
	fold_break(&fold);
	fold_begin(&fold, slice_of("b="));
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

static void
put_signature(const unsigned char *signature, size_t len, struct buf *out)
{
	char storage[2 * STAMP_SIGNATURE_MAX];
	struct slice rest;
	struct buf text;
	size_t line;

	buf_init_fixed(&text, storage, sizeof(storage));
	base64_put(&text, signature, len);
	rest = buf_slice(&text);
	while (rest.len > 0) {
		line = rest.len < SIGNATURE_LINE ? rest.len : SIGNATURE_LINE;
		buf_put(out, rest.at, line);
		rest.at += line;
		rest.len -= line;
		if (rest.len > 0)
			buf_puts(out, "\n  ");
	}
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
		put_signature(signature, len, &stamper->value);
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
		status = check_facts(facts, fault);
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
