#include "milter/system/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* One socket address, whatever its family. */
struct address {
	struct sockaddr_storage storage;
	socklen_t len;
};

static enum status
parse_path(struct slice path, struct endpoint *out, struct fault *fault)
{
	out->family = AF_UNIX;
	if (path.len == 0 || path.at[0] != '/')
		return fault_set(fault, STATUS_SYNTAX,
		    "a local socket is written local:/ABSOLUTE/PATH");
	if (path.len > ENDPOINT_PATH_MAX)
		return fault_set(fault, STATUS_LIMIT,
		    "the path of a local socket may have %d octets at most",
		    ENDPOINT_PATH_MAX);
	memcpy(out->path, path.at, path.len);
	return STATUS_OK;
}

static enum status
parse_port_at_host(struct slice rest, int family, struct endpoint *out,
    struct fault *fault)
{
	struct slice port = slice_cut(&rest, '@');
	unsigned long number;

	out->family = family;
	if (!slice_number(port, 65535, &number) || number == 0)
		return fault_set(fault, STATUS_SYNTAX,
		    "a port is a number from 1 to 65535, as in "
		    "inet:8891@127.0.0.1");
	if (rest.len > ENDPOINT_HOST_MAX)
		return fault_set(fault, STATUS_LIMIT,
		    "a host may have %d octets at most", ENDPOINT_HOST_MAX);
	if (rest.at != NULL && rest.len == 0)
		return fault_set(fault, STATUS_SYNTAX,
		    "the host is missing after `@`");
	out->port = (unsigned)number;
	if (rest.at == NULL)
		return STATUS_OK;
	if (rest.len > 2 && rest.at[0] == '[' && rest.at[rest.len - 1] == ']')
		rest = slice_make(rest.at + 1, rest.len - 2);
	memcpy(out->host, rest.at, rest.len);
	return STATUS_OK;
}

enum status
endpoint_parse(struct slice text, struct endpoint *out, struct fault *fault)
{
	struct slice rest = text;
	struct slice scheme = slice_cut(&rest, ':');

	memset(out, 0, sizeof(*out));
	if (rest.at != NULL) {
		if (slice_is(scheme, "local") || slice_is(scheme, "unix"))
			return parse_path(rest, out, fault);
		if (slice_is(scheme, "inet"))
			return parse_port_at_host(rest, AF_INET, out, fault);
		if (slice_is(scheme, "inet6"))
			return parse_port_at_host(rest, AF_INET6, out, fault);
	}
	return fault_set(fault, STATUS_SYNTAX,
	    "a socket is local:PATH, unix:PATH, inet:PORT@HOST or "
	    "inet6:PORT@HOST");
}

static enum status
resolve_host(const struct endpoint *endpoint, struct address *out,
    struct fault *fault)
{
	struct addrinfo hints, *found = NULL;
	char port[8];
	int error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = endpoint->family;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	(void)snprintf(port, sizeof(port), "%u", endpoint->port);
	error = getaddrinfo(endpoint->host[0] == '\0' ? NULL : endpoint->host,
	    port, &hints, &found);
	if (error != 0)
		return fault_set(fault, STATUS_IO, "%s: %s", endpoint->host,
		    gai_strerror(error));
	memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
	out->len = found->ai_addrlen;
	freeaddrinfo(found);
	return STATUS_OK;
}

static enum status
resolve(const struct endpoint *endpoint, struct address *out,
    struct fault *fault)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&out->storage;

	memset(out, 0, sizeof(*out));
	if (endpoint->family != AF_UNIX)
		return resolve_host(endpoint, out, fault);
	local->sun_family = AF_UNIX;
	(void)snprintf(local->sun_path, sizeof(local->sun_path), "%s",
	    endpoint->path);
	out->len = sizeof(*local);
	return STATUS_OK;
}

