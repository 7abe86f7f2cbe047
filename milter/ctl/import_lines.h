/*
 * import_lines: every line of a log, with progress shown on a terminal.
 *
 * Threads: one. Limits: as logreader.
 */
#ifndef HOPSEAL_CTL_IMPORT_LINES_H
#define HOPSEAL_CTL_IMPORT_LINES_H

#include "policy/base/attributes.h"
#include "policy/base/slice.h"
#include "policy/base/status.h"

/* Called for a line, without its LF. Another status than OK ends it. */
typedef enum status import_line(void *context, struct slice line,
    struct fault *fault);

/*
 * Read fd from where it stands to its end; a last line may have no LF. fd
 * stays open. Fails: NOMEM, IO (it cannot be read), or as each.
 */
enum status import_lines_read(int fd, import_line *each, void *context,
    struct fault *fault) MUST_CHECK;

#endif
