/*
 * hold: many milter sessions at once, held for a while, and how long each
 * decision takes.
 *
 *	hold SOCKET ACTIVE IDLE SLOW SECONDS PAUSE_MS
 *
 * ACTIVE threads keep a session each and send a message every PAUSE_MS: over
 * TLS, which must be accepted and changed, and in clear, which must be refused
 * at RCPT with 550 by a rule for sender.example, in turn of threads. IDLE
 * sessions have said HELO and say nothing more; over SLOW ones an octet comes
 * each second. At the end idle and slow sessions must still be there.
 *
 * Prints one line of key=value: messages, wrong answers, and of the decisions
 * (RCPT, end of message) the number, median, 99th percentile and longest in
 * microseconds.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "link.h"
#include "message.h"

/* Counts of 10 microseconds each, up to 2 s; the last holds all beyond. */
enum { SLOT_US = 10, SLOTS = 200 * 1000, BODY = 4000, STACK = 128 * 1024 };

struct times {
	atomic_long slots[SLOTS];
	atomic_long count;
	atomic_long longest;
};

static struct times at_rcpt, at_end;
static const char *target;
static long pause_ms;
static atomic_bool begun, ended;
static atomic_long ready, messages, wrong;
static char *body;

static long
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
sleep_ms(long ms)
{
	struct timespec wait = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&wait, NULL);
}

static void
times_add(struct times *times, long us)
{
	long slot = us / SLOT_US < SLOTS ? us / SLOT_US : SLOTS - 1;
	long longest = atomic_load(&times->longest);

	atomic_fetch_add(&times->slots[slot], 1);
	atomic_fetch_add(&times->count, 1);
	while (us > longest && !atomic_compare_exchange_weak(&times->longest,
		&longest, us))
		continue;
}

/* The bound below which so many of a hundred lie. */
static long
times_percentile(const struct times *times, int percent)
{
	long wanted = (atomic_load(&times->count) * percent + 99) / 100;
	long seen = 0;

	for (long i = 0; i < SLOTS; i++) {
		seen += atomic_load(&times->slots[i]);
		if (seen >= wanted)
			return (i + 1) * SLOT_US;
	}
	return 0;
}

static struct link *
session_new(bool tls)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		link_die("calloc");
	link->fd = link_dial(target);
	link_negotiate(link);
	message_greet(link, tls);
	link_flush(link);
	return link;
}

/* MAIL and RCPT: the answer must be this one. */
static bool
rcpt_answers(struct link *link, char want)
{
	long began;
	char code = message_mail(link);

	if (code != SMFIR_CONTINUE)
		return false;
	began = now_us();
	code = message_rcpt(link);
	times_add(&at_rcpt, now_us() - began);
	return code == want && (code != SMFIR_REPLYCODE ||
	    memcmp(link->in + 1, "550", 3) == 0);
}

static bool
end_accepts(struct link *link)
{
	long edits = link->edits, began;
	char code = message_content(link, body, BODY);

	if (code != SMFIR_CONTINUE)
		return false;
	began = now_us();
	code = message_end(link);
	times_add(&at_end, now_us() - began);
	return (code == SMFIR_CONTINUE || code == SMFIR_ACCEPT) &&
	    link->edits == edits + 1;
}

static void *
active(void *number)
{
	bool tls = (size_t)number % 2 == 0;
	struct link *link = session_new(tls);

	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&begun))
		sleep_ms(100);
	/* Not all at the same moment. */
	sleep_ms((long)((size_t)number * 7919 % (size_t)pause_ms));
	while (!atomic_load(&ended)) {
		bool good = rcpt_answers(link,
		    tls ? SMFIR_CONTINUE : SMFIR_REPLYCODE);

		if (good && tls)
			good = end_accepts(link);
		if (!good || !tls)
			link_put(link, SMFIC_ABORT, NULL, 0);
		link_flush(link);
		atomic_fetch_add(&wrong, good ? 0 : 1);
		atomic_fetch_add(&messages, 1);
		sleep_ms(pause_ms);
	}
	return NULL;
}

/* MAIL, an octet at a time; what is left at the end is not sent. */
static void *
slow(void *unused)
{
	struct link *link = session_new(true);
	size_t len;

	(void)unused;
	link_macros(link, SMFIM_ENVFROM, SMFIC_MAIL);
	link_put(link, SMFIC_MAIL, "<alice@sender.example>", 23);
	len = link->out_len;
	link->out_len = 0;
	atomic_fetch_add(&ready, 1);
	for (size_t i = 0; i < len && !atomic_load(&ended); i++) {
		if (send(link->fd, link->out + i, 1, MSG_NOSIGNAL) != 1)
			link_die("a slow session has ended");
		sleep_ms(1000);
	}
	return NULL;
}

static void
start(void *(*work)(void *), size_t count)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, STACK);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&thread, &attributes, work, (void *)i) != 0)
			link_die("pthread_create");
	(void)pthread_attr_destroy(&attributes);
}

/* Those that have hung up on us. */
static long
count_gone(struct link *const *idle, long count)
{
	long gone = 0;

	for (long i = 0; i < count; i++) {
		struct pollfd poll_one = {idle[i]->fd, POLLIN, 0};

		gone += poll(&poll_one, 1, 0) != 0;
	}
	return gone;
}

static void
print(const char *name, const struct times *times)
{
	printf(" %s=%ld %s_p50=%ld %s_p99=%ld %s_max=%ld", name,
	    atomic_load(&times->count), name, times_percentile(times, 50),
	    name, times_percentile(times, 99), name,
	    atomic_load(&times->longest));
}

int
main(int argc, char **argv)
{
	struct link **idle;
	long counts[5];

	if (argc != 7) {
		fprintf(stderr, "usage: hold SOCKET ACTIVE IDLE SLOW SECONDS "
		    "PAUSE_MS\n");
		return 64;
	}
	target = argv[1];
	for (int i = 0; i < 5; i++)
		counts[i] = strtol(argv[i + 2], NULL, 10);
	pause_ms = counts[4];
	if (counts[0] < 1 || counts[1] < 0 || pause_ms < 1)
		return 64;
	body = message_body_new(BODY);
	idle = calloc((size_t)counts[1] + 1, sizeof(*idle));
	if (idle == NULL)
		link_die("calloc");
	for (long i = 0; i < counts[1]; i++)
		idle[i] = session_new(i % 2 == 0);
	start(slow, (size_t)counts[2]);
	start(active, (size_t)counts[0]);
	while (atomic_load(&ready) < counts[0] + counts[2])
		sleep_ms(10);
	atomic_store(&begun, true);
	sleep_ms(counts[3] * 1000);
	atomic_store(&ended, true);
	printf("messages=%ld wrong=%ld gone=%ld", atomic_load(&messages),
	    atomic_load(&wrong), count_gone(idle, counts[1]));
	print("rcpt", &at_rcpt);
	print("end", &at_end);
	printf("\n");
	fflush(stdout);
	/* The kernel hangs up for all of them. */
	_exit(0);
}
