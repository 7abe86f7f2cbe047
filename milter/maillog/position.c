#include "milter/maillog/position.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/maillog/loghash.h"
#include "milter/maillog/logline.h"
#include "policy/base/buf.h"

static const char title[] = "hopseal mail-log position 1\n";

enum { TEXT_SIZE = 256, PATH_SIZE = 4096, FIELDS = 5 };

/* A plain decimal number. */
static bool
read_number(struct slice text, uint64_t *out)
{
	uint64_t number = 0;
	size_t i;

	if (text.len == 0 || text.len > 20)
		return false;
	for (i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.at[i]))
			return false;
		number = number * 10 + (uint64_t)(text.at[i] - '0');
	}
	*out = number;
	return true;
}

static bool
parse(struct slice text, struct position *out)
{
	struct slice rest = text;
	uint64_t fields[FIELDS];
	size_t i;

	if (!slice_begins_nocase(text, title))
		return false;
	(void)slice_cut(&rest, '\n');
	rest = slice_trim(rest);
	for (i = 0; i < FIELDS; i++)
		if (!read_number(slice_cut(&rest, ' '), &fields[i]))
			return false;
	out->inode = fields[0];
	out->offset = (int64_t)fields[1];
	out->length = fields[2];
	out->hash = fields[3];
	out->time = (int64_t)fields[4];
	return rest.at == NULL && out->offset >= 0 && out->time >= 0 &&
	    out->length <= LOGLINE_MAX + 1 &&
	    out->length <= (uint64_t)out->offset;
}

enum status
position_read(const char *file, struct position *out, struct fault *fault)
{
	char text[TEXT_SIZE];
	ssize_t got;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return STATUS_NOTFOUND;
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot read %s, which says how far the mail log was read",
		    file);
	got = read(fd, text, sizeof(text));
	(void)close(fd);
	if (got < 0 || !parse(slice_make(text, (size_t)got), out))
		return fault_set(fault, STATUS_SYNTAX,
		    "%s does not say how far the mail log was read; remove it "
		    "to begin at the log's end", file);
	return STATUS_OK;
}

static bool
write_all(int fd, struct slice text)
{
	ssize_t done = write(fd, text.at, text.len);

	return done == (ssize_t)text.len && fsync(fd) == 0;
}

enum status
position_write(const char *file, const struct position *position,
    struct fault *fault)
{
	char storage[TEXT_SIZE], name[PATH_SIZE];
	struct buf text, temporary;
	bool good;
	int fd;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "%s%" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64
	    " %" PRId64 "\n", title, position->inode, position->offset,
	    position->length, position->hash, position->time);
	buf_init_fixed(&temporary, name, sizeof(name));
	buf_printf(&temporary, "%s.new", file);
	if (buf_status(&temporary) != STATUS_OK ||
	    buf_status(&text) != STATUS_OK)
		return fault_set(fault, STATUS_IO, "%s: too long a name",
		    file);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    0640);
	if (fd < 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot write %s", name);
	good = write_all(fd, buf_slice(&text));
	if (close(fd) != 0 || !good || rename(name, file) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot write %s", file);
	return STATUS_OK;
}

bool
position_fits(const struct position *position, int fd)
{
	char line[LOGLINE_MAX + 1];
	size_t len = (size_t)position->length;
	struct stat found;

	if (fstat(fd, &found) != 0 || found.st_size < position->offset)
		return false;
	if (len == 0)
		return position->offset == 0 &&
		    (uint64_t)found.st_ino == position->inode;
	if (pread(fd, line, len, (off_t)(position->offset - (int64_t)len)) !=
		(ssize_t)len ||
	    line[len - 1] != '\n')
		return false;
	return loghash_of(0, slice_make(line, len - 1)) == position->hash;
}
