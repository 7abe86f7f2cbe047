#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "milter/ledger/bundle.h"
#include "milter/ledger/merkle.h"
#include "milter/ledger/checkpoint.h"

enum { LEAVES = 70 };

static struct sha256 *digest;

static int
setup(void **state)
{
	(void)state;
	return sha256_new(&digest) == STATUS_OK ? 0 : 1;
}

static int
teardown(void **state)
{
	(void)state;
	sha256_free(&digest);
	return 0;
}

static void
hex_of(const struct hash *hash, char out[2 * NOTARY_HASH + 1])
{
	unsigned i;

	for (i = 0; i < NOTARY_HASH; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", hash->octet[i]);
}

/* The tree of the Certificate Transparency test data: eight known leaves. */
static void
test_known_roots(void **state)
{
	static const struct {
		const char *leaf;
		size_t len;
		const char *root;
	} rows[] = {
	    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c"
		    "78901d3fb33738768511a30617afa01d"},
	    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9d"
			"baf70ad9e621f4bd8d98662f00e3c125"},
	    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264"
			"db0fa9b51af5e0ba159158f329e06e77"},
	    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398f"
			    "a2a2cf9b4ff0fdfe8b30cd95209614b7"},
	    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3"
			    "bca12c9aefca1612bfce4c13a86264d4"},
	    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f"
				    "98dfb16fbce75277b5232a127f2087ef"},
	    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c"
		"8c"},
	    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e"
	     "\x6f", 16,
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff46043"
		"28"},
	};
	struct merkle tree;
	struct hash leaf, root;
	char got[2 * NOTARY_HASH + 1];
	size_t i;

	(void)state;
	merkle_init(&tree);
	assert_int_equal(merkle_root(&tree, digest, &root), STATUS_OK);
	hex_of(&root, got);
	assert_string_equal(got, "e3b0c44298fc1c149afbf4c8996fb924"
				 "27ae41e4649b934ca495991b7852b855");
	for (i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(merkle_leaf(digest,
		    slice_make(rows[i].leaf, rows[i].len), &leaf), STATUS_OK);
		assert_int_equal(
		    merkle_append(&tree, digest, &leaf, NULL, NULL),
		    STATUS_OK);
		assert_int_equal(
		    merkle_root(&tree, digest, &root), STATUS_OK);
		hex_of(&root, got);
		if (strcmp(got, rows[i].root) != 0)
			fail_msg("root of %zu: got %s, want %s", i + 1, got,
			    rows[i].root);
	}
}

static void
leaves_make(struct hash leaves[LEAVES])
{
	char line[32];
	int i;

	for (i = 0; i < LEAVES; i++) {
		(void)snprintf(line, sizeof(line), "leaf %d", i);
		assert_int_equal(
		    merkle_leaf(digest, slice_of(line), &leaves[i]),
		    STATUS_OK);
	}
}

/* PATH and MTH by the letter of RFC 6962, 2.1.1. */
static void
mth(const struct hash *leaves, size_t count, struct hash *out)
{
	struct hash right;
	size_t split;

	if (count == 1) {
		*out = leaves[0];
		return;
	}
	split = (size_t)merkle_split(count);
	mth(leaves, split, out);
	mth(leaves + split, count - split, &right);
	assert_int_equal(merkle_node(digest, out, &right, out), STATUS_OK);
}

static size_t
path_of(const struct hash *leaves, size_t index, size_t count,
    struct hash *out)
{
	size_t split, used;

	if (count == 1)
		return 0;
	split = (size_t)merkle_split(count);
	if (index < split) {
		used = path_of(leaves, index, split, out);
		mth(leaves + split, count - split, &out[used]);
	} else {
		used = path_of(
		    leaves + split, index - split, count - split, out);
		mth(leaves, split, &out[used]);
	}
	return used + 1;
}

static void
test_inclusion(void **state)
{
	struct hash leaves[LEAVES], path[MERKLE_HEIGHT], root;
	size_t size, index, count;

	(void)state;
	leaves_make(leaves);
	for (size = 1; size <= LEAVES; size++) {
		mth(leaves, size, &root);
		for (index = 0; index < size; index++) {
			count = path_of(leaves, index, size, path);
			if (!merkle_included(digest, &leaves[index], index,
				size, path, count, &root))
				fail_msg("%zu of %zu", index, size);
			/* Not another leaf, place, size or path. */
			assert_false(merkle_included(digest, &root, index,
			    size, path, count, &root) && size > 1);
			assert_false(merkle_included(digest, &leaves[index],
			    size, size, path, count, &root));
			assert_false(count > 0 && merkle_included(digest,
			    &leaves[index], index, size, path, count - 1,
			    &root));
			path[count] = root;
			assert_false(merkle_included(digest, &leaves[index],
			    index, size, path, count + 1, &root));
		}
	}
}

