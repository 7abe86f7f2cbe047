/*
 * detach: from a command in a shell to a daemon without a terminal.
 *
 *	detach_fork -> (start) -> detach_terminal -> (serve) -> detach_tell
 *
 * The parent waits until the child serves, so that a start script hears of
 * every failure. Threads: all before there are others, but detach_tell.
 */
#ifndef HOPSEAL_SERVER_DETACH_H
#define HOPSEAL_SERVER_DETACH_H

#include <stdbool.h>

#include "milter/system/log.h"

/*
 * Descriptors 0 to 2 must be taken: else the ledger or the socket would get
 * one of them, and log lines or detach_terminal would destroy it.
 */
bool detach_keep_descriptors(void);

/*
 * Returns true in the process that goes on, with the place where its parent
 * waits in *ready_fd; false in the parent, with its exit code in *code.
 */
bool detach_fork(struct log *log, int *ready_fd, int *code);

/* End the parent's wait with this exit code. -1 inside: nobody waits. */
void detach_tell(struct log *log, int *ready_fd, int code);

/*
 * Let go of the terminal; standard error stays if keeps_stderr. A
 * configuration file named from this folder must be found at a reload.
 */
void detach_terminal(const char *config_file, bool keeps_stderr);

#endif
