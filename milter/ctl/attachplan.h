/*
 * attachplan: the changes that hopseal attach is about to make, in order.
 *
 * A plan is made without touching anything; it can be printed, or carried
 * out step by step by those who made it. Texts live in the plan's arena.
 *
 * Threads: one owner. Limits: PLAN_STEPS steps, PLAN_MEMORY octets of text.
 */
#ifndef HOPSEAL_CTL_ATTACHPLAN_H
#define HOPSEAL_CTL_ATTACHPLAN_H

#include <sys/types.h>

#include "policy/base/arena.h"
#include "policy/base/buf.h"

enum { PLAN_STEPS = 24, PLAN_MEMORY = 16 * 1024 * 1024 };

enum step_kind {
	STEP_FILE,     /* target gets the text value */
	STEP_FOLDER,   /* target is made */
	STEP_PARAMETER /* target = value in main.cf */
};

struct step {
	enum step_kind kind;
	bool is_ours;	    /* hopseal's own file: not undone */
	const char *target; /* file, folder or parameter */
	const char *value;  /* the whole new text, or the new value */
	const char *was;    /* parameter: as it was set; NULL: it was not */
	const char *shown;  /* the lines that come or change, for a person */
	const char *why;
	const char *owner;  /* folder: names and mode */
	const char *group;
	mode_t mode;
};

struct plan {
	struct arena *arena;
	size_t count;
	struct step step[PLAN_STEPS];
};

/* Fails: NOMEM. Pair: plan_clear. */
enum status plan_init(struct plan *plan, struct fault *fault) MUST_CHECK;
void plan_clear(struct plan *plan);

/* A copy that lives as long as the plan; NULL: no memory. */
const char *plan_text(struct plan *plan, const char *text);

/* A new step at the end, all but kind and target empty. NULL: no room. */
struct step *plan_add(struct plan *plan, enum step_kind kind,
    const char *target);

/* Does some step change hopseal's own side (is_ours), or the MTA's? */
bool plan_changes(const struct plan *plan, bool is_ours);

/* All steps, numbered, on stdout. */
void plan_print(const struct plan *plan);

/* Make the folder of a step, with owner and mode. Fails: IO, NOTFOUND. */
enum status plan_make_folder(const struct step *step,
    struct fault *fault) MUST_CHECK;

#endif
