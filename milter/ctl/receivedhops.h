/*
 * receivedhops: the way of a message, as its Received fields claim it.
 *
 * One line for each field, the newest first, the oldest last, as they stand
 * in the header. Every host on the way can write what it likes, and below
 * its own field invent others: the list says so. Octets from outside are
 * escaped and cut. Threads: one. Limits: RECEIVEDHOPS_MAX lines.
 */
#ifndef HOPSEAL_CTL_RECEIVEDHOPS_H
#define HOPSEAL_CTL_RECEIVEDHOPS_H

#include "milter/ctl/receivedfield.h"
#include "milter/stamp/header.h"
#include "policy/base/buf.h"

enum { RECEIVEDHOPS_MAX = 50, RECEIVEDHOPS_LINE = 512 };

/*
 * Print the fields on standard output. stamp is the index of the field that
 * was verified, which parts later hops from earlier ones, or header->count.
 */
void receivedhops_print(const struct header *header, size_t stamp);

/* The words of one line, appended. */
void receivedhops_line(const struct received *hop, struct buf *out);

#endif
