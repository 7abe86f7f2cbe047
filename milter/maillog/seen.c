#include "milter/maillog/seen.h"

#include <stdlib.h>
#include <string.h>

#include "milter/ledger/custody.h"
#include "milter/maillog/logclock.h"
#include "milter/maillog/loghash.h"
#include "milter/maillog/mailevent.h"

enum { FIRST_ROOM = 4096 };

#define SPARE_MS INT64_C(86400000)

struct seen {
	const char *ledger;
	int64_t since; /* what is covered; INT64_MAX: nothing */
	uint64_t *keys; /* open addressing; 0: free */
	size_t count, room, max;
	struct logclock clock;
};

enum status
seen_new(const char *ledger, size_t max, struct seen **out)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (seen == NULL)
		return STATUS_NOMEM;
	seen->ledger = ledger;
	seen->max = max;
	seen->since = INT64_MAX;
	logclock_init(&seen->clock, 0);
	*out = seen;
	return STATUS_OK;
}

void
seen_free(struct seen **seen)
{
	if (*seen == NULL)
		return;
	free((*seen)->keys);
	free(*seen);
	*seen = NULL;
}

uint64_t
seen_key(int64_t time, struct slice event, struct slice recipient,
    struct slice queue_id)
{
	uint64_t key = loghash_number(0, (uint64_t)time);

	key = loghash_of(key, event);
	key = loghash_of(key, recipient);
	return loghash_of(key, queue_id);
}

/* Where key stands, or the free place for it. */
static uint64_t *
place_of(const struct seen *seen, uint64_t key)
{
	size_t at = (size_t)key & (seen->room - 1);

	while (seen->keys[at] != 0 && seen->keys[at] != key)
		at = (at + 1) & (seen->room - 1);
	return &seen->keys[at];
}

static bool
grow(struct seen *seen)
{
	struct seen larger = *seen;
	size_t i;

	larger.room = seen->room == 0 ? FIRST_ROOM : seen->room * 2;
	larger.keys = calloc(larger.room, sizeof(*larger.keys));
	if (larger.keys == NULL)
		return false;
	for (i = 0; i < seen->room; i++)
		if (seen->keys[i] != 0)
			*place_of(&larger, seen->keys[i]) = seen->keys[i];
	free(seen->keys);
	*seen = larger;
	return true;
}

void
seen_forget(struct seen *seen)
{
	if (seen->count > 0)
		memset(seen->keys, 0, seen->room * sizeof(*seen->keys));
	seen->count = 0;
	seen->since = INT64_MAX;
}

bool
seen_add(struct seen *seen, uint64_t key)
{
	uint64_t *place;

	if (seen->count == seen->max) {
		memset(seen->keys, 0, seen->room * sizeof(*seen->keys));
		seen->count = 0;
	}
	if (seen->count * 2 >= seen->room && !grow(seen))
		return true;
	place = place_of(seen, key);
	if (*place == key)
		return false;
	*place = key;
	seen->count++;
	return true;
}

/* The value of `"NAME":"` in a canonical line; a quote in it is escaped. */
static struct slice
value_of(struct slice line, const char *name, size_t len)
{
	const char *at = mailevent_find(line, name);
	struct slice rest;

	if (at == NULL)
		return slice_make(NULL, 0);
	rest = mailevent_from(line, at, len);
	return slice_cut(&rest, '"');
}

#define VALUE(line, name) \
	value_of((line), "\"" name "\":\"", sizeof("\"" name "\":\"") - 1)

static bool
take_line(void *context, struct slice line)
{
	struct seen *seen = context;
	struct slice stamp = VALUE(line, "time");
	char text[40];
	struct slice rest;
	int64_t time;
	size_t i;

	if (!slice_is(VALUE(line, "direction"), "out") ||
	    stamp.len + 2 > sizeof(text))
		return true;
	/* The clock wants a blank behind the stamp. */
	for (i = 0; i < stamp.len; i++)
		text[i] = stamp.at[i];
	text[i++] = ' ';
	rest = slice_make(text, i);
	if (logclock_read(&seen->clock, &rest, &time))
		(void)seen_add(seen,
		    seen_key(time, VALUE(line, "event"),
			VALUE(line, "recipient"), VALUE(line, "queue")));
	return true;
}

enum status
seen_cover(struct seen *seen, int64_t time, struct fault *fault)
{
	int64_t since = time - SPARE_MS, until = seen->since;
	enum status status;

	if (seen->ledger == NULL || time >= seen->since)
		return STATUS_OK;
	if (since < 0)
		since = 0;
	status = custody_export(
	    seen->ledger, since, until, take_line, seen, fault);
	if (status == STATUS_OK)
		seen->since = since;
	return status;
}
