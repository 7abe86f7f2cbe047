#include "milter/config/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/config/drafts.h"

struct rules {
	struct drafts drafts;
	const struct rule **class_rules; /* in the order of the classes */
	enum operation operation;
	bool is_complete; /* the document is */
	struct findings *findings;
	struct table *table;
	const struct rules *above; /* to whose titles these give way; or NULL */
	size_t left_out;
};

void
rules_free(struct rules **rules)
{
	if (*rules == NULL)
		return;
	drafts_clear(&(*rules)->drafts);
	free((*rules)->class_rules);
	free(*rules);
	*rules = NULL;
}

void
rules_class_list(const struct rules *rules, char *out, size_t size)
{
	const struct drafts *drafts = &rules->drafts;
	size_t used = 0;
	size_t i;

	(void)snprintf(out, size, "(there is none)");
	for (i = drafts->first[DRAFT_CLASS];
	     i < drafts->first[DRAFT_CLASS + 1] && used < size; i++) {
		int len = snprintf(out + used, size - used, "%s%s",
		    used == 0 ? "" : ", ", drafts->at[i].key);

		used += len < 0 ? 0 : (size_t)len;
	}
}

static const struct draft *
class_of(const struct rules *rules, const struct draft *draft)
{
	const struct word *word = draft->class_word;
	const struct draft *found;
	char list[160];

	if (word == NULL)
		return NULL;
	found = drafts_find(&rules->drafts, DRAFT_CLASS, slice_of(word->text));
	if (found != NULL || !rules->is_complete)
		return found;
	rules_class_list(rules, list, sizeof(list));
	findings_add(rules->findings, word->file, word->line, "option class "
	    "in %s \"%.80s\": there is no class \"%.80s\"; classes are: %s",
	    draft->block->kind, draft->block->title, word->text, list);
	return NULL;
}

/* RFC 3207, section 4: a public MX must not require TLS of everybody. */
static void
check_default(const struct rules *rules, const struct draft *draft,
    const struct rule *rule)
{
	if (draft->breaks_rfc3207 ||
	    (rule->from != MODE_REQUIRE && rule->to != MODE_REQUIRE))
		return;
	findings_add(rules->findings, draft->block->file, draft->block->line,
	    "policy \"*\": require for everybody breaks RFC 3207, section 4, "
	    "on a public MX; where it is meant (submission) write "
	    "i-know-this-breaks-rfc3207 = true");
}

/* Without peer-names, names are made of the policy domain: is there one? */
static void
check_peer(const struct rules *rules, const struct draft *draft,
    const struct rule *rule)
{
	if (rule->level.peer != PEER_NAMED || rule->level.peer_name_count > 0)
		return;
	if (draft->kind == DRAFT_POLICY && draft->domain.kind == DOMAIN_NAME)
		return;
	findings_add(rules->findings, draft->block->file, draft->block->line,
	    "%s \"%.80s\": peer = \"named\" finds no name in this title; set "
	    "peer-names", draft->block->kind, draft->block->title);
}

/* The complete rule of a policy or client section. */
static void
resolve(const struct rules *rules, const struct draft *draft,
    struct rule *out)
{
	const struct draft *above = class_of(rules, draft);
	bool is_client =
	    draft->kind == DRAFT_NETWORK || draft->kind == DRAFT_NAME;

	*out = rule_default;
	out->operation = rules->operation;
	if (above != NULL) {
		out->class_name = above->key;
		(is_client ? draft_apply_to_client : draft_apply)(above, out);
	}
	(is_client ? draft_apply_to_client : draft_apply)(draft, out);
	check_peer(rules, draft, out);
	if (draft->kind == DRAFT_DEFAULT)
		check_default(rules, draft, out);
}

static enum status
put_draft(const struct rules *rules, const struct draft *draft,
    const struct rule *rule)
{
	struct table *table = rules->table;

	switch (draft->kind) {
	case DRAFT_DEFAULT:
		table_set_default(table, rule);
		return STATUS_OK;
	case DRAFT_POLICY:
		return table_add_domain(table, &draft->domain, draft->scope,
		    rule);
	case DRAFT_NETWORK:
		return table_add_network(table, &draft->net,
		    slice_of(draft->block->title), rule);
	case DRAFT_NAME:
		return table_add_client(table, &draft->domain, draft->scope,
		    rule);
	case DRAFT_CLASS:
	case DRAFT_BAD:
		break;
	}
	return STATUS_OK;
}

bool
rules_give_way(struct rules *rules)
{
	if (rules->above == NULL)
		return false;
	rules->left_out++;
	return true;
}

