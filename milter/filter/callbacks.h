/*
 * callbacks: what happens when: libmilter's, in the order of an SMTP session.
 *
 * Each reads what the MTA says, calls session/, and gives its answer.
 *
 * Threads: callbacks_register while there is one; libmilter calls them in as
 * many as it likes, those of one connection one after the other.
 * Source: libmilter's mfapi documentation.
 */
#ifndef HOPSEAL_FILTER_CALLBACKS_H
#define HOPSEAL_FILTER_CALLBACKS_H

#include "milter/filter/connection.h"

/*
 * Have libmilter call them, for filter. Borrows it until callbacks_forget,
 * when no connection is open any more. Returns false when libmilter has no
 * memory.
 */
bool callbacks_register(struct filter *filter) MUST_CHECK;
void callbacks_forget(void);

#endif
