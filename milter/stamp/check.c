#include "milter/stamp/check.h"

#include <string.h>

#include "milter/stamp/canon.h"
#include "milter/stamp/mbox.h"
#include "milter/stamp/stampread.h"
#include "policy/address.h"

enum { SIGNED_MAX = HEADER_MAX + 2 * STAMP_FIELD_MAX };

enum status
check_init(struct check *check, const struct verify_query *query)
{
	enum status status;

	memset(check, 0, sizeof(*check));
	check->query = query;
	buf_init(&check->octets, SIGNED_MAX);
	buf_init(&check->record, KEYRECORD_MAX);
	status = header_read(query->message, &check->header);
	return status == STATUS_OK ? digest_new(&check->digest) : status;
}

void
check_clear(struct check *check)
{
	digest_free(&check->digest);
	buf_clear(&check->octets);
	buf_clear(&check->record);
	header_clear(&check->header);
}

static struct verify_finding
find(enum verify_result result, enum verify_reason reason, const char *detail)
{
	struct verify_finding finding = {result, reason, detail, false};

	return finding;
}

static const struct verify_finding good = {VERIFY_PASS, VERIFY_REASON_NONE,
    NULL, false};

static bool
is_trusted(const struct verify_query *query, const struct domain *domain)
{
	size_t i;

	for (i = 0; i < query->trusted_count; i++)
		if (domain_equal(&query->trusted[i], domain))
			return true;
	return query->trusted_count == 0;
}

/* The stamp by itself: is it one, and of a domain that is asked for? */
static struct verify_finding
check_field(struct check *check, struct slice value)
{
	enum status status = stamp_read_tags(value, &check->tags);
	struct domain domain;
	const char *tag;

	if (status == STATUS_LIMIT)
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "the field is too long, or has too many tags");
	if (status != STATUS_OK)
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "the field is no tag list (RFC 6376, 3.2)");
	if (!stamp_read_domain(&check->tags, &domain))
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "the tag d= holds no domain name");
	if (!is_trusted(check->query, &domain))
		return find(VERIFY_FOREIGN, VERIFY_REASON_NONE,
		    "the stamp is of another domain than those trusted");
	switch (stamp_read(&check->tags, &check->stamp, &tag)) {
	case STAMP_FLAW_NONE:
		break;
	case STAMP_FLAW_SYNTAX:
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "a tag is missing, or its value is not what it must be");
	case STAMP_FLAW_VERSION:
		return find(VERIFY_PERMERROR, VERIFY_VERSION,
		    "the stamp is of a version that is not known here");
	case STAMP_FLAW_ALGORITHM:
		return find(VERIFY_PERMERROR, VERIFY_ALGORITHM,
		    "the stamp is signed with an algorithm that is not known "
		    "here");
	}
	return good;
}

static struct verify_finding
fetch_record(struct check *check)
{
	char storage[KEYRECORD_NAME_MAX + 1];
	struct buf name;
	enum status status;

	buf_init_fixed(&name, storage, sizeof(storage));
	buf_put_slice(&name, check->stamp.selector);
	buf_puts(&name, "." KEYRECORD_LABEL ".");
	buf_put_slice(&name, domain_slice(&check->stamp.domain));
	if (buf_status(&name) != STATUS_OK || name.len > DOMAIN_MAX)
		return find(VERIFY_PERMERROR, VERIFY_NO_KEY,
		    "the name of the key is too long to exist");
	buf_reset(&check->record);
	status = check->query->lookup(check->query->context, storage,
	    &check->record);
	if (status == STATUS_OK)
		status = buf_status(&check->record);
	if (status == STATUS_NOMEM)
		check->status = status;
	if (status == STATUS_OK)
		return good;
	if (status == STATUS_NOTFOUND)
		return find(VERIFY_PERMERROR, VERIFY_NO_KEY,
		    "there is no key record for it");
	if (status == STATUS_LIMIT)
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "the key record is too long");
	return find(VERIFY_TEMPERROR, VERIFY_DNS,
	    "DNS did not answer; try again later");
}

/* What the record says, against what the stamp says. */
static struct verify_finding
check_record(struct check *check)
{
	switch (keyrecord_read(buf_slice(&check->record), &check->key)) {
	case KEYRECORD_FLAW_NONE:
		break;
	case KEYRECORD_FLAW_SYNTAX:
		return find(VERIFY_PERMERROR, VERIFY_SYNTAX,
		    "the key record cannot be read");
	case KEYRECORD_FLAW_VERSION:
		return find(VERIFY_PERMERROR, VERIFY_VERSION,
		    "the key record is of a version that is not known here");
	case KEYRECORD_FLAW_ALGORITHM:
		return find(VERIFY_PERMERROR, VERIFY_ALGORITHM,
		    "the key is of a type that is not known here");
	case KEYRECORD_FLAW_REVOKED:
		return find(VERIFY_PERMERROR, VERIFY_REVOKED,
		    "the key has been revoked");
	}
	if (check->key.algorithm != check->stamp.algorithm)
		return find(VERIFY_PERMERROR, VERIFY_ALGORITHM,
		    "the stamp and its key are of different algorithms");
	if (check->stamp.time < check->key.not_before ||
	    check->stamp.time > check->key.not_after)
		return find(VERIFY_PERMERROR, VERIFY_KEY_WINDOW,
		    "the time of the stamp lies outside the life of its key");
	return good;
}