struct table *
rules_table(const struct rules *rules)
{
	return rules->table;
}

size_t
rules_left_out(const struct rules *rules)
{
	return rules->left_out;
}

static enum status
add_draft(struct rules *rules, const struct draft *draft)
{
	struct rule resolved;
	const struct rule *rule;
	enum status status;

	if (rules->above != NULL &&
	    drafts_find(&rules->above->drafts, draft->kind,
		slice_of(draft->key)) != NULL && rules_give_way(rules))
		return STATUS_OK;
	resolve(rules, draft, &resolved);
	rule = table_keep(rules->table, &resolved);
	if (rule == NULL)
		return STATUS_NOMEM;
	status = put_draft(rules, draft, rule);
	/* By a line of the table above, if by anything. */
	if (status == STATUS_EXISTS && rules_give_way(rules))
		return STATUS_OK;
	return status;
}

/* Until a policy "*" says more, the global operation holds for the rest. */
static enum status
set_default(const struct rules *rules)
{
	struct rule standard = rule_default;
	const struct rule *rule;

	if (rules->above != NULL)
		return STATUS_OK;
	standard.operation = rules->operation;
	rule = table_keep(rules->table, &standard);
	if (rule == NULL)
		return STATUS_NOMEM;
	table_set_default(rules->table, rule);
	return STATUS_OK;
}

/* Policies and clients; repeated titles are left out. */
static enum status
add_drafts(struct rules *rules)
{
	enum status status;
	size_t i;

	for (i = 0; i < rules->drafts.first[DRAFT_BAD]; i++) {
		if (drafts_is_repeated(&rules->drafts, i, rules->findings) ||
		    rules->drafts.at[i].kind == DRAFT_CLASS)
			continue;
		status = add_draft(rules, &rules->drafts.at[i]);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* After the policies: the table looks for the rules kept last first. */
static enum status
keep_classes(struct rules *rules)
{
	const struct drafts *drafts = &rules->drafts;
	size_t i;

	for (i = drafts->first[DRAFT_CLASS];
	     i < drafts->first[DRAFT_CLASS + 1]; i++) {
		struct rule rule = rule_default;

		rule.operation = rules->operation;
		rule.class_name = drafts->at[i].key;
		draft_apply(&drafts->at[i], &rule);
		rules->class_rules[i] = table_keep(rules->table, &rule);
		if (rules->class_rules[i] == NULL)
			return STATUS_NOMEM;
	}
	return STATUS_OK;
}

/* Fill rules, whose operation, table and above are set. */
static enum status
rules_fill(struct rules *rules, const struct document *document)
{
	enum status status;

	rules->is_complete = document->is_complete;
	rules->class_rules = calloc(document->count + 1,
	    sizeof(*rules->class_rules));
	if (rules->class_rules == NULL)
		return STATUS_NOMEM;
	status = drafts_read(&rules->drafts, document, rules->findings);
	if (status == STATUS_OK)
		status = set_default(rules);
	if (status == STATUS_OK)
		status = add_drafts(rules);
	if (status == STATUS_OK)
		status = keep_classes(rules);
	return status;
}

/* Give rules that begin as head. */
static enum status
rules_make(const struct rules *head, const struct document *document,
    struct rules **out)
{
	struct rules *rules = malloc(sizeof(*rules));
	enum status status;

	if (rules == NULL)
		return STATUS_NOMEM;
	*rules = *head;
	status = rules_fill(rules, document);
	if (status == STATUS_OK)
		*out = rules;
	else
		rules_free(&rules);
	return status;
}

enum status
rules_new(const struct document *document, enum operation operation,
    struct findings *findings, struct table *table, struct rules **out)
{
	const struct rules head = {.operation = operation,
	    .findings = findings, .table = table};

	return rules_make(&head, document, out);
}

enum status
rules_new_below(const struct document *document, const struct rules *above,
    struct findings *findings, struct rules **out)
{
	const struct rules head = {.operation = above->operation,
	    .findings = findings, .table = above->table, .above = above};

	return rules_make(&head, document, out);
}

const struct rule *
rules_class(const struct rules *rules, struct slice name)
{
	const struct draft *found =
	    drafts_find(&rules->drafts, DRAFT_CLASS, name);

	return found == NULL ? NULL :
	    rules->class_rules[found - rules->drafts.at];
}

const struct block *
rules_policy(const struct rules *rules, const struct domain *domain)
{
	char key[DOMAIN_MAX + 1];
	const struct draft *found =
	    drafts_find(&rules->drafts, DRAFT_POLICY, table_key(domain, key));

	return found == NULL ? NULL : found->block;
}
