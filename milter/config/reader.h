/*
 * reader: the settings of one block, typed.
 *
 * Every reader_* function looks a name up in the block and checks its
 * value. It returns true when the option is set to something good; else it
 * leaves *out alone, after a finding when the value was bad. So a caller sets
 * the default first and reads over it.
 *
 * Threads: one owner. Memory: texts lie in the document's arena.
 */
#ifndef HOPSEAL_CONFIG_READER_H
#define HOPSEAL_CONFIG_READER_H

#include <sys/types.h>

#include "milter/config/document.h"
#include "milter/config/findings.h"
#include "milter/config/words.h"

struct reader {
	const struct block *block;
	struct findings *findings;
	struct arena *arena;
	bool is_out_of_memory; /* a text could not be copied */
};

/* May the word "none" turn the option off? */
enum optional { OPTIONAL_NO, OPTIONAL_NONE };

/* Checks a text: NULL when good, else the clause (value.h). */
typedef const char *reader_check(const char *text);

/* Add `FILE:LINE: option NAME in SECTION: ...` for a word of the option. */
void reader_fault(const struct reader *reader, const char *name,
    const struct word *word, const char *format, ...) PRINTF_LIKE(4, 5);

/*
 * Copy what stands between begin and begin + len into the arena. Sets
 * is_out_of_memory when that fails, and returns "".
 */
const char *reader_copy(struct reader *reader, const char *begin, size_t len);

/*
 * The word of a scalar that is set and not empty, or NULL. The empty text is
 * a finding: it comes from a ${VAR} that is not set.
 */
const struct word *reader_word(const struct reader *reader, const char *name);

/* The next word of a list that is not empty text; begin with *at = 0. */
const struct word *reader_next(const struct reader *reader, const char *name,
    size_t *at);

/* An enum: *out is the index into words. */
bool reader_enum(const struct reader *reader, const char *name,
    const struct words *words, unsigned *out);

bool reader_bool(const struct reader *reader, const char *name, bool *out);

/* A number from least to most. */
bool reader_number(const struct reader *reader, const char *name,
    unsigned long least, unsigned long most, unsigned *out);

bool reader_mode(const struct reader *reader, const char *name, mode_t *out);

/* A text that check likes. With OPTIONAL_NONE, "none" gives NULL. */
bool reader_text(const struct reader *reader, const char *name,
    enum optional optional, reader_check *check, const char **out);

/* A file name; a relative one is meant from where it is written. */
bool reader_path(struct reader *reader, const char *name,
    enum optional optional, const char **out);

/* A socket; `unix:` is given as `local:`. */
bool reader_socket(struct reader *reader, const char *name,
    enum optional optional, const char **out);

#endif
