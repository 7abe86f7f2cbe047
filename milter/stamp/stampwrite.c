#include "milter/stamp/stampwrite.h"

#include "milter/stamp/base64.h"
#include "milter/stamp/grammar.h"

/* Base64 characters on a line of b=. */
enum { SIGNATURE_LINE = 64 };

static enum status
misfit(const char *what, const char *got, struct fault *fault)
{
	return fault_set(fault, STATUS_SYNTAX,
	    "%s does not fit into a stamp: \"%.100s\"", what,
	    got == NULL ? "" : got);
}

/* In the order in which it is written. */
enum status
stampwrite_check(const struct stamp_facts *facts, struct fault *fault)
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

enum status
stampwrite_facts(const struct stamp_facts *facts,
    enum stamp_algorithm algorithm, const unsigned char salt[BINDING_SALT],
    struct fold *fold)
{
	fold_tag(fold, "v", slice_of("1"));
	fold_tag(fold, "a", slice_of(stamp_algorithm_name(algorithm)));
	fold_tag(fold, "c", slice_of("relaxed/relaxed"));
	fold_tag(fold, "d", slice_of(facts->domain));
	fold_tag(fold, "s", slice_of(facts->selector));
	fold_number(fold, "t", (long long)facts->time);
	fold_tag(fold, "by", slice_of(facts->by));
	if (grammar_is_token(slice_of(facts->queue_id), "-_."))
		fold_tag(fold, "id", slice_of(facts->queue_id));
	put_session(facts, fold);
	return put_envelope(facts, salt, fold);
}

void
stampwrite_hash(const unsigned char body_hash[DIGEST_LEN], struct fold *fold)
{
	fold_break(fold);
	put_base64_tag("bh", body_hash, DIGEST_LEN, fold);
	fold_break(fold);
	fold_begin(fold, slice_of("b="));
}

void
stampwrite_signature(const unsigned char *signature, size_t len,
    struct buf *out)
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
