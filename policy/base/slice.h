/*
 * slice: a view of text that somebody else owns.
 *
 * Not NUL-terminated; may hold any octet. Plain value, copied freely.
 * Letters are compared as ASCII, whatever the locale.
 */
#ifndef HOPSEAL_BASE_SLICE_H
#define HOPSEAL_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
	const char *at; /* may be NULL when len is 0 */
	size_t len;	/* octets */
};

/* The slice of a C string; NULL gives an empty one. Borrows text. */
struct slice slice_of(const char *text);

/* len octets from at. Borrows at. */
struct slice slice_make(const char *at, size_t len);

bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b);

/* Is it the C string text? Octet by octet / without regard to case. */
bool slice_is(struct slice s, const char *text);
bool slice_is_nocase(struct slice s, const char *text);

/* Does it begin with the C string text, without regard to case? */
bool slice_begins_nocase(struct slice s, const char *text);

/* Does it hold the C string text somewhere? An empty text is held by all. */
bool slice_holds(struct slice s, const char *text);

/* Without leading and trailing blanks: SP, HTAB, CR, LF. */
struct slice slice_trim(struct slice s);

/*
 * Cut at the first octet sep: returns what stands before it and leaves in
 * *rest what follows. Without sep returns all and leaves *rest empty, with
 * rest->at NULL (which tells "no more" from "an empty last part").
 */
struct slice slice_cut(struct slice *rest, char sep);

/*
 * A plain number of 1 to 10 digits, at most max. Returns false, with *out
 * untouched, for anything else (sign, blank, empty).
 */
bool slice_number(struct slice s, unsigned long max, unsigned long *out);

/* ASCII only, whatever the locale. */
char ascii_lower(char c);
bool ascii_is_alnum(char c);
bool ascii_is_digit(char c);
bool ascii_is_blank(char c); /* SP, HTAB, CR, LF */

#endif
