/*
 * job: what a process of the fleet does, and what it knows.
 *
 * Threads: none; each job runs in a process of its own.
 */
#ifndef HOPSEAL_FLEET_JOB_H
#define HOPSEAL_FLEET_JOB_H

#include <sys/types.h>

#include "milter/config/config.h"
#include "milter/fleet/board.h"

/* Lives as long as the process; the configuration is that of the start. */
struct job_env {
	const struct config *config;
	const char *config_file;
	struct log *log;
	struct board *board;
	pid_t daemon; /* SIGUSR1 makes it reload */
};

/*
 * Goes on until the process is ended; returns only when it cannot, and is
 * then started again after a while, in a new process.
 */
typedef void job_run(const struct job_env *env);

struct job {
	const char *name; /* in the log */
	const char *process; /* at most 15 octets, for ps(1) */
	bool (*is_wanted)(const struct config *config);
	job_run *run;
};

#endif
