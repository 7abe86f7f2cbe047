/*
 * stamp: one Delivered-Securely field: what it may say, and the field itself.
 *
 * stampread.h makes a struct stamp of the tags, stamper.h writes a field.
 *
 * Plain value; its slices borrow from the field's value. Threads: no state.
 * Limits: STAMP_FIELD_MAX octets for the field. Source: STAMP.md, "Shape".
 */
#ifndef HOPSEAL_STAMP_STAMP_H
#define HOPSEAL_STAMP_STAMP_H

#include "milter/stamp/binding.h"
#include "milter/stamp/digest.h"
#include "milter/stamp/grammar.h"
#include "milter/stamp/key.h"
#include "milter/stamp/taglist.h"
#include "policy/rule.h"

enum {
	STAMP_FIELD_MAX = 4096, /* a whole field, name and CRLFs included */
	STAMP_ID_LEN = 32	/* hex digits */
};

#define STAMP_FIELD_NAME "Delivered-Securely"

struct stamp {
	enum stamp_algorithm algorithm;
	struct domain domain;  /* d= */
	struct slice selector; /* s= */
	int64_t time;	       /* t= */
	struct slice by;
	struct slice id; /* empty: none; so below */
	struct slice tls;
	struct slice cipher;
	unsigned bits;
	enum cert_state cert;
	char cn[GRAMMAR_CN_MAX]; /* any octets */
	size_t cn_len;
	struct slice ip;
	struct slice sender; /* "-" for <> */
	struct slice rcpt;
	bool bound; /* rs= and rc= are there */
	unsigned char salt[BINDING_SALT];
	unsigned char code[BINDING_CODE];
	enum mode mode;
	bool requiretls;
	bool next_require;
	struct slice covered; /* h=: take it apart with stamp_covered_next */
	unsigned char body_hash[DIGEST_LEN];
	unsigned char signature[STAMP_SIGNATURE_MAX];
	size_t signature_len;
};

/*
 * Octets of the whole field with this value, as they go over the wire: with
 * name, colon, one space where the value has none, and each LF as CRLF.
 */
size_t stamp_field_size(struct slice value);

/*
 * Read the tags of a field's value. Fails: SYNTAX (no tag list), LIMIT (the
 * field is over STAMP_FIELD_MAX, or has too many tags).
 */
enum status stamp_read_tags(struct slice value,
    struct taglist *out) MUST_CHECK;

/* d= of the tags, normalized. Returns false when it is no domain name. */
bool stamp_read_domain(const struct taglist *tags, struct domain *out);

/* The next field name of h=; *rest begins as stamp->covered. */
bool stamp_covered_next(struct slice *rest, struct slice *name);

/* The octets of a field's value without the value of its b= tag. */
void stamp_put_unsigned(struct slice value, const struct taglist *tags,
    struct buf *out);

/* The stamp id: hex of the SHA-256 of the signature. Fails: CRYPTO. */
enum status stamp_id_of(const unsigned char *signature, size_t len,
    char id[STAMP_ID_LEN + 1]) MUST_CHECK;

/*
 * Must a field Delivered-Securely with this value be stripped, as one that
 * claims to be ours or cannot be parsed? ours is d= of our stamps
 * (normalized). One that holds an encoded word (RFC 2047) cannot: whoever
 * decodes before parsing, as Sieve does, may read our d= in it. Source:
 * STAMP.md, "In the filter" and "Rulings".
 */
bool stamp_claims_ours(struct slice value, struct slice ours);

#endif
