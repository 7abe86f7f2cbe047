/*
 * ship: the job that brings the ledger to the centre.
 *
 * Threads: a process of its own. Source: LEDGER.md; hopseald(8), "FLEET".
 */
#ifndef HOPSEAL_FLEET_SHIP_H
#define HOPSEAL_FLEET_SHIP_H

#include "milter/fleet/job.h"

bool ship_is_wanted(const struct config *config);

job_run ship_run;

#endif
