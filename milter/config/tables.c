#include "milter/config/pass.h"

#include <stdlib.h>
#include <string.h>

struct context *
context_of(const cfg_t *cfg)
{
	void *data = cfg->opts[SLOT_INCLUDE].simple_value.ptr;

	return data;
}

struct unknown *
unknown_find(struct pass *pass, size_t kind, const char *name)
{
	size_t i;

	for (i = 0; i < pass->unknown_count; i++)
		if (pass->unknown[i].kind == kind &&
		    strcmp(pass->unknown[i].name, name) == 0)
			return &pass->unknown[i];
	return NULL;
}

/* No text of a table is written to: cfg_init copies all of it. */
static char *
borrowed(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void
set_slots(cfg_opt_t *table, struct context *context)
{
	table[SLOT_INCLUDE].name = "include";
	table[SLOT_INCLUDE].type = CFGT_FUNC;
	table[SLOT_INCLUDE].func = include_called;
	table[SLOT_INCLUDE].simple_value.ptr = (void **)(void *)context;
	table[SLOT_PLACE].name = " ";
	table[SLOT_PLACE].type = CFGT_PTR;
	table[SLOT_PLACE].parsecb = value_seen;
	table[SLOT_PLACE].def.parsed = borrowed("here");
}

static void
set_key(cfg_opt_t *opt, const struct key *key)
{
	opt->name = key->name;
	opt->type = CFGT_PTR;
	opt->flags = key->is_list ? CFGF_LIST : CFGF_NONE;
	opt->parsecb = value_seen;
	if (key->initial == NULL)
		opt->flags |= CFGF_NODEFAULT;
	else
		opt->def.parsed = borrowed(key->initial);
}

/* inside: the table of an unknown section. */
static void
set_unknown(cfg_opt_t *opt, const struct unknown *unknown, cfg_opt_t *inside)
{
	opt->name = unknown->name;
	switch (unknown->shape) {
	case SHAPE_VALUE:
	case SHAPE_OTHER:
		opt->type = CFGT_PTR;
		opt->flags = CFGF_LIST | CFGF_NODEFAULT;
		opt->parsecb = unknown_value_seen;
		break;
	case SHAPE_SECTION:
	case SHAPE_TITLED:
		opt->type = CFGT_SEC;
		opt->flags = CFGF_MULTI;
		if (unknown->shape == SHAPE_TITLED)
			opt->flags |= CFGF_TITLE;
		opt->subopts = inside;
		opt->validcb = unknown_section_seen;
		break;
	case SHAPE_CALL:
		opt->type = CFGT_FUNC;
		opt->func = unknown_call_seen;
		break;
	}
}

static void
set_section(cfg_opt_t *opt, const struct kind *kind, cfg_opt_t *table)
{
	opt->name = kind->name;
	opt->type = CFGT_SEC;
	opt->flags = CFGF_MULTI | (kind->is_titled ? CFGF_TITLE : CFGF_NONE);
	opt->subopts = table;
	opt->validcb = section_seen;
}

/*
 * A table of one kind, in one piece of memory. tables[KIND_COUNT] is there
 * already; those of the sections are, when it is the global one's turn.
 */
static cfg_opt_t *
table_make(struct pass *pass, size_t kind, cfg_opt_t **tables)
{
	size_t key_count = kind < KIND_COUNT ? option_kinds[kind].key_count : 0;
	cfg_opt_t *table = calloc(SLOT_KEYS + key_count + KIND_COUNT +
		pass->unknown_count + 1, sizeof(*table));
	cfg_opt_t *next;
	size_t i;

	if (table == NULL)
		return NULL;
	next = table + SLOT_KEYS;
	set_slots(table, &pass->contexts[kind]);
	for (i = 0; i < key_count; i++)
		set_key(next++, &option_kinds[kind].keys[i]);
	for (i = KIND_GLOBAL + 1; kind == KIND_GLOBAL && i < KIND_COUNT; i++)
		set_section(next++, &option_kinds[i], tables[i]);
	for (i = 0; i < pass->unknown_count; i++)
		if (pass->unknown[i].kind == kind)
			set_unknown(next++, &pass->unknown[i],
			    tables[KIND_COUNT]);
	return table;
}

cfg_t *
tables_open(struct pass *pass)
{
	cfg_opt_t *tables[KIND_COUNT + 1] = {NULL};
	cfg_t *root = NULL;
	size_t i;

	/* From the inmost to the global one, each holds those before. */
	for (i = KIND_COUNT + 1; i > 0; i--) {
		pass->contexts[i - 1].pass = pass;
		pass->contexts[i - 1].kind = i - 1;
		tables[i - 1] = table_make(pass, i - 1, tables);
		if (tables[i - 1] == NULL)
			break;
	}
	if (i == 0)
		root = cfg_init(tables[KIND_GLOBAL], CFGF_NONE);
	for (i = 0; i <= KIND_COUNT; i++)
		free(tables[i]);
	return root;
}
