#include "milter/stamp/stampread.h"

#include <string.h>

#include "milter/stamp/base64.h"

/* One reader for each kind of tag. It says whether the value is good. */
typedef bool reader(struct slice value, struct stamp *out);

static bool
read_canonicalization(struct slice value, struct stamp *out)
{
	(void)out;
	return slice_is(value, "relaxed/relaxed");
}

static bool
read_domain(struct slice value, struct stamp *out)
{
	return grammar_read_name(value, &out->domain);
}

static bool
read_selector(struct slice value, struct stamp *out)
{
	out->selector = value;
	return grammar_is_name(value);
}

static bool
read_time(struct slice value, struct stamp *out)
{
	return grammar_read_time(value, &out->time);
}

static bool
read_by(struct slice value, struct stamp *out)
{
	out->by = value;
	return grammar_is_name(value) || grammar_is_literal(value);
}

static bool
read_id(struct slice value, struct stamp *out)
{
	out->id = value;
	return grammar_is_token(value, "-_.");
}

static bool
read_tls(struct slice value, struct stamp *out)
{
	out->tls = value;
	return grammar_is_token(value, "-_.");
}

static bool
read_cipher(struct slice value, struct stamp *out)
{
	out->cipher = value;
	return grammar_is_token(value, "-_");
}

static bool
read_bits(struct slice value, struct stamp *out)
{
	unsigned long bits;

	if (value.len > 5 || !slice_number(value, 99999, &bits))
		return false;
	out->bits = (unsigned)bits;
	return true;
}

static bool
read_cert(struct slice value, struct stamp *out)
{
	static const enum cert_state all[] = {CERT_UNKNOWN, CERT_NONE,
	    CERT_FAILED, CERT_TRUSTED};
	size_t i;

	for (i = 0; i < LENGTH(all); i++) {
		if (slice_is(value, cert_state_name(all[i]))) {
			out->cert = all[i];
			return true;
		}
	}
	return false;
}

static bool
read_cn(struct slice value, struct stamp *out)
{
	return grammar_read_quoted(value, out->cn, sizeof(out->cn),
		   &out->cn_len) && out->cn_len > 0;
}

static bool
read_ip(struct slice value, struct stamp *out)
{
	out->ip = value;
	return grammar_is_ip(value);
}

static bool
read_sender(struct slice value, struct stamp *out)
{
	out->sender = value;
	return slice_is(value, "-") || grammar_is_name(value) ||
	    grammar_is_literal(value);
}

static bool
read_rcpt(struct slice value, struct stamp *out)
{
	out->rcpt = value;
	return grammar_is_name(value) || grammar_is_literal(value);
}

static bool
read_salt(struct slice value, struct stamp *out)
{
	return base64_read_exactly(value, out->salt, sizeof(out->salt));
}

static bool
read_code(struct slice value, struct stamp *out)
{
	out->bound = true;
	return base64_read_exactly(value, out->code, sizeof(out->code));
}

static bool
read_mode(struct slice value, struct stamp *out)
{
	static const enum mode all[] = {MODE_FALLBACK_ALLOWED, MODE_PREFER,
	    MODE_REQUIRE};
	size_t i;

	for (i = 0; i < LENGTH(all); i++) {
		if (slice_is(value, mode_name(all[i]))) {
			out->mode = all[i];
			return true;
		}
	}
	return false;
}

static bool
read_requiretls(struct slice value, struct stamp *out)
{
	out->requiretls = true;
	return slice_is(value, "y");
}

static bool
read_next(struct slice value, struct stamp *out)
{
	out->next_require = true;
	return slice_is(value, "require");
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name ), From among them. */
static bool
read_covered(struct slice value, struct stamp *out)
{
	struct slice rest = value, name;
	bool has_from = false;

	out->covered = value;
	do {
		name = slice_trim(slice_cut(&rest, ':'));
		if (!grammar_is_field_name(name))
			return false;
		has_from = has_from || slice_is_nocase(name, "from");
	} while (rest.at != NULL);
	return has_from;
}

static bool
read_body_hash(struct slice value, struct stamp *out)
{
	return base64_read_exactly(value, out->body_hash,
	    sizeof(out->body_hash));
}

static bool
read_signature(struct slice value, struct stamp *out)
{
	return base64_read(value, out->signature, sizeof(out->signature),
		   &out->signature_len) == STATUS_OK &&
	    out->signature_len > 0;
}

static const struct {
	const char *name;
	reader *read;
} readers[] = {
    {"c", read_canonicalization},
    {"d", read_domain},
    {"s", read_selector},
    {"t", read_time},
    {"by", read_by},
    {"id", read_id},
    {"tls", read_tls},
    {"cipher", read_cipher},
    {"bits", read_bits},
    {"cert", read_cert},
    {"cn", read_cn},
    {"ip", read_ip},
    {"sender", read_sender},
    {"rcpt", read_rcpt},
    {"rs", read_salt},
    {"rc", read_code},
    {"mode", read_mode},
    {"requiretls", read_requiretls},
    {"next", read_next},
    {"h", read_covered},
    {"bh", read_body_hash},
    {"b", read_signature},
};

/* v= and a= come first: a stamp of another kind may look otherwise. */
static enum stamp_flaw
read_kind(const struct taglist *tags, struct stamp *out, const char **name)
{
	const struct tag *version = taglist_find(tags, "v");
	const struct tag *algorithm = taglist_find(tags, "a");

	*name = "v";
	if (version == NULL || version != &tags->tags[0])
		return STAMP_FLAW_SYNTAX;
	if (!slice_is(version->value, "1"))
		return STAMP_FLAW_VERSION;
	*name = "a";
	if (algorithm == NULL)
		return STAMP_FLAW_SYNTAX;
	if (slice_is(algorithm->value, stamp_algorithm_name(STAMP_ED25519)))
		out->algorithm = STAMP_ED25519;
	else if (slice_is(algorithm->value, stamp_algorithm_name(STAMP_RSA)))
		out->algorithm = STAMP_RSA;
	else
		return STAMP_FLAW_ALGORITHM;
	return STAMP_FLAW_NONE;
}

static const char *const required[] = {"v", "a", "c", "d", "s", "t", "by",
    "tls", "cipher", "bits", "cert", "sender", "mode", "h", "bh", "b"};

/* Tags that are wanted, or not allowed, because of others. */
static enum stamp_flaw
check_together(const struct taglist *tags, const struct stamp *stamp,
    const char **name)
{
	size_t i;

	for (i = 0; i < LENGTH(required); i++) {
		*name = required[i];
		if (taglist_find(tags, *name) == NULL)
			return STAMP_FLAW_SYNTAX;
	}
	*name = "cn";
	if (stamp->cn_len > 0 && stamp->cert != CERT_TRUSTED)
		return STAMP_FLAW_SYNTAX;
	*name = "rs";
	if ((taglist_find(tags, "rs") != NULL) != stamp->bound)
		return STAMP_FLAW_SYNTAX;
	return STAMP_FLAW_NONE;
}

enum stamp_flaw
stamp_read(const struct taglist *tags, struct stamp *out, const char **name)
{
	enum stamp_flaw flaw;
	size_t i;

	memset(out, 0, sizeof(*out));
	flaw = read_kind(tags, out, name);
	if (flaw != STAMP_FLAW_NONE)
		return flaw;
	for (i = 0; i < LENGTH(readers); i++) {
		const struct tag *tag = taglist_find(tags, readers[i].name);

		*name = readers[i].name;
		if (tag != NULL && !readers[i].read(tag->value, out))
			return STAMP_FLAW_SYNTAX;
	}
	return check_together(tags, out, name);
}