enum status
verify_put_signed(struct header *header, size_t index,
    const struct taglist *tags, struct slice covered, struct buf *out)
{
	const struct header_field *own = &header->fields[index], *field;
	char storage[STAMP_FIELD_MAX + 1];
	struct buf bare;
	struct slice name;

	header_begin_taking(header, index);
	while (stamp_covered_next(&covered, &name)) {
		field = header_take_last(header, name);
		if (field != NULL)
			canon_field(field->name, field->value, out);
	}
	buf_init_fixed(&bare, storage, sizeof(storage));
	stamp_put_unsigned(own->value, tags, &bare);
	canon_last_field(own->name, buf_slice(&bare), out);
	if (buf_status(&bare) != STATUS_OK)
		return buf_status(&bare);
	return buf_status(out);
}

/* What the stamp at index was made over. */
static enum status
signed_digest(struct check *check, size_t index,
    unsigned char digest[DIGEST_LEN])
{
	enum status status;

	buf_reset(&check->octets);
	status = verify_put_signed(&check->header, index, &check->tags,
	    check->stamp.covered, &check->octets);
	digest_begin(check->digest);
	digest_put(check->digest, check->octets.data, check->octets.len);
	return status != STATUS_OK ? status
				   : digest_end(check->digest, digest);
}

static struct verify_finding
check_signature(struct check *check, size_t index)
{
	unsigned char digest[DIGEST_LEN];
	struct publickey *key;
	enum status status;
	bool verifies;

	status = publickey_read(check->key.algorithm, check->key.octets,
	    check->key.len, &key);
	if (status == STATUS_SYNTAX)
		return find(VERIFY_PERMERROR, VERIFY_ALGORITHM,
		    "the key record holds no key of its type and of allowed "
		    "size");
	check->status = status;
	if (status != STATUS_OK)
		return good;
	check->status = signed_digest(check, index, digest);
	verifies = check->status == STATUS_OK &&
	    publickey_verifies(key, digest, check->stamp.signature,
		check->stamp.signature_len);
	publickey_free(&key);
	if (check->status != STATUS_OK)
		return good;
	if (!verifies)
		return find(VERIFY_FAIL, VERIFY_SIGNATURE,
		    "the signature does not match: the header or the stamp is "
		    "not as it was stamped");
	if (header_hides_text(&check->header))
		return find(VERIFY_FAIL, VERIFY_SIGNATURE,
		    "a field that is not signed holds a bare CR or a NUL, "
		    "where mail clients may see another field (RFC 5322, 2.2)");
	return good;
}

static void
take_body(void *context, const void *data, size_t len)
{
	digest_put(context, data, len);
}

/* Hash the body once, however many stamps there are. */
static enum status
hash_body(struct check *check)
{
	struct canon_body canon;

	if (check->has_body_hash)
		return STATUS_OK;
	digest_begin(check->digest);
	canon_body_init(&canon, take_body, check->digest);
	if (check->query->unquote_from)
		mbox_put_unquoted(check->header.body, &canon);
	else
		canon_body_put(&canon, check->header.body.at,
		    check->header.body.len);
	canon_body_end(&canon);
	check->has_body_hash = true;
	return digest_end(check->digest, check->body_hash);
}

static struct verify_finding
check_recipient(const struct check *check)
{
	unsigned char code[BINDING_CODE];
	struct slice address = address_of_path(check->query->recipient);

	if (check->query->recipient.at == NULL)
		return good;
	if (!check->stamp.bound)
		return find(VERIFY_FAIL, VERIFY_RECIPIENT,
		    "the stamp is not bound to one recipient");
	if (binding_code(check->stamp.salt, address, code) != STATUS_OK ||
	    memcmp(code, check->stamp.code, sizeof(code)) != 0)
		return find(VERIFY_FAIL, VERIFY_RECIPIENT,
		    "the stamp is bound to another recipient");
	return good;
}

/* What a signature that holds says of body, recipient and time. */
static struct verify_finding
check_assertions(struct check *check)
{
	check->status = hash_body(check);
	if (check->status != STATUS_OK)
		return good;
	if (memcmp(check->body_hash, check->stamp.body_hash, DIGEST_LEN) != 0)
		return find(VERIFY_FAIL, VERIFY_BODY,
		    "the body is not as it was stamped");
	if (check->stamp.time > check->query->now &&
	    check->stamp.time - check->query->now > VERIFY_CLOCK_SKEW)
		return find(VERIFY_FAIL, VERIFY_FUTURE,
		    "the time of the stamp has not come yet");
	return check_recipient(check);
}

struct verify_finding
check_stamp(struct check *check, size_t index)
{
	struct verify_finding finding =
	    check_field(check, check->header.fields[index].value);

	if (finding.result == VERIFY_PASS)
		finding = fetch_record(check);
	if (finding.result == VERIFY_PASS)
		finding = check_record(check);
	if (finding.result == VERIFY_PASS)
		finding = check_signature(check, index);
	if (finding.result == VERIFY_PASS && check->status == STATUS_OK)
		finding = check_assertions(check);
	if (finding.result == VERIFY_PASS)
		finding.testing = check->key.testing;
	return finding;
}
