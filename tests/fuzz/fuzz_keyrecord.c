/*
 * fuzz_keyrecord: any octets as a key record, a key file, a DNS answer and
 * a PEM file.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/ctl/dnskey.h"
#include "milter/stamp/keyrecord.h"
#include "milter/stamp/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_record(struct slice text)
{
	struct publickey *public;
	struct keyrecord key;

	if (keyrecord_read(text, &key) != KEYRECORD_FLAW_NONE)
		return;
	require(key.len <= sizeof(key.octets) && key.not_before >= 0);
	if (publickey_read(key.algorithm, key.octets, key.len, &public) ==
	    STATUS_OK)
		publickey_free(&public);
}

static void
check_file(struct slice text)
{
	struct slice record;

	if (keyring_find(text, slice_of("a.example"), &record) &&
	    record.len > 0)
		require(record.at >= text.at &&
		    record.at + record.len <= text.at + text.len);
}

static void
check_answer(const uint8_t *data, size_t size)
{
	struct buf record;

	buf_init(&record, KEYRECORD_MAX);
	if (dnskey_parse(data, size, &record) == STATUS_OK)
		require(record.len <= KEYRECORD_MAX);
	buf_clear(&record);
}

static void
check_pem(struct slice text)
{
	struct stamp_key *key;
	struct fault fault;

	if (stamp_key_read(text, "input", &key, &fault) == STATUS_OK)
		stamp_key_free(&key);
	else
		require(fault.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);

	check_record(text);
	check_file(text);
	check_answer(data, size);
	check_pem(text);
	return 0;
}
