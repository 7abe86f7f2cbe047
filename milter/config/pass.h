/*
 * pass: one run of libconfuse over the files, shared by its four parts.
 *
 *	tables.c   makes libconfuse's tables of options.h and what was learned
 *	harvest.c  the callbacks: copies what was parsed into the document
 *	learn.c    libconfuse's errors: what the next pass must know
 *	parser.c   files, includes, and the loop of passes
 *
 * No other file includes this or <confuse.h>. libconfuse hands a callback no
 * context, so every table begins with two slots of our own: `include`, a
 * function whose callback data leads to a struct context, and an option that
 * nobody can name and that has a default, so that its callback runs where a
 * section begins and keeps the place.
 */
#ifndef HOPSEAL_CONFIG_PASS_H
#define HOPSEAL_CONFIG_PASS_H

#include <stdarg.h>
#include <stdint.h>

#include <confuse.h>

#include "milter/config/document.h"
#include "milter/config/findings.h"
#include "milter/config/options.h"
#include "milter/config/parser.h"
#include "milter/system/input.h"

enum { SLOT_INCLUDE, SLOT_PLACE, SLOT_KEYS };

/* The shapes an unknown option may have, in the order they are tried. */
enum shape {
	SHAPE_VALUE,   /* NAME = VALUE, NAME = {...} */
	SHAPE_SECTION, /* NAME { ... } */
	SHAPE_TITLED,  /* NAME "TITLE" { ... } */
	SHAPE_CALL,    /* NAME(...) */
	SHAPE_OTHER    /* none of these: a syntax error */
};

struct unknown {
	size_t kind;
	const char *name;
	enum shape shape;
	unsigned line; /* where it was met first */
};

/* What a table's callbacks find their way with. */
struct context {
	struct pass *pass;
	size_t kind; /* KIND_COUNT: the inside of an unknown section */
};

struct pass {
	struct document *document;
	struct findings *findings;
	struct context contexts[KIND_COUNT + 1];
	struct unknown unknown[PARSER_UNKNOWN];
	size_t unknown_count;
	struct arena *names; /* of the unknown options */
	const struct slice *text; /* in place of the first file; or NULL */
	cfg_t *root;
	const char *file; /* being parsed; in the document's arena */
	struct input_identity open[PARSER_DEPTH];
	size_t depth;
	size_t files;
	bool has_learned; /* there must be another pass */
	bool has_explained; /* why libconfuse stopped with the file */
	enum status status; /* NOMEM, or OK */
};

/* tables.c */

/* The root of a new parse, with all tables. NULL: no memory. */
cfg_t *tables_open(struct pass *pass) MUST_CHECK;

/* The context of a section or of the root. */
struct context *context_of(const cfg_t *cfg);

/* What was learned of name in this kind of section, or NULL. */
struct unknown *unknown_find(struct pass *pass, size_t kind,
    const char *name);

/* harvest.c: libconfuse's callbacks */

int value_seen(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int section_seen(cfg_t *cfg, cfg_opt_t *opt);
int unknown_value_seen(cfg_t *cfg, cfg_opt_t *opt, const char *value,
    void *result);
int unknown_section_seen(cfg_t *cfg, cfg_opt_t *opt);
int unknown_call_seen(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

/* Add the finding that there is no such option. */
void report_unknown(const cfg_t *cfg, const char *name, unsigned line);

/* What is left at the end: global settings, sections an error left open. */
void harvest_rest(struct pass *pass);

/* learn.c */

/*
 * libconfuse found an error, and will stop with this file. A name or a shape
 * that this pass did not know is learned for the next one; anything else is
 * a finding, of which a file has one at most (has_explained).
 */
void error_seen(cfg_t *cfg, const char *format, va_list args);

/* libconfuse gave up with the file; it has not always said why. */
void explain_stop(struct pass *pass);

/* parser.c */

int include_called(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

#endif
