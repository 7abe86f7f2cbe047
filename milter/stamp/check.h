/*
 * check: one stamp of a stored message, from its tags to its body.
 *
 *	check_init -> check_stamp ... -> check_clear
 *
 * Known to verify.c, which chooses among the stamps. Threads: one owner.
 * Source: STAMP.md, "hopseal verify"; RFC 6376, 6.1.
 */
#ifndef HOPSEAL_STAMP_CHECK_H
#define HOPSEAL_STAMP_CHECK_H

#include "milter/stamp/digest.h"
#include "milter/stamp/keyrecord.h"
#include "milter/stamp/verify.h"

struct check {
	const struct verify_query *query;
	struct header header;
	struct digest *digest;
	struct buf octets; /* what a signature covers */
	struct buf record; /* a key's */
	bool has_body_hash;
	unsigned char body_hash[DIGEST_LEN];
	enum status status; /* a failure of ours: there is no result */
	struct taglist tags;
	struct stamp stamp;
	struct keyrecord key;
};

/*
 * Take the message apart. Borrows query. Pair: check_clear, also after a
 * failure. Fails: NOMEM, CRYPTO, LIMIT (the header).
 */
enum status check_init(struct check *check,
    const struct verify_query *query) MUST_CHECK;
void check_clear(struct check *check);

/*
 * Check the field at index. When check->status is not STATUS_OK after it,
 * there is no finding.
 */
struct verify_finding check_stamp(struct check *check, size_t index);

#endif
