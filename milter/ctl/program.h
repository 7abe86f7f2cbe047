/*
 * program: run a program of the MTA's and take what it prints.
 *
 * No shell: arguments are handed over as they are. The name is looked for in
 * PATH. Standard input is empty, or what is given for it; what the program
 * complains of goes into the fault.
 *
 * Threads: forks; call with one thread. Limits: PROGRAM_SECONDS, then it is
 * killed; the ceiling of the buffer. Source: posix_spawn(3).
 */
#ifndef HOPSEAL_CTL_PROGRAM_H
#define HOPSEAL_CTL_PROGRAM_H

#include "policy/base/buf.h"

enum { PROGRAM_SECONDS = 30 };

/*
 * Run argv (NULL at its end) and append its standard output to out. Fails:
 * NOTFOUND (no such program), IO (it ended with another code than 0, or by
 * a signal), TIMEOUT, LIMIT, NOMEM.
 */
enum status program_run(const char *const argv[], struct buf *out,
    struct fault *fault) MUST_CHECK;

/* The same with input on its standard input. */
enum status program_feed(const char *const argv[], struct slice input,
    struct buf *out, struct fault *fault) MUST_CHECK;

#endif
