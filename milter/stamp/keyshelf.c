#include "milter/stamp/keyshelf.h"

#include <stdlib.h>
#include <string.h>

#include "milter/stamp/key.h"
#include "milter/system/secretfile.h"

struct held {
	uint32_t number; /* 0: the place is free */
	struct stamp_key *key;
};

struct keyshelf {
	uint32_t last_number;
	struct held held[KEYSHELF_KEYS_MAX];
};

static struct held *
find(struct keyshelf *shelf, uint32_t number)
{
	size_t i;

	for (i = 0; i < LENGTH(shelf->held); i++)
		if (shelf->held[i].number == number)
			return &shelf->held[i];
	return NULL;
}

enum status
keyshelf_new(struct keyshelf **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
keyshelf_free(struct keyshelf **shelf)
{
	size_t i;

	if (*shelf == NULL)
		return;
	for (i = 0; i < LENGTH((*shelf)->held); i++)
		stamp_key_free(&(*shelf)->held[i].key);
	free(*shelf);
	*shelf = NULL;
}

static enum status
read_key(int fd, const char *name, struct stamp_key **out,
    struct fault *fault)
{
	struct secret secret = {NULL, 0};
	enum status status = secret_take(fd, name, &secret, fault);

	if (status != STATUS_OK)
		return status;
	status = stamp_key_read(slice_make(secret.data, secret.len), name,
	    out, fault);
	secret_clear(&secret);
	if (status == STATUS_OK)
		status = stamp_key_selftest(*out, fault);
	return status;
}

/* Answer with the key's record. */
static enum status
say_record(const struct stamp_key *key, struct keywire_answer *answer,
    struct fault *fault)
{
	enum status status;
	struct buf record;

	buf_init(&record, sizeof(answer->text) - 1);
	status = stamp_key_record(key, &record);
	if (status == STATUS_OK)
		keywire_say(answer, STATUS_OK, buf_text(&record));
	else
		status = fault_set(fault, status, "no record of the key");
	buf_clear(&record);
	return status;
}

static void
load(struct keyshelf *shelf, const char *name, int fd,
    struct keywire_answer *answer)
{
	struct held *place = find(shelf, 0);
	struct stamp_key *key = NULL;
	struct fault fault = {STATUS_OK, ""};
	enum status status;

	if (place == NULL)
		status = fault_set(&fault, STATUS_LIMIT, "%d keys are still "
		    "in use by messages that began before the last reloads; "
		    "reload again when they have ended", KEYSHELF_KEYS_MAX);
	else
		status = read_key(fd, name, &key, &fault);
	if (status == STATUS_OK)
		status = say_record(key, answer, &fault);
	if (status != STATUS_OK) {
		stamp_key_free(&key);
		keywire_say(answer, status, fault.text);
		return;
	}
	place->key = key;
	place->number = answer->number = ++shelf->last_number;
}

static void
sign(struct keyshelf *shelf, const struct keywire_request *request,
    struct keywire_answer *answer)
{
	const struct held *held = find(shelf, request->number);
	size_t len = 0;

	answer->status = STATUS_NOTFOUND;
	if (held != NULL && held->key != NULL)
		answer->status = stamp_key_sign(held->key, request->digest,
		    (unsigned char *)answer->text, &len);
	answer->len = answer->status == STATUS_OK ? (uint32_t)len : 0;
}

static void
drop(struct keyshelf *shelf, uint32_t number)
{
	struct held *held = find(shelf, number);

	if (held == NULL || held->key == NULL)
		return;
	stamp_key_free(&held->key);
	held->number = 0;
}

bool
keyshelf_serve(struct keyshelf *shelf, const struct keywire_request *request,
    int fd, struct keywire_answer *answer)
{
	switch (request->kind) {
	case KEYWIRE_LOAD:
		load(shelf, request->name, fd, answer);
		return true;
	case KEYWIRE_SIGN:
		sign(shelf, request, answer);
		return true;
	case KEYWIRE_DROP:
		drop(shelf, request->number);
		return false;
	case KEYWIRE_CONFINE:
		break;
	}
	return false;
}
