/*
 * spare: keeps back what libmilter itself cannot bear.
 *
 * smfi_getsymval (8.17.1 and before, at least) reads beyond a list of macros
 * whose last name has no value. No filter can prevent that; an MTA never
 * sends one, and an SMTP client cannot make it. hopseald(8), SECURITY, says
 * so; here such a list gets one string less.
 *
 * Threads: no state.
 */
#ifndef HOPSEAL_FUZZ_SPARE_H
#define HOPSEAL_FUZZ_SPARE_H

#include "policy/base/buf.h"

/* Change octets, packets of one session as libmilter will cut them. */
void spare_libmilter(struct buf *octets);

#endif
