#include "milter/ctl/import_lines.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "milter/ctl/progress.h"
#include "milter/maillog/logreader.h"

enum { PACE_MS = 200 };

struct reading {
	struct logreader reader;
	struct progress progress;
	bool in_octets; /* it is a file, of which the size is known */
	unsigned long lines;
};

/* A file is measured in kB, what comes through a pipe in lines. */
static void
begin_progress(struct reading *reading, int fd)
{
	struct stat found;
	unsigned long total = 0;

	reading->in_octets = fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
	if (reading->in_octets)
		total = (unsigned long)found.st_size / 1000 + 1;
	progress_begin(&reading->progress, stderr, total);
	progress_pace(&reading->progress, PACE_MS);
}

static void
show_progress(struct reading *reading)
{
	reading->lines++;
	if (reading->in_octets)
		progress_show(&reading->progress,
		    (unsigned long)reading->reader.offset / 1000,
		    "kB of the log read");
	else
		progress_show(&reading->progress, reading->lines,
		    "lines of the log read");
}

/* All of it but a last line that has no LF. */
static enum status
read_whole_lines(struct reading *reading, import_line *each, void *context,
    struct fault *fault)
{
	enum status status = STATUS_OK, end = STATUS_OK;
	struct slice line;

	while (status == STATUS_OK &&
	    (end = logreader_next(&reading->reader, &line)) == STATUS_OK) {
		show_progress(reading);
		status = each(context, line, fault);
	}
	if (status == STATUS_OK && end == STATUS_IO)
		status = fault_errno(fault, STATUS_IO, errno,
		    "the log cannot be read");
	return status;
}

enum status
import_lines_read(int fd, import_line *each, void *context,
    struct fault *fault)
{
	struct reading reading = {.lines = 0};
	enum status status = logreader_init(&reading.reader, fd, 0, fault);

	begin_progress(&reading, fd);
	if (status == STATUS_OK)
		status = read_whole_lines(&reading, each, context, fault);
	if (status == STATUS_OK && logreader_rest(&reading.reader).len > 0)
		status = each(context, logreader_rest(&reading.reader), fault);
	progress_end(&reading.progress);
	logreader_clear(&reading.reader);
	return status;
}
