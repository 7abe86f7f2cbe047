/*
 * suggest_survey: of whom the ledger has evidence enough, and what.
 *
 * Twice over the ledger: the daily summaries say who was seen long and often
 * enough, the records then say with what sessions. Whoever invents names
 * must send as many messages over as many days for each of them.
 *
 *	survey_make -> survey->items ... -> survey_clear
 *
 * Threads: one owner. Limits: SURVEY_MAX domains, those with most mail.
 */
#ifndef HOPSEAL_CTL_SUGGEST_SURVEY_H
#define HOPSEAL_CTL_SUGGEST_SURVEY_H

#include "milter/ctl/suggest_rule.h"

enum { SURVEY_MAX = 2000 };

struct survey_item {
	char domain[DOMAIN_MAX + 1];
	uint64_t messages;
	bool asked[2]; /* by direction: enough was seen */
	struct suggest_candidate *candidate;
};

struct survey {
	struct survey_item *items; /* most mail first */
	size_t count, room;
	uint64_t few, briefly; /* sides left out: SUGGEST_FEW, _SHORT */
	size_t beyond;	       /* domains left out for SURVEY_MAX */
};

struct survey_query {
	struct queries_range range; /* cut to the days that the ledger has */
	struct suggest_limits limits;
};

/*
 * Ask. *query gets the range as far as the ledger reaches. On a terminal
 * standard error shows how far it has come. Pair: survey_clear, also after a
 * failure. Fails: as the queries, NOMEM.
 */
enum status survey_make(struct queries *queries, struct survey_query *query,
    struct survey *out, struct fault *fault) MUST_CHECK;
void survey_clear(struct survey *survey);

#endif
