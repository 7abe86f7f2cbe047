#include "milter/metrics/promfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/metrics/exposition.h"

enum { FILE_NAME_MAX = 4096 };

static bool
write_all(int fd, struct slice text)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.at, text.len);

		if (put <= 0)
			return false;
		text = slice_make(text.at + put, text.len - (size_t)put);
	}
	return true;
}

/* Returns whether the figures of now are in a file of that name. */
static bool
write_new(const struct promfile *file, const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct buf out;
	bool done;

	if (fd < 0)
		return false;
	buf_init(&out, EXPOSITION_MAX);
	file->render(file->context, &out);
	/* node_exporter is another user. */
	done = fchmod(fd, 0644) == 0 && buf_status(&out) == STATUS_OK &&
	    write_all(fd, buf_slice(&out));
	buf_clear(&out);
	return close(fd) == 0 && done;
}

enum status
promfile_write(const struct promfile *file, struct fault *fault)
{
	enum status status = STATUS_OK;
	struct buf name;

	buf_init(&name, FILE_NAME_MAX);
	buf_printf(&name, "%s.new", file->name);
	if (!write_new(file, buf_text(&name)) ||
	    rename(buf_text(&name), file->name) != 0)
		status = fault_errno(fault, STATUS_IO, errno,
		    "%s cannot be written; its folder must be writable to "
		    "hopseald's user", file->name);
	buf_clear(&name);
	return status;
}

void
promfile_renew(struct promfile *file, struct log *log)
{
	struct fault fault;
	enum status status = promfile_write(file, &fault);

	if (status != STATUS_OK && !file->failing)
		log_line(log, LOG_LEVEL_ERROR, "%s", fault.text);
	if (status == STATUS_OK && file->failing)
		log_line(log, LOG_LEVEL_INFO, "%s is written again",
		    file->name);
	file->failing = status != STATUS_OK;
}
