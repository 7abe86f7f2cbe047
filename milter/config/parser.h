/*
 * parser: from files to a document. The only file that calls libconfuse.
 *
 * libconfuse stops at the first unknown option. So the parser learns its
 * name and shape from the library's error, adds it to the tables, and parses
 * again, until nothing unknown stops it; then all of them are reported with
 * their places. Sections are copied out and dropped as soon as they close,
 * which keeps time linear in their number.
 *
 * A relative file name in include("FILE") is meant from the directory of
 * the file that includes.
 *
 * Threads: one at a time in the process (libconfuse's lexer is global).
 * Limits: PARSER_DEPTH files open at once, PARSER_FILES in all,
 * PARSER_UNKNOWN different unknown options before the parser gives up.
 * Source: libconfuse 3.3.
 */
#ifndef HOPSEAL_CONFIG_PARSER_H
#define HOPSEAL_CONFIG_PARSER_H

#include "milter/config/document.h"
#include "milter/config/findings.h"

enum { PARSER_DEPTH = 16, PARSER_FILES = 10000 };

/* tests/fuzz/campaign defines it small: each costs another time to parse. */
#ifndef PARSER_UNKNOWN
#define PARSER_UNKNOWN 64
#endif

/*
 * Fill out, whose arena is the caller's and is reset here. What is wrong
 * with syntax and names goes to findings. Fails: IO (file cannot be read,
 * one finding), NOMEM. With other findings the status is OK and the document
 * holds all that could be read.
 */
enum status parser_read(const char *file, struct document *out,
    struct findings *findings) MUST_CHECK;

/* The same of a text; name is what findings call it. */
enum status parser_read_text(struct slice text, const char *name,
    struct document *out, struct findings *findings) MUST_CHECK;

/*
 * Write the name that is meant when file names other: other itself if it
 * is absolute, else in file's directory. NULL: no memory.
 */
const char *parser_beside(struct arena *arena, const char *file,
    const char *other) MUST_CHECK;

#endif
