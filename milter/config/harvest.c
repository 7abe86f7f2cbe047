#include <stdio.h>
#include <string.h>

#include "milter/config/pass.h"

/* ` in policy "bank.example"`, or nothing outside of sections. */
static void
describe(const cfg_t *cfg, char *out, size_t size)
{
	if (context_of(cfg)->kind == KIND_GLOBAL)
		out[0] = '\0';
	else if (cfg->title != NULL)
		(void)snprintf(out, size, " in %s \"%.80s\"", cfg->name,
		    cfg->title);
	else
		(void)snprintf(out, size, " in %s", cfg->name);
}

/* What may have been meant by a name that this kind does not know. */
static void
advise(size_t kind, const char *name, char *out, size_t size)
{
	const char *near = option_nearest(&option_kinds[kind], name);
	const char *home = option_home(name);

	if (near != NULL)
		(void)snprintf(out, size, "did you mean %s?", near);
	else if (home != NULL)
		(void)snprintf(out, size, "it belongs in %s { ... }", home);
	else
		(void)snprintf(out, size, "hopseal.conf(5) has the list");
}

void
report_unknown(const cfg_t *cfg, const char *name, unsigned line)
{
	struct context *context = context_of(cfg);
	char where[160], advice[160];

	describe(cfg, where, sizeof(where));
	advise(context->kind, name, advice, sizeof(advice));
	findings_add(context->pass->findings, context->pass->file, line,
	    "option %.80s%s: there is no such option; %s", name, where, advice);
}

int
value_seen(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct pass *pass = context_of(cfg)->pass;
	struct arena *arena = pass->document->arena;
	struct word *word = arena_alloc(arena, sizeof(*word));
	const char *text = arena_copy(arena, slice_of(value));

	(void)opt;
	if (word == NULL || text == NULL) {
		pass->status = STATUS_NOMEM;
		return -1;
	}
	word->text = text;
	word->file = pass->file;
	word->line = (unsigned)cfg->line;
	*(void **)result = word;
	return 0;
}

/* Of a list, the first value speaks for all. */
int
unknown_value_seen(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	if (opt->nvalues == 1)
		report_unknown(cfg, opt->name, (unsigned)cfg->line);
	return value_seen(cfg, opt, value, result);
}

int
unknown_call_seen(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	(void)argc;
	(void)argv;
	report_unknown(cfg, opt->name, (unsigned)cfg->line);
	return 0;
}

static const struct word *
section_place(const cfg_t *section)
{
	const cfg_opt_t *opt = &section->opts[SLOT_PLACE];

	return opt->nvalues == 0 ? NULL : opt->values[0]->ptr;
}

int
unknown_section_seen(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct word *place = section_place(opt->values[0]->section);

	report_unknown(cfg, opt->name, place == NULL ? 0 : place->line);
	(void)cfg_free_value(opt);
	return 0;
}

static bool
setting_copy(struct arena *arena, const cfg_opt_t *opt,
    struct setting *setting)
{
	struct word *words = arena_alloc(arena,
	    (opt->nvalues + 1) * sizeof(*words));
	unsigned i;

	if (words == NULL)
		return false;
	for (i = 0; i < opt->nvalues; i++)
		words[i] = *(const struct word *)opt->values[i]->ptr;
	setting->name = arena_copy(arena, slice_of(opt->name));
	setting->count = opt->nvalues;
	setting->words = words;
	return setting->name != NULL;
}

/* Was it given, be it as an empty list, or has it a default? */
static bool
is_set(const cfg_opt_t *opt)
{
	return opt->type == CFGT_PTR &&
	    (opt->nvalues > 0 || (opt->flags & CFGF_MODIFIED) != 0);
}

static bool
settings_copy(struct pass *pass, const cfg_t *cfg, struct block *block)
{
	const cfg_opt_t *opt;

	for (opt = cfg->opts + SLOT_KEYS; opt->name != NULL; opt++) {
		if (!is_set(opt))
			continue;
		if (opt->parsecb == value_seen) {
			if (!setting_copy(pass->document->arena, opt,
				&block->settings[block->count++]))
				return false;
		} else if (opt->nvalues == 0) {
			/* An empty list: no value called back. */
			report_unknown(cfg, opt->name,
			    unknown_find(pass, context_of(cfg)->kind,
				opt->name)->line);
		}
	}
	return true;
}

static bool
block_copy(struct pass *pass, cfg_t *cfg)
{
	const struct word *place = section_place(cfg);
	struct block *block = document_add(pass->document,
	    option_kinds[context_of(cfg)->kind].name, cfg_num(cfg));

	if (block == NULL)
		return false;
	block->file = pass->file;
	if (place != NULL && place->file != NULL) {
		block->file = place->file;
		block->line = place->line;
	}
	if (cfg->title != NULL) {
		block->title = arena_copy(pass->document->arena,
		    slice_of(cfg->title));
		if (block->title == NULL)
			return false;
	}
	return settings_copy(pass, cfg, block);
}

/* A section is dropped once it is copied: libconfuse's search for equal
 * titles would cost quadratic time. */
int
section_seen(cfg_t *cfg, cfg_opt_t *opt)
{
	struct pass *pass = context_of(cfg)->pass;

	if (!block_copy(pass, opt->values[0]->section)) {
		pass->status = STATUS_NOMEM;
		return -1;
	}
	(void)cfg_free_value(opt);
	return 0;
}

void
harvest_rest(struct pass *pass)
{
	cfg_opt_t *opt;

	for (opt = pass->root->opts + SLOT_KEYS; opt->name != NULL; opt++)
		if (opt->type == CFGT_SEC && opt->nvalues > 0 &&
		    opt->validcb == section_seen)
			(void)section_seen(pass->root, opt);
	if (!block_copy(pass, pass->root))
		pass->status = STATUS_NOMEM;
}