int
endpoint_connect(const struct endpoint *endpoint)
{
	static const struct timeval wait = {ENDPOINT_CONNECT_S, 0};
	struct address address;
	int type = SOCK_STREAM | SOCK_CLOEXEC;
	int fd, error;

	if (resolve(endpoint, &address, NULL) != STATUS_OK) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	/*
	 * A full backlog must not keep us: a unix socket then says EAGAIN, one
	 * of TCP, which would try for two minutes, EINPROGRESS.
	 */
	if (endpoint->family == AF_UNIX)
		type |= SOCK_NONBLOCK;
	fd = socket(endpoint->family, type, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&address.storage, address.len) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

void
endpoint_knock(const struct endpoint *endpoint)
{
	int fd = endpoint_connect(endpoint);

	if (fd >= 0)
		(void)close(fd);
}

/* Nothing lies at the path: is there a folder for it? */
static enum status
check_folder(const struct endpoint *endpoint, struct fault *fault)
{
	char folder[ENDPOINT_PATH_MAX + 1];
	struct stat info;
	char *slash;

	memcpy(folder, endpoint->path, sizeof(folder));
	slash = strrchr(folder, '/');
	slash[slash == folder ? 1 : 0] = '\0';
	if (stat(folder, &info) == 0)
		return STATUS_OK;
	return fault_errno(fault, STATUS_NOTFOUND, errno,
	    "socket %s: create the folder %s first", endpoint->path, folder);
}

/* Does a process answer there? One that is busy does, too. */
static bool
is_served(const struct endpoint *endpoint)
{
	int fd = endpoint_connect(endpoint);
	bool served = fd >= 0 || errno == EAGAIN || errno == EACCES;

	if (fd >= 0)
		(void)close(fd);
	return served;
}

enum status
endpoint_vacate(const struct endpoint *endpoint, struct fault *fault)
{
	struct stat info;

	if (endpoint->family != AF_UNIX)
		return STATUS_OK;
	if (lstat(endpoint->path, &info) != 0)
		return errno == ENOENT ? check_folder(endpoint, fault)
		    : fault_errno(fault, STATUS_IO, errno, "socket %s",
			endpoint->path);
	if (!S_ISSOCK(info.st_mode))
		return fault_set(fault, STATUS_EXISTS,
		    "socket %s: there is a file of that name that is no "
		    "socket; move it away or choose another path",
		    endpoint->path);
	if (is_served(endpoint))
		return fault_set(fault, STATUS_BUSY,
		    "socket %s: another process answers on it; stop that one "
		    "first (is hopseald running already?)", endpoint->path);
	if (unlink(endpoint->path) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "socket %s: a crash left it behind and it cannot be "
		    "removed", endpoint->path);
	return STATUS_OK;
}

/*
 * No link is followed: the folder may belong to the daemon's own user, and
 * root must not give away what that user points at.
 */
enum status
endpoint_own(const struct endpoint *endpoint,
    const struct endpoint_owner *owner, struct fault *fault)
{
	if (endpoint->family != AF_UNIX)
		return STATUS_OK;
	if (fchownat(AT_FDCWD, endpoint->path, owner->user, owner->group,
		AT_SYMLINK_NOFOLLOW) != 0)
		return fault_errno(fault, STATUS_DENIED, errno,
		    "socket %s: its owner cannot be set; start as root, or "
		    "set socket-group to a group of this user or \"none\"",
		    endpoint->path);
	if (fchmodat(AT_FDCWD, endpoint->path, owner->mode,
		AT_SYMLINK_NOFOLLOW) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "socket %s: its mode cannot be set", endpoint->path);
	return STATUS_OK;
}

static enum status
bind_and_listen(int fd, const struct endpoint *endpoint, struct fault *fault)
{
	struct address address;
	int on = 1;
	mode_t mask;
	enum status status = resolve(endpoint, &address, fault);
	int done, error;

	if (status != STATUS_OK)
		return status;
	if (endpoint->family != AF_UNIX)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
		    sizeof(on));
	/* Nobody gets in before endpoint_own has said who may. */
	mask = umask(0177);
	done = bind(fd, (struct sockaddr *)&address.storage, address.len);
	error = errno;
	(void)umask(mask);
	if (done != 0 || listen(fd, SOMAXCONN) != 0)
		return fault_errno(fault,
		    error == EADDRINUSE ? STATUS_BUSY : STATUS_IO,
		    done != 0 ? error : errno, "cannot listen on %s%s",
		    endpoint->path, endpoint->host);
	return STATUS_OK;
}

enum status
endpoint_listen(const struct endpoint *endpoint,
    const struct endpoint_owner *owner, int *out, struct fault *fault)
{
	enum status status;
	int fd = socket(endpoint->family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno, "socket");
	status = bind_and_listen(fd, endpoint, fault);
	if (status == STATUS_OK)
		status = endpoint_own(endpoint, owner, fault);
	if (status != STATUS_OK) {
		(void)close(fd);
		return status;
	}
	*out = fd;
	return STATUS_OK;
}

static unsigned
bound_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&address)->sin_port);
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return 0;
}

void
endpoint_set_nodelay(const struct endpoint *endpoint)
{
	int fd, listening, on = 1;
	socklen_t len;

	if (endpoint->family == AF_UNIX)
		return;
	/* Called at start, when few descriptors are open. */
	for (fd = 0; fd < 256; fd++) {
		listening = 0;
		len = sizeof(listening);
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
			&len) == 0 &&
		    listening != 0 && bound_port(fd) == endpoint->port)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof(on));
	}
}
