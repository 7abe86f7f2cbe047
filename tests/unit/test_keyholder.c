#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "milter/stamp/keyholder.h"
#include "milter/stamp/keyrecord.h"
#include "milter/stamp/keyshelf.h"
#include "milter/system/privileges.h"
#include "tests/unit/check.h"
#include "tests/unit/vectors.h"
#include "tests/unit/workspace.h"

enum { THREADS = 8, ROUNDS = 200 };

static const char *const names[] = {"ed25519.pem", "rsa2048.pem"};

/* Copy tests/vectors/keys/NAME to k, with that mode. */
static void
put_key(const char *name, mode_t mode)
{
	char path[64];
	struct buf pem;

	(void)snprintf(path, sizeof(path), "keys/%s", name);
	vector_read(path, &pem);
	workspace_write("k", buf_text(&pem));
	assert_int_equal(chmod("k", mode), 0);
	buf_clear(&pem);
}

static struct keyholder *
start(void)
{
	struct keyholder *holder = NULL;
	struct fault fault = {STATUS_OK, ""};

	check_number("start", keyholder_start(&holder, &fault), STATUS_OK);
	assert_non_null(holder);
	return holder;
}

/* As hopseald does; the user counts for root only. */
static void
confine_holder(struct keyholder *holder)
{
	struct fault fault = {STATUS_OK, ""};
	struct log *log;

	assert_int_equal(log_open(LOG_SINK_STDERR, LOG_LEVEL_ERROR, &log),
	    STATUS_OK);
	check_number("confine", keyholder_confine(holder, "nobody", log,
	    &fault), STATUS_OK);
	check_text("confine", fault.text, "");
	log_close(&log);
}

static struct stamp_key *
read_good(struct keyholder *holder, const char *name)
{
	struct fault fault = {STATUS_OK, ""};
	struct stamp_key *key = NULL;

	put_key(name, 0600);
	check_number(name, keyholder_read_key(holder, "k", &key, &fault),
	    STATUS_OK);
	check_text(name, fault.text, "");
	assert_non_null(key);
	return key;
}

/* Sign through the key, and check with its public half. */
static bool
signs(const struct stamp_key *key, unsigned char seed)
{
	unsigned char signature[STAMP_SIGNATURE_MAX], digest[DIGEST_LEN];
	struct publickey *public = NULL;
	struct keyrecord record;
	struct buf text;
	size_t len;
	bool good;

	memset(digest, seed, sizeof(digest));
	buf_init(&text, KEYRECORD_MAX);
	good = stamp_key_record(key, &text) == STATUS_OK &&
	    keyrecord_read(buf_slice(&text), &record) ==
		KEYRECORD_FLAW_NONE &&
	    publickey_read(record.algorithm, record.octets, record.len,
		&public) == STATUS_OK &&
	    stamp_key_sign(key, digest, signature, &len) == STATUS_OK &&
	    publickey_verifies(public, digest, signature, len);
	publickey_free(&public);
	buf_clear(&text);
	return good;
}

/* Before it is confined and after, with keys of both kinds. */
static void
signs_for_us(void **state)
{
	struct keyholder *holder = start();
	struct stamp_key *early = read_good(holder, names[0]), *key;
	struct buf pem;
	size_t i;

	(void)state;
	buf_init(&pem, STAMP_KEY_PEM_MAX);
	check_number("early", signs(early, 1), true);
	confine_holder(holder);
	check_number("confined", signs(early, 2), true);
	for (i = 0; i < LENGTH(names); i++) {
		key = read_good(holder, names[i]);
		check_number(names[i], stamp_key_algorithm(key),
		    i == 0 ? STAMP_ED25519 : STAMP_RSA);
		check_number(names[i], signs(key, 3), true);
		check_number("private half", stamp_key_pem(key, &pem),
		    STATUS_CRYPTO);
		stamp_key_free(&key);
		check_number("the other", signs(early, 4), true);
	}
	check_number("nothing of it", (long)pem.len, 0);
	stamp_key_free(&early);
	keyholder_stop(&holder);
	assert_null(holder);
	keyholder_stop(&holder);
}

/* The sentences are those of the file's reader and of the key's. */
static void
refuses_bad_keys(void **state)
{
	static const struct {
		const char *name, *key;
		mode_t mode;
		enum status want;
		const char *words;
	} rows[] = {
	    {"damaged", "damaged.pem", 0600, STATUS_SYNTAX, "damaged"},
	    {"public", "public.pem", 0600, STATUS_SYNTAX, "public key"},
	    {"RSA too short", "rsa1024.pem", 0600, STATUS_SYNTAX, "1024"},
	    {"for others", "ed25519.pem", 0604, STATUS_DENIED, "chmod 600 k"},
	    {"group writes", "ed25519.pem", 0660, STATUS_DENIED, "chmod 640"},
	};
	struct keyholder *holder = start();
	struct stamp_key *key = NULL;
	struct fault fault;
	size_t i;

	(void)state;
	confine_holder(holder);
	for (i = 0; i < LENGTH(rows); i++) {
		put_key(rows[i].key, rows[i].mode);
		fault.text[0] = '\0';
		check_number(rows[i].name, keyholder_read_key(holder, "k",
		    &key, &fault), rows[i].want);
		check_number(rows[i].name, slice_holds(slice_of(fault.text),
		    rows[i].words), true);
		assert_null(key);
	}
	(void)unlink("k");
	check_number("none", keyholder_read_key(holder, "k", &key, &fault),
	    STATUS_NOTFOUND);
	key = read_good(holder, names[0]);
	check_number("goes on", signs(key, 1), true);
	stamp_key_free(&key);
	keyholder_stop(&holder);
}