static void
test_save_and_load(void **state)
{
	unsigned char saved[MERKLE_PEAKS_MAX];
	struct hash leaves[LEAVES], want, got;
	struct merkle tree, back;
	size_t i, len;

	(void)state;
	leaves_make(leaves);
	merkle_init(&tree);
	for (i = 0; i < LEAVES; i++) {
		len = merkle_save(&tree, saved);
		assert_true(merkle_load(&back, tree.size,
		    slice_make((const char *)saved, len)));
		assert_int_equal(merkle_root(&tree, digest, &want), STATUS_OK);
		assert_int_equal(merkle_root(&back, digest, &got), STATUS_OK);
		assert_true(hash_equal(&want, &got));
		assert_false(merkle_load(&back, tree.size,
		    slice_make((const char *)saved, len + 1)));
		assert_false(len > 0 && merkle_load(&back, tree.size,
		    slice_make((const char *)saved, len - 1)));
		assert_int_equal(merkle_append(
		    &tree, digest, &leaves[i], NULL, NULL), STATUS_OK);
	}
	assert_false(merkle_load(&back, UINT64_MAX,
	    slice_make((const char *)saved, sizeof(saved))));
}

static void
test_base64(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool good;
	} rows[] = {
	    {"", 0, true}, {"Zg==", 1, true}, {"Zm8=", 2, true},
	    {"Zm9v", 3, true}, {"Zm9v", 2, false}, {"Zm9", 2, false},
	    {"Zh==", 1, false}, /* bits left over are not zero */
	    {"Zg=a", 1, false}, {"Z===", 1, false}, {"Zm9\n", 3, false},
	    {"Zm_v", 3, false},
	};
	unsigned char data[8];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		if (note_base64_read(slice_of(rows[i].text), data,
			rows[i].len) != rows[i].good)
			fail_msg("\"%s\" as %zu octets", rows[i].text,
			    rows[i].len);
	}
}

/* The key of the example in C2SP's signed-note.md. */
static void
test_vkey(void **state)
{
	static const char good[] =
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10"
	    "TW";
	static const char *const bad[] = {
	    "", "x", "PeterNeumann+c74f20a3",
	    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10"
	    "TW",
	    "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10"
	    "TW",
	    "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	struct vkey vkey;
	struct fault fault;
	char storage[NOTE_VKEY_MAX];
	struct buf back;
	size_t i;

	(void)state;
	assert_int_equal(
	    vkey_parse(digest, slice_of(good), &vkey, &fault), STATUS_OK);
	buf_init_fixed(&back, storage, sizeof(storage));
	vkey_put(&back, &vkey);
	assert_string_equal(buf_text(&back), good);
	for (i = 0; i < LENGTH(bad); i++) {
		if (vkey_parse(digest, slice_of(bad[i]), &vkey, &fault) !=
		    STATUS_SYNTAX)
			fail_msg("taken for a key: %s", bad[i]);
	}
}

static void
test_checkpoint(void **state)
{
	struct checkpoint want = {.origin = "mx.example.org/hopseal",
	    .size = 1204};
	struct checkpoint got;
	struct notary_key *key = NULL;
	struct vkey vkey;
	struct fault fault;
	struct buf note;
	size_t i;

	(void)state;
	assert_int_equal(notary_key_make(&key), STATUS_OK);
	assert_int_equal(vkey_make(digest, want.origin,
	    notary_key_public(key), &vkey), STATUS_OK);
	memset(want.root.octet, 7, NOTARY_HASH);
	buf_init(&note, NOTE_MAX);
	assert_int_equal(
	    checkpoint_sign(&want, &vkey, key, &note), STATUS_OK);
	assert_int_equal(
	    checkpoint_open(buf_slice(&note), &vkey, &got, &fault),
	    STATUS_OK);
	assert_int_equal(got.size, want.size);
	assert_true(hash_equal(&got.root, &want.root));
	/* No octet may be another one, and none may be missing. */
	for (i = 0; i + 1 < note.len; i++) {
		note.data[i] = (char)(note.data[i] ^ 1);
		if (checkpoint_open(buf_slice(&note), &vkey, &got, &fault) ==
		    STATUS_OK)
			fail_msg("octet %zu can be changed", i);
		note.data[i] = (char)(note.data[i] ^ 1);
		if (checkpoint_open(slice_make(note.data, i), &vkey, &got,
			&fault) == STATUS_OK)
			fail_msg("cut at %zu", i);
	}
	buf_clear(&note);
	notary_key_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_roots),
	    cmocka_unit_test(test_inclusion),
	    cmocka_unit_test(test_save_and_load),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_vkey),
	    cmocka_unit_test(test_checkpoint),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
