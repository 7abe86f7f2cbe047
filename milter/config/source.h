/*
 * source: the first look at the text of a configuration.
 *
 * source_clean() makes a configuration fit for libconfuse: comments become
 * blanks (so they may stand anywhere), and what its lexer gets wrong (strings
 * that are not closed, numeric escapes, deep nesting) is refused with the
 * line. Line numbers stay as they are.
 *
 * Threads: no state. Limits: SOURCE_MAX octets, nesting of SOURCE_DEPTH
 * braces.
 */
#ifndef HOPSEAL_CONFIG_SOURCE_H
#define HOPSEAL_CONFIG_SOURCE_H

#include "milter/config/findings.h"
#include "policy/base/status.h"

enum { SOURCE_MAX = 64 * 1024 * 1024, SOURCE_DEPTH = 16 };

/*
 * Blank out comments in text (*len octets). file is for the findings only.
 * Fails: SYNTAX; one finding was added and *len was cut to the lines in
 * front of the fault.
 */
enum status source_clean(char *text, size_t *len, const char *file,
    struct findings *findings) MUST_CHECK;

#endif