/* As many as there are places for; one that is freed makes room. */
static void
bounds_its_keys(void **state)
{
	static struct stamp_key *keys[KEYSHELF_KEYS_MAX];
	struct keyholder *holder = start();
	struct stamp_key *more = NULL;
	struct fault fault = {STATUS_OK, ""};
	size_t i;

	(void)state;
	confine_holder(holder);
	for (i = 0; i < LENGTH(keys); i++)
		keys[i] = read_good(holder, names[0]);
	check_number("one more", keyholder_read_key(holder, "k", &more,
	    &fault), STATUS_LIMIT);
	check_number("one more", slice_holds(slice_of(fault.text),
	    "reload again"), true);
	stamp_key_free(&keys[7]);
	keys[7] = read_good(holder, names[1]);
	check_number("in its place", signs(keys[7], 1), true);
	for (i = 0; i < LENGTH(keys); i++)
		stamp_key_free(&keys[i]);
	keyholder_stop(&holder);
}

static void *
sign_often(void *context)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		if (!signs(context, (unsigned char)i))
			return context;
	return NULL;
}

/* Each gets the answer to its own question. */
static void
serves_threads(void **state)
{
	struct keyholder *holder = start();
	struct stamp_key *keys[LENGTH(names)];
	pthread_t threads[THREADS];
	void *wrong;
	size_t i;

	(void)state;
	confine_holder(holder);
	for (i = 0; i < LENGTH(names); i++)
		keys[i] = read_good(holder, names[i]);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_often,
		    keys[i % LENGTH(names)]), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		check_number("thread", wrong == NULL, true);
	}
	for (i = 0; i < LENGTH(names); i++)
		stamp_key_free(&keys[i]);
	keyholder_stop(&holder);
}

/* Our only child; WNOWAIT leaves it to keyholder_has_ended. */
static pid_t
wait_for_end(void)
{
	siginfo_t info;

	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	return info.si_pid;
}

static pid_t
only_child(void)
{
	FILE *file = fopen("/proc/thread-self/children", "r");
	char line[32];

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	(void)fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}

static void
tells_of_its_end(void **state)
{
	struct keyholder *holder = start();
	struct stamp_key *key = read_good(holder, names[0]), *next = NULL;
	unsigned char signature[STAMP_SIGNATURE_MAX], digest[DIGEST_LEN] = "";
	struct fault fault = {STATUS_OK, ""};
	pid_t child = only_child();
	size_t len;

	(void)state;
	confine_holder(holder);
	/* What ends the daemon is for the daemon to hear. */
	assert_int_equal(kill(child, SIGTERM), 0);
	check_number("SIGTERM", signs(key, 1), true);
	check_number("lives", keyholder_has_ended(holder, &fault), false);
	assert_int_equal(kill(child, SIGKILL), 0);
	check_number("child", wait_for_end(), child);
	check_number("sign", stamp_key_sign(key, digest, signature, &len),
	    STATUS_IO);
	check_number("read", keyholder_read_key(holder, "k", &next, &fault),
	    STATUS_IO);
	check_text("read", fault.text,
	    "the process that holds the key does not answer");
	check_number("ended", keyholder_has_ended(holder, &fault), true);
	check_text("ended", fault.text,
	    "the process that holds the key was ended by signal 9");
	stamp_key_free(&key);
	keyholder_stop(&holder);
}

/* A user that it cannot become. */
static void
refuses_users(void **state)
{
	struct keyholder *holder;
	struct fault fault = {STATUS_OK, ""};

	(void)state;
	if (!privileges_are_root())
		skip();
	holder = start();
	check_number("unknown", keyholder_confine(holder, "no-such-user",
	    NULL, &fault), STATUS_NOTFOUND);
	check_number("unknown", slice_holds(slice_of(fault.text), "adduser"),
	    true);
	check_number("root", keyholder_confine(holder, "root", NULL, &fault),
	    STATUS_DENIED);
	keyholder_stop(&holder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(signs_for_us),
	    check_unit_test(refuses_bad_keys),
	    check_unit_test(bounds_its_keys),
	    check_unit_test(serves_threads),
	    check_unit_test(tells_of_its_end),
	    check_unit_test(refuses_users),
	};

	return cmocka_run_group_tests(tests, workspace_enter, workspace_leave);
}
