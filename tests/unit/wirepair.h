/*
 * wirepair: a connection of wire.h, and the MTA's end of it.
 *
 * Include it after cmocka.h and workspace.h, whose folder has the socket.
 */
#ifndef HOPSEAL_TESTS_UNIT_WIREPAIR_H
#define HOPSEAL_TESTS_UNIT_WIREPAIR_H

#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/filter/wire.h"

struct pair {
	int listener, mta, filter;
};

static inline void
join(struct pair *pair)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "s"};

	(void)unlink("s");
	pair->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pair->mta = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(pair->listener, (struct sockaddr *)&address,
			     sizeof(address)), 0);
	assert_int_equal(listen(pair->listener, 1), 0);
	assert_int_equal(connect(pair->mta, (struct sockaddr *)&address,
			     sizeof(address)), 0);
	pair->filter = wire_accept(pair->listener, NULL, NULL);
	assert_true(pair->filter >= 0);
}

static inline void
part(struct pair *pair)
{
	(void)wire_close(pair->filter);
	(void)close(pair->mta);
	(void)close(pair->listener);
}

static inline int
is_readable(int fd, int timeout_ms)
{
	struct pollfd file = {.fd = fd, .events = POLLIN};
	int found = wire_poll(&file, 1, timeout_ms);

	assert_int_equal(file.revents, found == 1 ? POLLIN : 0);
	return found;
}

static inline int
waiting_in(int fd)
{
	int octets = -1;

	assert_int_equal(ioctl(fd, FIONREAD, &octets), 0);
	return octets;
}

#endif
