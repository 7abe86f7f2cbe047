#include "milter/filter/readahead.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By descriptor. The octets' memory stays for the next of that number. */
struct source {
	atomic_bool is_connected;
	bool is_ready; /* poll said so, and it has not been read since */
	size_t at, end; /* what is left of octets */
	unsigned char *octets;
};

static struct source sources[READAHEAD_FILES];

/* NULL: this descriptor is none of a connection. */
static struct source *
source_of(int fd)
{
	if (fd < 0 || fd >= READAHEAD_FILES ||
	    !atomic_load(&sources[fd].is_connected))
		return NULL;
	return &sources[fd];
}

int
readahead_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	int connection = accept(fd, address, len);

	/* An exchange: what close left is seen, that it is empty. */
	if (connection >= 0 && connection < READAHEAD_FILES)
		(void)atomic_exchange(
		    &sources[connection].is_connected, true);
	return connection;
}

int
readahead_close(int fd)
{
	struct source *source = source_of(fd);

	/* Before another thread can be given this number. */
	if (source != NULL) {
		source->at = source->end = 0;
		source->is_ready = false;
		atomic_store(&source->is_connected, false);
	}
	return close(fd);
}

int
readahead_poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
	struct source *source = count == 1 ? source_of(files->fd) : NULL;
	int found;

	if (source == NULL || (files->events & POLLIN) == 0)
		return poll(files, count, timeout_ms);
	if (source->is_ready || source->at < source->end) {
		files->revents = POLLIN;
		return 1;
	}
	found = poll(files, count, timeout_ms);
	source->is_ready = found == 1 && (files->revents & POLLIN) != 0;
	return found;
}

/* As many of the octets as are wanted, and there. */
static size_t
hand_out(struct source *source, void *out, size_t size)
{
	size_t len = source->end - source->at;

	if (len > size)
		len = size;
	memcpy(out, source->octets + source->at, len);
	source->at += len;
	return len;
}

ssize_t
readahead_read(int fd, void *out, size_t size)
{
	struct source *source = source_of(fd);
	ssize_t len;

	if (source == NULL)
		return read(fd, out, size);
	if (source->at < source->end)
		return (ssize_t)hand_out(source, out, size);
	source->is_ready = false;
	if (source->octets == NULL)
		source->octets = malloc(READAHEAD_SIZE);
	/* The rest of a large packet goes where it belongs. */
	if (source->octets == NULL || size >= READAHEAD_SIZE)
		return read(fd, out, size);
	len = read(fd, source->octets, READAHEAD_SIZE);
	if (len <= 0)
		return len;
	source->at = 0;
	source->end = (size_t)len;
	return (ssize_t)hand_out(source, out, size);
}
