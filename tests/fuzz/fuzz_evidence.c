/*
 * fuzz_evidence: any octets as a verifier key, a checkpoint and a proof
 * bundle.
 *
 * The input is a key and, behind the first empty line, a note or bundle.
 * What no key of ours signed must not be taken: the fixed key below signed
 * nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ledger/bundle.h"
#include "milter/ledger/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The text behind the first empty line; all of it when there is none. */
static struct slice
split(struct slice text, struct slice *key)
{
	size_t i;

	for (i = 0; i + 1 < text.len; i++)
		if (text.at[i] == '\n' && text.at[i + 1] == '\n') {
			*key = slice_make(text.at, i);
			return slice_make(text.at + i + 2, text.len - i - 2);
		}
	*key = text;
	return text;
}

static void
check_key(struct slice text)
{
	struct sha256 *digest = NULL;
	struct vkey key;
	struct fault fault = {STATUS_OK, ""};
	struct buf again;

	if (sha256_new(&digest) != STATUS_OK)
		return;
	buf_init(&again, 4096);
	if (vkey_parse(digest, text, &key, &fault) == STATUS_OK) {
		vkey_put(&again, &key);
		require(buf_status(&again) == STATUS_OK);
	} else {
		require(fault.text[0] != '\0');
	}
	buf_clear(&again);
	sha256_free(&digest);
}

static void
check_bundle(struct slice text, struct slice key)
{
	struct checkpoint checkpoint;
	struct slice line = {NULL, 0};
	struct fault fault = {STATUS_OK, ""};

	if (bundle_check(text, key, &line, &checkpoint, &fault) != STATUS_OK) {
		require(fault.text[0] != '\0');
		return;
	}
	require(line.at >= text.at && line.at + line.len <=
	    text.at + text.len && checkpoint.size > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size), key, rest;

	rest = split(text, &key);
	check_key(key);
	check_bundle(rest, key);
	return 0;
}
