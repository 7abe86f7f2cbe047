/*
 * attributes: what the compiler should know about a declaration.
 *
 * Use: put MUST_CHECK in front of what returns an enum status.
 */
#ifndef HOPSEAL_BASE_ATTRIBUTES_H
#define HOPSEAL_BASE_ATTRIBUTES_H

#define MUST_CHECK	   __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))

/* The number of elements of an array (not of a pointer). */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
