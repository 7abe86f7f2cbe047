#include "milter/maillog/logreader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/maillog/loghash.h"

enum status
logreader_init(struct logreader *reader, int fd, int64_t offset,
    struct fault *fault)
{
	memset(reader, 0, sizeof(*reader));
	reader->fd = fd;
	reader->offset = offset;
	reader->data = malloc(LOGREADER_SIZE);
	if (reader->data == NULL)
		return fault_set(fault, STATUS_NOMEM, "out of memory");
	return STATUS_OK;
}

void
logreader_clear(struct logreader *reader)
{
	free(reader->data);
	reader->data = NULL;
}

/* Read more; NOTFOUND at the end of the file. */
static enum status
more(struct logreader *reader)
{
	size_t left = reader->end - reader->begin;
	ssize_t got;

	if (reader->begin > 0)
		memmove(reader->data, reader->data + reader->begin, left);
	reader->begin = 0;
	reader->end = left;
	do
		got = read(reader->fd, reader->data + left,
		    LOGREADER_SIZE - left);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return STATUS_IO;
	reader->end += (size_t)got;
	return got == 0 ? STATUS_NOTFOUND : STATUS_OK;
}

/* The line of len octets and its LF at begin is taken. */
static void
take(struct logreader *reader, size_t len, struct slice *out)
{
	const char *at = reader->data + reader->begin;

	if (len > LOGLINE_MAX)
		len = LOGLINE_MAX;
	*out = slice_make(at, len);
	reader->length = len + 1;
	reader->hash = loghash_of(0, *out);
}

enum status
logreader_next(struct logreader *reader, struct slice *out)
{
	enum status status;
	size_t len;
	char *lf;

	for (;;) {
		len = reader->end - reader->begin;
		lf = memchr(reader->data + reader->begin, '\n', len);
		if (lf == NULL && len == LOGREADER_SIZE) {
			/* No line of a mail log is so long: drop it. */
			reader->skipping = true;
			reader->offset += (int64_t)len;
			reader->begin = reader->end;
		}
		if (lf == NULL) {
			status = more(reader);
			if (status != STATUS_OK)
				return status;
			continue;
		}
		len = (size_t)(lf - reader->data) - reader->begin;
		take(reader, len, out);
		reader->begin += len + 1;
		reader->offset += (int64_t)len + 1;
		if (!reader->skipping)
			return STATUS_OK;
		reader->skipping = false;
	}
}

struct slice
logreader_rest(const struct logreader *reader)
{
	size_t len = reader->end - reader->begin;

	return slice_make(reader->data + reader->begin,
	    len > LOGLINE_MAX ? LOGLINE_MAX : len);
}
