#include "tests/fuzz/protocol/mutate.h"

#include <string.h>

enum { REPEATS = 40, JUNK_MAX = 600 };

enum mutation {
	MUTATION_DROP,
	MUTATION_REPEAT,
	MUTATION_EXCHANGE,
	MUTATION_COMMAND,
	MUTATION_CUT,
	MUTATION_CHANGE,
	MUTATION_JUNK,
	MUTATION_LIE,
	MUTATION_NO_OPTNEG,
	MUTATIONS
};

static void
drop(struct script *script, size_t at)
{
	script->count--;
	memmove(&script->packets[at], &script->packets[at + 1],
	    (script->count - at) * sizeof(script->packets[0]));
}

/* The same again, that many times behind it. */
static void
repeat(struct script *script, size_t at, size_t times)
{
	size_t room = SCRIPT_PACKETS - script->count, i;

	if (times > room)
		times = room;
	memmove(&script->packets[at + times], &script->packets[at],
	    (script->count - at) * sizeof(script->packets[0]));
	for (i = 0; i < times; i++)
		script->packets[at + i] = script->packets[at + times];
	script->count += times;
}

static void
exchange(struct script *script, size_t a, size_t b)
{
	struct packet kept = script->packets[a];

	script->packets[a] = script->packets[b];
	script->packets[b] = kept;
}

/* A copy of the data with some octets changed, NULs among them. */
static void
change(struct script *script, struct packet *packet, struct dice *dice)
{
	char *copy = arena_copy(script->arena, packet->data);
	size_t count = 1 + dice_below(dice, 8);

	if (copy == NULL || packet->data.len == 0)
		return;
	while (count-- > 0)
		copy[dice_below(dice, packet->data.len)] = (char)(
		    dice_one_in(dice, 4) ? 0 : dice_next(dice));
	packet->data.at = copy;
}

static void
fill_with_junk(struct script *script, struct packet *packet,
    struct dice *dice)
{
	size_t len = dice_below(dice, JUNK_MAX), i;
	char *junk = arena_alloc(script->arena, len + 1);

	if (junk == NULL)
		return;
	for (i = 0; i < len; i++)
		junk[i] = (char)dice_next(dice);
	packet->data = slice_make(junk, len);
	packet->command = (char)dice_next(dice);
}

/* A length of 0, a little off, or as large as can be written. */
static void
lie(struct packet *packet, struct dice *dice)
{
	static const int64_t totals[] = {0, 0x7fffffff, 0x80000000,
	    0xffffffff, 1024 * 1024, 1024 * 1024 - 1, 65536};
	int64_t truth = (int64_t)packet->data.len + 1;

	if (dice_one_in(dice, 2))
		packet->lie = (int64_t)dice_below(dice, 9) - 4;
	else
		packet->lie = totals[dice_below(dice, LENGTH(totals))] - truth;
}

static void
mutate_one(struct script *script, struct dice *dice)
{
	static const char commands[] = "ABCDEHKLMNOQRTU";
	size_t at = dice_below(dice, script->count);
	struct packet *packet = &script->packets[at];

	switch ((enum mutation)dice_below(dice, MUTATIONS)) {
	case MUTATION_DROP:
		drop(script, at);
		break;
	case MUTATION_REPEAT:
		repeat(script, at, 1 + dice_below(dice, REPEATS));
		break;
	case MUTATION_EXCHANGE:
		exchange(script, at, dice_below(dice, script->count));
		break;
	case MUTATION_COMMAND:
		packet->command = commands[dice_below(dice,
		    sizeof(commands) - 1)];
		break;
	case MUTATION_CUT:
		packet->data.len = dice_below(dice, packet->data.len + 1);
		break;
	case MUTATION_CHANGE:
		change(script, packet, dice);
		break;
	case MUTATION_JUNK:
		fill_with_junk(script, packet, dice);
		break;
	case MUTATION_LIE:
		lie(packet, dice);
		break;
	case MUTATION_NO_OPTNEG:
		drop(script, 0);
		break;
	case MUTATIONS:
		break;
	}
}

void
mutate_packets(struct script *script, struct dice *dice)
{
	size_t count = dice_below(dice, 7);

	while (count-- > 0 && script->count > 0)
		mutate_one(script, dice);
}

void
mutate_octets(struct buf *octets, struct dice *dice)
{
	size_t count;

	if (octets->len == 0)
		return;
	if (dice_one_in(dice, 4))
		for (count = 1 + dice_below(dice, 6); count > 0; count--)
			octets->data[dice_below(dice, octets->len)] =
			    (char)dice_next(dice);
	if (dice_one_in(dice, 4))
		octets->len = dice_below(dice, octets->len + 1);
	if (dice_one_in(dice, 12))
		for (count = dice_below(dice, JUNK_MAX); count > 0; count--)
			buf_putc(octets, (char)dice_next(dice));
}
