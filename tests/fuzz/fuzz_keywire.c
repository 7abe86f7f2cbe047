/*
 * fuzz_keywire: any octets as messages to the process that holds the key.
 *
 * Each message is an octet, two octets of its length (the low one first), and
 * so many octets. When the first is FILE_ALONG, the descriptor of a key file
 * goes along. All of it crosses a socket as it does in the daemon; every
 * answer is whole for who asked, and nothing is signed with a key that was
 * not loaded.
 */
#define _GNU_SOURCE /* memfd_create */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/stamp/key.h"
#include "milter/stamp/keyshelf.h"

/* A key costs more than all else; with two there is a second number. */
enum { HEAD = 3, LOADS_MAX = 2, FILE_ALONG = 1, UNWRITTEN = 0xa5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both ends of the socket, and the keys behind one of them. */
struct scene {
	int daemon, holder;
	struct keyshelf *shelf;
	uint32_t loads;
};

static int key_file = -1;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
make_key_file(void)
{
	struct stamp_key *key = NULL;
	struct buf pem;

	buf_init(&pem, STAMP_KEY_PEM_MAX);
	require(stamp_key_generate(STAMP_ED25519, 0, &key, NULL) ==
		STATUS_OK &&
	    stamp_key_pem(key, &pem) == STATUS_OK);
	key_file = memfd_create("key", MFD_CLOEXEC);
	require(key_file >= 0 &&
	    write(key_file, pem.data, pem.len) == (ssize_t)pem.len);
	buf_clear(&pem);
	stamp_key_free(&key);
}

static void
check_answer(const struct scene *scene, const struct keywire_request *request)
{
	struct keywire_answer answer;
	ssize_t got;

	memset(&answer, UNWRITTEN, sizeof(answer));
	got = keywire_receive(scene->daemon, &answer, sizeof(answer), NULL);
	require(keywire_answer_is_valid(&answer, got));
	if (request->kind == KEYWIRE_SIGN && answer.status == STATUS_OK)
		require(answer.len <= STAMP_SIGNATURE_MAX &&
		    request->number >= 1 && request->number <= scene->loads);
	if (request->kind == KEYWIRE_LOAD && answer.status == STATUS_OK)
		require(answer.number == scene->loads);
	if (answer.status != STATUS_OK && request->kind == KEYWIRE_LOAD)
		require(answer.len > 0 && answer.len < FAULT_MAX);
}

static void
serve(struct scene *scene, const struct keywire_request *request, int fd)
{
	struct keywire_answer answer;
	bool is_due;

	memset(&answer, 0, offsetof(struct keywire_answer, text));
	is_due = keyshelf_serve(scene->shelf, request, fd, &answer);
	require(is_due == (request->kind == KEYWIRE_LOAD ||
	    request->kind == KEYWIRE_SIGN));
	if (!is_due)
		return;
	if (request->kind == KEYWIRE_LOAD && answer.status == STATUS_OK) {
		require(fd >= 0);
		scene->loads++;
	}
	require(keywire_send(scene->holder, &answer,
	    keywire_answer_len(&answer), -1));
	check_answer(scene, request);
}

static void
send_one(struct scene *scene, struct slice message, bool has_file)
{
	struct keywire_request request;
	ssize_t got;
	int fd;

	require(!has_file || lseek(key_file, 0, SEEK_SET) == 0);
	require(keywire_send(scene->daemon, message.at, message.len,
	    has_file ? key_file : -1));
	memset(&request, UNWRITTEN, sizeof(request));
	got = keywire_receive(scene->holder, &request, sizeof(request), &fd);
	require((fd >= 0) == has_file || got < 0);
	require((got < 0) == (message.len > sizeof(request)));
	if (keywire_request_is_valid(&request, got)) {
		require(keywire_request_len(&request) <= message.len);
		serve(scene, &request, fd);
	}
	if (fd >= 0)
		(void)close(fd);
}

static void
send_all(struct scene *scene, const uint8_t *data, size_t size)
{
	while (size > HEAD && scene->loads < LOADS_MAX) {
		size_t len = data[1] + 256u * data[2];

		len = len < size - HEAD ? len : size - HEAD;
		if (len > 0)
			send_one(scene,
			    slice_make((const char *)data + HEAD, len),
			    data[0] == FILE_ALONG);
		data += HEAD + len;
		size -= HEAD + len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene scene = {.shelf = NULL};
	int pair[2];

	if (key_file < 0)
		make_key_file();
	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ==
		0 &&
	    keyshelf_new(&scene.shelf) == STATUS_OK);
	scene.daemon = pair[0];
	scene.holder = pair[1];
	send_all(&scene, data, size);
	keyshelf_free(&scene.shelf);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}
