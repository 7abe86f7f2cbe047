/*
 * random: octets that nobody can guess, from the operating system.
 */
#ifndef HOPSEAL_SYSTEM_RANDOM_H
#define HOPSEAL_SYSTEM_RANDOM_H

#include <stddef.h>

#include "policy/base/attributes.h"
#include "policy/base/status.h"

/* Fill out; len is 256 at most. Fails: IO. */
enum status random_fill(void *out, size_t len) MUST_CHECK;

#endif
