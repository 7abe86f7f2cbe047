/*
 * draft: what one class, policy or client section says, before defaults and
 * classes fill what it leaves open.
 *
 * draft_read() checks every key and the title; draft_apply() lays what is
 * set over a rule: first the class, then the section that names it.
 *
 * Threads: one owner. Memory: texts lie in the document's arena.
 * Source: POLICY.md, "What a rule says" and "Rulings".
 */
#ifndef HOPSEAL_CONFIG_DRAFT_H
#define HOPSEAL_CONFIG_DRAFT_H

#include "milter/config/document.h"
#include "milter/config/findings.h"
#include "milter/config/words.h"
#include "policy/domain.h"
#include "policy/network.h"
#include "policy/rule.h"
#include "policy/table.h"

enum draft_kind {
	DRAFT_CLASS,
	DRAFT_POLICY,  /* of a domain or address literal */
	DRAFT_DEFAULT, /* policy "*" */
	DRAFT_NETWORK, /* client */
	DRAFT_NAME,    /* client */
	DRAFT_BAD      /* the title was refused */
};

struct draft {
	const struct block *block;
	size_t order; /* among all drafts; the caller's */
	enum draft_kind kind;
	const char *key; /* the title, normalized; "" when DRAFT_BAD */
	struct domain domain; /* DRAFT_POLICY, DRAFT_NAME */
	enum scope scope;     /* of these */
	struct network net;   /* DRAFT_NETWORK */
	unsigned set;	      /* bits of draft.c: which fields below hold */
	enum mode mode;
	struct rule rule;
	const struct word *class_word; /* NULL: names no class */
	bool breaks_rfc3207;
};

/* observe, stamp, enforce: as enum operation. */
extern const struct words draft_operations;

/* Read a block of kind class, policy or client. Fails: NOMEM. */
enum status draft_read(const struct block *block, struct arena *arena,
    struct findings *findings, struct draft *out) MUST_CHECK;

/* Lay what the draft sets over rule. Texts stay borrowed. */
void draft_apply(const struct draft *draft, struct rule *rule);

/* The same for the rule of a client: its one side is `mode`, else `from`. */
void draft_apply_to_client(const struct draft *draft, struct rule *rule);

#endif
