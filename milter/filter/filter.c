#define _GNU_SOURCE /* pthread_getattr_default_np, ..._setattr_... */
#include "milter/filter/filter.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "milter/filter/callbacks.h"

/*
 * The largest packet that is read. libmilter's own limit, 64 kB, ends the
 * connection at a header field that Postfix lets pass (header_size_limit,
 * 100 kB), and the message would be deferred until it bounces.
 */
enum { PACKET_MAX = 1024 * 1024 - 1 };

/* Of a thread; the deepest of our callbacks take a tenth of it. */
enum { STACK_SIZE = 256 * 1024 };

enum status
filter_open(const char *socket, const struct endpoint *endpoint,
    struct filter **out, struct fault *fault)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	filter->endpoint = *endpoint;
	(void)smfi_setmaxdatasize(PACKET_MAX);
	if (!callbacks_register(filter) ||
	    smfi_setconn((char *)(uintptr_t)socket) != MI_SUCCESS ||
	    smfi_setbacklog(SOMAXCONN) != MI_SUCCESS ||
	    smfi_opensocket(0) != MI_SUCCESS) {
		filter_free(&filter);
		return fault_set(fault, STATUS_IO,
		    "cannot listen on %s: is the address taken, or the folder "
		    "not writable? libmilter has logged the cause to syslog",
		    socket);
	}
	endpoint_set_nodelay(&filter->endpoint);
	*out = filter;
	return STATUS_OK;
}

static void *
do_nothing(void *context)
{
	return context;
}

static bool
can_start_threads(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, do_nothing, NULL) == 0 &&
	    pthread_join(thread, NULL) == 0;
}

/*
 * libmilter starts a thread whenever its others are busy, and takes the stack
 * that is usual in this process. Of ended threads glibc keeps 40 MB of stacks
 * for the next ones: five of the usual 8 MB, and all that busy sessions need
 * of these. Mapping each anew is a quarter of what a message costs.
 *
 * A library may want more of each stack for its thread-local variables than
 * there is, as that of -fsanitize=thread does; then no thread would start.
 */
static void
make_stacks_small(void)
{
	pthread_attr_t usual, small;

	if (pthread_getattr_default_np(&usual) != 0)
		return;
	if (pthread_attr_init(&small) == 0) {
		(void)pthread_attr_setstacksize(&small, STACK_SIZE);
		(void)pthread_setattr_default_np(&small);
		(void)pthread_attr_destroy(&small);
		if (!can_start_threads())
			(void)pthread_setattr_default_np(&usual);
	}
	(void)pthread_attr_destroy(&usual);
}

enum status
filter_run(struct filter *filter, const struct txn_env *env)
{
	filter->env = *env;
	make_stacks_small();
	/* Told to stop before it listens, libmilter finds no socket, and fails. */
	return smfi_main() == MI_SUCCESS || atomic_load(&filter->is_stopped)
	    ? STATUS_OK
	    : STATUS_IO;
}

/*
 * smfi_stop() waits for a lock that libmilter holds while it polls, up to 5 s;
 * its signal thread does not. So the signal is handed on, and a connection
 * of our own ends the poll.
 */
void
filter_stop(struct filter *filter)
{
	atomic_store(&filter->is_stopped, true);
	(void)kill(getpid(), SIGTERM);
	filter_wake(filter);
}

void
filter_wake(struct filter *filter)
{
	endpoint_knock(&filter->endpoint);
}

unsigned
filter_connections(const struct filter *filter)
{
	return atomic_load(&filter->connections);
}

void
filter_free(struct filter **filter)
{
	callbacks_forget();
	free(*filter);
	*filter = NULL;
}
