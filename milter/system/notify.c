#include "milter/system/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/system/clock.h"
#include "policy/base/slice.h"

/* Fill in the address; returns its length, 0 when it is none of ours. */
static socklen_t
notify_address(const char *path, struct sockaddr_un *out)
{
	size_t len = strlen(path);

	if (len < 2 || len >= sizeof(out->sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return 0;
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, path, len);
	if (path[0] == '@') /* abstract */
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void
notify_send(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t address_len;
	char text[512];
	va_list args;
	int len, fd;

	if (path == NULL)
		return;
	address_len = notify_address(path, &address);
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (address_len == 0 || len < 0 || (size_t)len >= sizeof(text))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, (size_t)len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, address_len);
	(void)close(fd);
}

void
notify_reloading(void)
{
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_monotonic_us());
}

int64_t
notify_watchdog_ms(void)
{
	unsigned long usec;

	if (!slice_number(slice_of(getenv("WATCHDOG_USEC")), 4000000000u,
		&usec))
		return 0;
	return (int64_t)usec / 2000;
}
