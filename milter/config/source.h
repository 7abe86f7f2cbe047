/*
 * source: a text file in memory, and the first look at a configuration.
 *
 * source_clean() makes a configuration fit for libconfuse: comments become
 * blanks (so they may stand anywhere), and what its lexer gets wrong (strings
 * that are not closed, numeric escapes, deep nesting) is refused with the
 * line. Line numbers stay as they are.
 *
 * Threads: no state. Limits: the ceiling given; SOURCE_MAX for a
 * configuration, nesting of SOURCE_DEPTH braces.
 */
#ifndef HOPSEAL_CONFIG_SOURCE_H
#define HOPSEAL_CONFIG_SOURCE_H

#include "milter/config/findings.h"
#include "policy/base/buf.h"
#include "policy/base/status.h"

enum { SOURCE_MAX = 64 * 1024 * 1024, SOURCE_DEPTH = 16 };

/* What tells a file from another under any name. */
struct source_identity {
	unsigned long long device;
	unsigned long long inode;
};

/*
 * Append the whole file to out, whose ceiling is the bound. identity may be
 * NULL. Fails: IO, LIMIT, NOMEM; the sentence does not name the file.
 */
enum status source_read(const char *file, struct buf *out,
    struct source_identity *identity, struct fault *fault) MUST_CHECK;

/*
 * Blank out comments in text (*len octets). file is for the findings only.
 * Fails: SYNTAX; one finding was added and *len was cut to the lines in
 * front of the fault.
 */
enum status source_clean(char *text, size_t *len, const char *file,
    struct findings *findings) MUST_CHECK;

#endif
