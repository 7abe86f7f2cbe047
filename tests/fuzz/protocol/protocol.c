/*
 * protocol: malformed sessions against a running hopseald.
 *
 *	protocol MILTER NEXTHOP SEED FIRST COUNT THREADS
 *
 * MILTER and NEXTHOP are paths of sockets, or PORT@IPV4. The daemon's policy
 * requires TLS of bank.example, and it stamps. THREADS strangers send the
 * sessions FIRST to FIRST + COUNT - 1 of SEED, which say the same each time:
 * a finding is printed with its number, and can be sent again alone. Every
 * CHECK_EVERY sessions, and in the end, it is seen whether the daemon still
 * refuses what it must and passes what it may. Exit 1 after a finding; the
 * figures are one line of key=value.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/link.h"
#include "tests/fuzz/protocol/answers.h"
#include "tests/fuzz/protocol/lookups.h"
#include "tests/fuzz/protocol/mutate.h"
#include "tests/fuzz/protocol/spare.h"
#include "tests/fuzz/protocol/talk.h"
#include "tests/fuzz/protocol/wellformed.h"

enum { CHECK_EVERY = 500, THREADS_MAX = 64 };

static const char *milter, *nexthop;
static uint64_t seed, end;
static atomic_uint_least64_t next_session, octets_sent, answers_got,
    refusals_got, violating_sent, lookups_sent, checks_done;
static atomic_bool found, finished;
static _Thread_local uint64_t current;

static void
report(const char *what)
{
	atomic_store(&found, true);
	(void)fprintf(stderr, "finding: %s: seed=%" PRIu64 " session=%" PRIu64
	    "\n", what, seed, current);
}

/* link_die has ended the program: the daemon is gone. */
static void
report_early_end(void)
{
	if (!atomic_load(&finished))
		report("the daemon does not answer");
}

static void
count(const struct answers *answers, struct slice octets)
{
	atomic_fetch_add(&octets_sent, octets.len);
	atomic_fetch_add(&answers_got, answers->count);
	atomic_fetch_add(&refusals_got, answers->refusals);
	if (answers->wrong != NULL)
		report(answers->wrong);
}

/* Any session: the answers only have to be answers. */
static void
send_any(struct dice *dice, struct script *script, struct buf *octets,
    struct buf *said)
{
	struct answers answers;

	script_any(script, dice);
	mutate_packets(script, dice);
	script_write(script, octets);
	mutate_octets(octets, dice);
	spare_libmilter(octets);
	if (!talk(milter, buf_slice(octets), talk_style_of(dice), said))
		report("the filter hangs");
	answers = answers_of_filter(buf_slice(said));
	count(&answers, buf_slice(octets));
}

/* Does the filter answer CONNECT? On a socket of TCP it answers each step. */
static bool
answers_connect(void)
{
	return strchr(milter, '@') != NULL;
}

/* Nothing may pass. */
static void
send_violating(struct dice *dice, struct script *script, struct buf *octets,
    struct buf *said)
{
	struct answers answers;

	script_violating(script, dice);
	script_write(script, octets);
	if (dice_one_in(dice, 4))
		octets->len -= dice_below(dice, 30);
	spare_libmilter(octets);
	if (!talk(milter, buf_slice(octets), talk_attentive, said))
		report("the filter hangs");
	answers = answers_of_filter(buf_slice(said));
	count(&answers, buf_slice(octets));
	atomic_fetch_add(&violating_sent, 1);
	if (answers.passes > script->mails + answers_connect())
		report("a recipient of bank.example passed in clear");
}

static void
send_lookups(struct dice *dice, struct buf *octets, struct buf *said)
{
	struct answers answers;

	lookups_any(dice, octets);
	if (!talk(nexthop, buf_slice(octets), talk_style_of(dice), said))
		report("the next-hop responder hangs");
	answers = answers_of_nexthop(buf_slice(said));
	count(&answers, buf_slice(octets));
	atomic_fetch_add(&lookups_sent, 1);
}

static void
send_session(uint64_t number)
{
	struct script script;
	struct buf octets, said;
	struct dice dice;

	dice_init(&dice, seed, number);
	if (script_init(&script) != STATUS_OK)
		link_die("no memory");
	buf_init(&octets, SCRIPT_OCTETS);
	buf_init(&said, TALK_ANSWERS_MAX);
	switch (dice_below(&dice, 5)) {
	case 0:
		send_lookups(&dice, &octets, &said);
		break;
	case 1:
		send_violating(&dice, &script, &octets, &said);
		break;
	default:
		send_any(&dice, &script, &octets, &said);
		break;
	}
	buf_clear(&said);
	buf_clear(&octets);
	script_clear(&script);
}

static void
check_daemon(void)
{
	const char *wrong = wellformed_check(milter, nexthop);

	atomic_fetch_add(&checks_done, 1);
	if (wrong != NULL)
		report(wrong);
}

static void *
stranger(void *unused)
{
	(void)unused;
	while (!atomic_load(&found)) {
		current = atomic_fetch_add(&next_session, 1);
		if (current >= end)
			break;
		send_session(current);
		if (current % CHECK_EVERY == 0)
			check_daemon();
	}
	return NULL;
}

static void
send_all(size_t threads)
{
	pthread_t ids[THREADS_MAX];
	size_t i;

	for (i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, stranger, NULL) != 0)
			link_die("pthread_create");
	for (i = 0; i < threads; i++)
		(void)pthread_join(ids[i], NULL);
}

int
main(int argc, char **argv)
{
	uint64_t first;
	size_t threads = argc == 7 ? strtoul(argv[6], NULL, 10) : 0;

	if (threads < 1 || threads > THREADS_MAX) {
		(void)fprintf(stderr, "usage: protocol MILTER NEXTHOP SEED "
		    "FIRST COUNT THREADS\n");
		return 64;
	}
	milter = argv[1];
	nexthop = argv[2];
	seed = strtoull(argv[3], NULL, 10);
	first = strtoull(argv[4], NULL, 10);
	end = first + strtoull(argv[5], NULL, 10);
	atomic_store(&next_session, first);
	if (atexit(report_early_end) != 0)
		return 70;
	send_all(threads);
	current = end;
	check_daemon();
	atomic_store(&finished, true);
	(void)printf("sessions=%" PRIu64 " violating=%" PRIuLEAST64
	    " lookups=%" PRIuLEAST64 " octets=%" PRIuLEAST64
	    " answers=%" PRIuLEAST64 " refusals=%" PRIuLEAST64
	    " checks=%" PRIuLEAST64 "\n", end - first,
	    atomic_load(&violating_sent), atomic_load(&lookups_sent),
	    atomic_load(&octets_sent), atomic_load(&answers_got),
	    atomic_load(&refusals_got), atomic_load(&checks_done));
	return atomic_load(&found) ? 1 : 0;
}
