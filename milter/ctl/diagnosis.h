/*
 * diagnosis: what hopseal doctor found, in the order in which it looked.
 *
 * A finding says what is wrong, why it matters, and the command that mends
 * it: diagnosis_add begins one, diagnosis_why and diagnosis_remedy belong to
 * the last that began.
 *
 * Threads: one owner. Limits: DIAGNOSIS_MAX findings; texts of
 * DIAGNOSIS_TEXT_MAX octets are cut. Source: POLICY.md.
 */
#ifndef HOPSEAL_CTL_DIAGNOSIS_H
#define HOPSEAL_CTL_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/attributes.h"

enum {
	DIAGNOSIS_MAX = 400,
	DIAGNOSIS_TEXT_MAX = 511,
	DIAGNOSIS_REMEDY_MAX = 2047 /* it may hold a record of RSA */
};

enum severity {
	SEVERITY_NOTE,	  /* good to know; does not count */
	SEVERITY_WARNING, /* should be mended */
	SEVERITY_ERROR	  /* mail is lost, exposed, or not judged */
};

struct finding {
	enum severity severity;
	const char *name; /* stable, for scripts and the manual */
	const char *why;
	char what[DIAGNOSIS_TEXT_MAX + 1];
	char remedy[DIAGNOSIS_REMEDY_MAX + 1];
};

struct diagnosis {
	size_t count;
	bool is_cut; /* there were more */
	struct finding finding[DIAGNOSIS_MAX];
};

/* Begin a finding. name must outlive the diagnosis. */
void diagnosis_add(struct diagnosis *diagnosis, enum severity severity,
    const char *name, const char *format, ...) PRINTF_LIKE(4, 5);

/* Why the last finding matters: a whole sentence. Borrows why. */
void diagnosis_why(struct diagnosis *diagnosis, const char *why);

/* The command or the line that mends the last finding. */
void diagnosis_remedy(struct diagnosis *diagnosis, const char *format,
    ...) PRINTF_LIKE(2, 3);

size_t diagnosis_count(const struct diagnosis *diagnosis,
    enum severity severity);

/* All on stdout, the worst first, with a sum at the end; or as JSON. */
void diagnosis_print(const struct diagnosis *diagnosis);
void diagnosis_print_json(const struct diagnosis *diagnosis);

#endif
