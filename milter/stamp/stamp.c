#include "milter/stamp/stamp.h"

#include <string.h>

#include <openssl/evp.h>

size_t
stamp_field_size(struct slice value)
{
	size_t size = strlen(STAMP_FIELD_NAME ":") + value.len + 2, i;

	if (value.len == 0 || !ascii_is_blank(value.at[0]))
		size++;
	for (i = 0; i < value.len; i++)
		if (value.at[i] == '\n' &&
		    (i == 0 || value.at[i - 1] != '\r'))
			size++;
	return size;
}

enum status
stamp_read_tags(struct slice value, struct taglist *out)
{
	if (stamp_field_size(value) > STAMP_FIELD_MAX)
		return STATUS_LIMIT;
	return taglist_read(value, out);
}

bool
stamp_read_domain(const struct taglist *tags, struct domain *out)
{
	const struct tag *tag = taglist_find(tags, "d");

	return tag != NULL && grammar_read_name(tag->value, out);
}

/* encoded-word = "=?" charset "?" encoding "?" encoded-text "?=" */
static bool
may_hold_encoded_word(struct slice value)
{
	return slice_holds(value, "=?") && slice_holds(value, "?=");
}

bool
stamp_claims_ours(struct slice value, struct slice ours)
{
	struct taglist tags;
	struct domain domain;

	if (stamp_read_tags(value, &tags) != STATUS_OK ||
	    !stamp_read_domain(&tags, &domain) || may_hold_encoded_word(value))
		return true;
	return domain_is_below(domain_slice(&domain), ours, true);
}

bool
stamp_covered_next(struct slice *rest, struct slice *name)
{
	if (rest->at == NULL)
		return false;
	*name = slice_trim(slice_cut(rest, ':'));
	return true;
}

void
stamp_put_unsigned(struct slice value, const struct taglist *tags,
    struct buf *out)
{
	const struct tag *b = taglist_find(tags, "b");
	const char *end = value.at + value.len;

	if (b == NULL) {
		buf_put_slice(out, value);
		return;
	}
	buf_put(out, value.at, (size_t)(b->raw.at - value.at));
	buf_put(out, b->raw.at + b->raw.len,
	    (size_t)(end - (b->raw.at + b->raw.len)));
}

enum status
stamp_id_of(const unsigned char *signature, size_t len,
    char id[STAMP_ID_LEN + 1])
{
	unsigned char digest[DIGEST_LEN];
	struct buf text;
	size_t i;

	if (EVP_Digest(signature, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return STATUS_CRYPTO;
	buf_init_fixed(&text, id, STAMP_ID_LEN + 1);
	for (i = 0; i < STAMP_ID_LEN / 2; i++)
		buf_printf(&text, "%02x", digest[i]);
	return buf_status(&text);
}
