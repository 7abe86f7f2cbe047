#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "milter/config/snapshot.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"
#include "tests/unit/workspace.h"

/* The key of tests/vectors/stamp, which signs nothing else. */
static const char ed25519_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

#define STAMP \
	"\nstamp { domain = a.example selector = s key = k }\n"

static struct keyholder *keys;

static void
append(void *context, const char *sentence)
{
	buf_puts(context, sentence);
	buf_putc(context, '\n');
}

static struct snapshot *
read_text(const char *text, struct buf *said)
{
	const struct snapshot_source source = {"c", keys, append, said};
	struct snapshot *snapshot = NULL;

	buf_init(said, 64 * 1024);
	workspace_write("c", text);
	if (snapshot_read(&source, &snapshot) != STATUS_OK)
		assert_null(snapshot);
	return snapshot;
}

static struct snapshot *
read_good(const char *text)
{
	struct buf said;
	struct snapshot *snapshot = read_text(text, &said);

	check_text(text, buf_text(&said), "");
	assert_non_null(snapshot);
	buf_clear(&said);
	return snapshot;
}

static void
reads_without_a_key(void **state)
{
	struct snapshot *snapshot = read_good("user = mail\n");

	(void)state;
	check_text("user", snapshot_config(snapshot)->user, "mail");
	check_number("key", snapshot_key(snapshot) == NULL, 1);
	snapshot_release(&snapshot);
	assert_null(snapshot);
	snapshot_release(&snapshot);
}

static void
reads_the_key(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	workspace_write("k", ed25519_pem);
	snapshot = read_good(STAMP);
	assert_non_null(snapshot_key(snapshot));
	check_number("algorithm", stamp_key_algorithm(snapshot_key(snapshot)),
	    STAMP_ED25519);
	snapshot_release(&snapshot);
}

/* Every refusal names the option with file and line, and the key's file. */
static void
refuses_bad_keys(void **state)
{
	static const struct {
		const char *name, *pem; /* NULL: no file */
		mode_t mode;
	} rows[] = {
	    {"no file", NULL, 0},
	    {"no key", "a.example c\n", 0600},
	    {"empty", "", 0600},
	    {"for others", ed25519_pem, 0604},
	};
	static const char want[] = "c:2: option key in stamp: ";
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		struct snapshot *snapshot;
		struct buf said;

		(void)unlink("k");
		if (rows[i].pem != NULL) {
			workspace_write("k", rows[i].pem);
			assert_int_equal(chmod("k", rows[i].mode), 0);
		}
		snapshot = read_text(STAMP, &said);
		check_number(rows[i].name, snapshot == NULL, 1);
		check_slice(rows[i].name, slice_make(buf_text(&said),
		    said.len < sizeof(want) - 1 ? said.len : sizeof(want) - 1),
		    want);
		check_number(rows[i].name,
		    slice_holds(slice_make(buf_text(&said) + sizeof(want) - 1,
			said.len < sizeof(want) ? 0 :
			said.len - sizeof(want) + 1), "k"), 1);
		snapshot_release(&snapshot);
		buf_clear(&said);
	}
}

static void
reports_configuration_errors(void **state)
{
	struct buf said;
	struct snapshot *snapshot = read_text("log = x\nuser = none\n", &said);

	(void)state;
	assert_null(snapshot);
	check_text("both", buf_text(&said),
	    "c:1: option log: \"x\" is not allowed; allowed: syslog, stderr, "
	    "journal\n"
	    "c:2: option user: \"none\" is not allowed: this cannot be turned "
	    "off\n");
	buf_clear(&said);
}

/* A message keeps what it began with; the next one sees the new. */
static void
swaps(void **state)
{
	struct snapshot_slot *slot = NULL;
	struct snapshot *old, *new;

	(void)state;
	assert_int_equal(snapshot_slot_new(read_good("user = one\n"), &slot),
	    STATUS_OK);
	old = snapshot_slot_acquire(slot);
	snapshot_slot_swap(slot, read_good("user = two\n"));
	new = snapshot_slot_acquire(slot);
	check_text("old", snapshot_config(old)->user, "one");
	check_text("new", snapshot_config(new)->user, "two");
	snapshot_slot_free(&slot);
	assert_null(slot);
	check_text("new, slot gone", snapshot_config(new)->user, "two");
	snapshot_release(&old);
	snapshot_release(&new);
}

enum { ROUNDS = 20000, THREADS = 4, SWAPS = 50 };

static void *
hold_and_look(void *context)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct snapshot *held = snapshot_slot_acquire(context);
		struct snapshot *again = snapshot_acquire(held);

		if (strcmp(snapshot_config(held)->user, "mail") != 0)
			return context;
		snapshot_release(&held);
		snapshot_release(&again);
	}
	return NULL;
}

static void
is_shared_by_threads(void **state)
{
	struct snapshot_slot *slot = NULL;
	pthread_t threads[THREADS];
	void *wrong;
	int i;

	(void)state;
	assert_int_equal(snapshot_slot_new(read_good("user = mail\n"), &slot),
	    STATUS_OK);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    hold_and_look, slot), 0);
	for (i = 0; i < SWAPS; i++)
		snapshot_slot_swap(slot, read_good("user = mail\n"));
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	snapshot_slot_free(&slot);
}

static int
enter(void **state)
{
	return keyholder_start(&keys, NULL) != STATUS_OK ||
	    workspace_enter(state) != 0;
}

static int
leave(void **state)
{
	keyholder_stop(&keys);
	return workspace_leave(state);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(reads_without_a_key),
	    check_unit_test(reads_the_key),
	    check_unit_test(refuses_bad_keys),
	    check_unit_test(reports_configuration_errors),
	    check_unit_test(swaps),
	    check_unit_test(is_shared_by_threads),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
