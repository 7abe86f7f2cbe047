/*
 * descriptors: how many files and sockets may be open at once.
 *
 * Service managers give a soft limit of 1024 for the sake of old programs with
 * select(2), and a hard one far above. A connection of the MTA takes one.
 *
 * Threads: descriptors_raise before there are others. Source: getrlimit(2).
 */
#ifndef HOPSEAL_SYSTEM_DESCRIPTORS_H
#define HOPSEAL_SYSTEM_DESCRIPTORS_H

#include <stdbool.h>

enum { DESCRIPTORS_FEW = 16 };

/* Make the soft limit the hard one. Where that fails the soft one holds. */
void descriptors_raise(void);

/* The limit in force. */
unsigned long descriptors_limit(void);

/* Are fewer than DESCRIPTORS_FEW left? Two cheap system calls or three. */
bool descriptors_are_short(void);

#endif
