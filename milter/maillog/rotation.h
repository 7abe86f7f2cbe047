/*
 * rotation: which file goes on from where the log was read last.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_MAILLOG_ROTATION_H
#define HOPSEAL_MAILLOG_ROTATION_H

#include <stdbool.h>

#include "milter/maillog/position.h"

enum rotation_place {
	ROTATION_SAME,	  /* file itself goes on from the position */
	ROTATION_OLD,	  /* the rest stands in a rotated file; then file */
	ROTATION_LOST,	  /* position stands nowhere: read file from 0 */
	ROTATION_MISSING, /* file is not there */
	ROTATION_DENIED	  /* file cannot be opened */
};

/*
 * Find position in file, or in FILE.* or FILE-*. Gives *fd, open at the
 * position (SAME, OLD) or at the beginning (LOST); close it.
 */
enum rotation_place rotation_find(const char *file,
    const struct position *position, int *fd);

/* Is fd, read up to offset, no longer what file names, or cut short? */
bool rotation_happened(const char *file, int fd, int64_t offset);

/* Open file for reading; -1 with errno. */
int rotation_open(const char *file);

#endif
