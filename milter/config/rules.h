/*
 * rules: all class, policy and client sections, resolved into the table.
 *
 * Threads: one owner. Memory: the document's arena and its own.
 * Source: POLICY.md, "What a rule says" and "Rulings".
 */
#ifndef HOPSEAL_CONFIG_RULES_H
#define HOPSEAL_CONFIG_RULES_H

#include "milter/config/document.h"
#include "milter/config/findings.h"
#include "policy/rule.h"
#include "policy/table.h"

struct rules;

/*
 * Read the sections of document, report what is wrong, and fill table.
 * operation is the global one. Borrows document; gives *out, free with
 * rules_free. Fails: NOMEM, LIMIT (more clients than a table holds).
 */
enum status rules_new(const struct document *document,
    enum operation operation, struct findings *findings, struct table *table,
    struct rules **out) MUST_CHECK;
void rules_free(struct rules **rules);

/*
 * The same for sections that give way to those of above, of the same table:
 * titles that it has are left out. Classes are not shared. Borrows document
 * and above. Fails as rules_new.
 */
enum status rules_new_below(const struct document *document,
    const struct rules *above, struct findings *findings,
    struct rules **out) MUST_CHECK;

/*
 * Do these rules give way to what is in the table? Then one more was left
 * out, and is counted.
 */
bool rules_give_way(struct rules *rules);

/* The table that the rules are in. */
struct table *rules_table(const struct rules *rules);

/* How many were left out. */
size_t rules_left_out(const struct rules *rules);

/* The rule of a class, as kept in the table; NULL: there is none. */
const struct rule *rules_class(const struct rules *rules, struct slice name);

/* Write the names of the classes, "a, b, c", or "(there is none)". */
void rules_class_list(const struct rules *rules, char *out, size_t size);

/* The policy section of exactly this domain, or NULL. */
const struct block *rules_policy(const struct rules *rules,
    const struct domain *domain);

#endif
