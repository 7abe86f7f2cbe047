#include "milter/config/pass.h"

#include <stdio.h>
#include <string.h>

/* Make the name part of the tables of the next pass. */
static void
learn(cfg_t *cfg, const char *name)
{
	struct context *context = context_of(cfg);
	struct pass *pass = context->pass;
	const char *copy;

	if (context->kind == KIND_COUNT) {
		/* Inside an unknown section: skip, and say nothing more. */
		cfg->flags |= CFGF_IGNORE_UNKNOWN;
		return;
	}
	copy = pass->unknown_count == PARSER_UNKNOWN ? NULL :
	    arena_copy(pass->names, slice_of(name));
	if (copy == NULL || unknown_find(pass, context->kind, name) != NULL) {
		pass->has_explained = true;
		report_unknown(cfg, name, (unsigned)cfg->line);
		return;
	}
	pass->unknown[pass->unknown_count].kind = context->kind;
	pass->unknown[pass->unknown_count].name = copy;
	pass->unknown[pass->unknown_count].line = (unsigned)cfg->line;
	pass->unknown[pass->unknown_count++].shape = SHAPE_VALUE;
	pass->has_learned = true;
}

/* The option had not the shape of this pass: try the next one. */
static void
learn_shape(cfg_t *cfg, struct unknown *unknown)
{
	struct pass *pass = context_of(cfg)->pass;

	/* cfg_free takes any section named root for the root. */
	if (strcmp(unknown->name, "root") == 0)
		unknown->shape = SHAPE_OTHER;
	if (unknown->shape == SHAPE_OTHER) {
		pass->has_explained = true;
		report_unknown(cfg, unknown->name, (unsigned)cfg->line);
		return;
	}
	unknown->shape++;
	pass->has_learned = true;
}

/* Does libconfuse complain that an option has another shape? */
static bool
is_about_shape(const char *format)
{
	return strcmp(format, "missing equal sign after option '%s'") == 0 ||
	    strcmp(format, "missing opening brace for section '%s'") == 0 ||
	    strcmp(format, "missing title for section '%s'") == 0 ||
	    strcmp(format, "missing parenthesis for function '%s'") == 0;
}

void
error_seen(cfg_t *cfg, const char *format, va_list args)
{
	struct context *context = context_of(cfg);
	struct unknown *unknown = NULL;
	const char *name;
	char text[256];
	va_list again;

	va_copy(again, args);
	(void)vsnprintf(text, sizeof(text), format, again);
	va_end(again);
	if (strcmp(format, "no such option '%s'") == 0) {
		learn(cfg, va_arg(args, const char *));
		return;
	}
	if (is_about_shape(format)) {
		name = va_arg(args, const char *);
		unknown = unknown_find(context->pass, context->kind, name);
	}
	if (unknown != NULL) {
		learn_shape(cfg, unknown);
		return;
	}
	if (context->pass->has_explained)
		return;
	context->pass->has_explained = true;
	findings_add(context->pass->findings, context->pass->file,
	    (unsigned)cfg->line, "syntax: %s; write NAME = VALUE, "
	    "NAME = {VALUE, ...} or NAME \"TITLE\" { ... }", text);
}

void
explain_stop(struct pass *pass)
{
	pass->document->is_complete = false;
	if (!pass->has_learned && !pass->has_explained &&
	    pass->status == STATUS_OK)
		findings_add(pass->findings, pass->file,
		    (unsigned)pass->root->line, "syntax: the file cannot be "
		    "understood from here on; write NAME = VALUE");
}
