/*
 * signload: what it costs that another process holds the key.
 *
 *	signload KEYFILE	microseconds for each signature, here and by
 *				the key's holder: best round, and median
 *
 * With more threads than one the figure is the time of all by the number of
 * their signatures. The best round is the one that nothing else disturbed.
 * The last line is CPU, of both processes.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "milter/stamp/keyholder.h"
#include "milter/stamp/keyserver.h"
#include "milter/system/secretfile.h"

enum { ROUNDS = 201, SIGNATURES = 160, THREADS_MAX = 16 };

static double
now(clockid_t clock)
{
	struct timespec time;

	(void)clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

struct work {
	const struct stamp_key *key;
	int count;
};

/* CPU of this process for each kind of key, and how many signatures. */
struct used {
	double here, held;
	double count;
};

static void *
sign(void *context)
{
	const struct work *work = context;
	unsigned char signature[STAMP_SIGNATURE_MAX], digest[32] = "digest";
	size_t len;

	for (int i = 0; i < work->count; i++)
		if (stamp_key_sign(work->key, digest, signature, &len) !=
		    STATUS_OK)
			exit(1);
	return NULL;
}

static double
cost(const struct stamp_key *key, int threads)
{
	struct work work = {key, SIGNATURES / threads};
	pthread_t ids[THREADS_MAX];
	double begin = now(CLOCK_MONOTONIC);

	for (int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, sign, &work) != 0)
			exit(1);
	for (int i = 0; i < threads; i++)
		(void)pthread_join(ids[i], NULL);
	return (now(CLOCK_MONOTONIC) - begin) / (work.count * threads);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
compare(const struct stamp_key *here, const struct stamp_key *held,
    int threads, struct used *used)
{
	double a[ROUNDS], b[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double begin = now(CLOCK_PROCESS_CPUTIME_ID), middle;

		a[i] = cost(here, threads);
		middle = now(CLOCK_PROCESS_CPUTIME_ID);
		b[i] = cost(held, threads);
		used->here += middle - begin;
		used->held += now(CLOCK_PROCESS_CPUTIME_ID) - middle;
		used->count += SIGNATURES;
	}
	qsort(a, ROUNDS, sizeof(a[0]), by_size);
	qsort(b, ROUNDS, sizeof(b[0]), by_size);
	(void)printf("%-14s %2d threads: here %6.1f (%6.1f), held %6.1f "
		     "(%6.1f), more %5.1f (%5.1f) us\n",
	    stamp_algorithm_name(stamp_key_algorithm(here)), threads, a[0],
	    a[ROUNDS / 2], b[0], b[ROUNDS / 2], b[0] - a[0],
	    b[ROUNDS / 2] - a[ROUNDS / 2]);
}

/* Call when the holder has ended: the kernel tells of its time then. */
static void
show_cpu(const struct used *used)
{
	struct rusage child;
	double held;

	(void)getrusage(RUSAGE_CHILDREN, &child);
	held = used->held +
	    (double)(child.ru_utime.tv_sec + child.ru_stime.tv_sec) * 1e6 +
	    (double)(child.ru_utime.tv_usec + child.ru_stime.tv_usec);
	(void)printf("CPU: here %.1f, held %.1f, more %.1f us\n",
	    used->here / used->count, held / used->count,
	    (held - used->here) / used->count);
}

static struct stamp_key *
read_here(const char *file)
{
	struct secret secret = {NULL, 0};
	struct stamp_key *key = NULL;

	if (secret_read(file, &secret, NULL) != STATUS_OK ||
	    stamp_key_read(slice_make(secret.data, secret.len), file, &key,
		NULL) != STATUS_OK)
		exit(1);
	secret_clear(&secret);
	return key;
}

int
main(int argc, char **argv)
{
	struct stamp_key *here, *held;
	struct used used = {0, 0, 0};
	struct keyholder *holder;
	struct log *log;

	if (argc != 2)
		return 64;
	if (keyholder_start(&holder, NULL) != STATUS_OK ||
	    log_open(LOG_SINK_STDERR, LOG_LEVEL_INFO, &log) != STATUS_OK ||
	    keyholder_read_key(holder, argv[1], &held, NULL) != STATUS_OK ||
	    keyholder_confine(holder, "nobody", log, NULL) != STATUS_OK)
		return 1;
	here = read_here(argv[1]);
	compare(here, held, 1, &used);
	compare(here, held, 4, &used);
	compare(here, held, THREADS_MAX, &used);
	stamp_key_free(&here);
	stamp_key_free(&held);
	keyholder_stop(&holder);
	show_cpu(&used);
	log_close(&log);
	return 0;
}
