#include "milter/config/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/config/pass.h"
#include "milter/config/source.h"

enum { NAMES_CHUNK = 1024, NAMES_CEILING = 64 * 1024 };

const char *
parser_beside(struct arena *arena, const char *file, const char *other)
{
	const char *slash = strrchr(file, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - file) + 1;
	size_t len = strlen(other);
	char *path;

	if (other[0] == '/')
		dir = 0;
	path = arena_alloc(arena, dir + len + 1);
	if (path == NULL)
		return NULL;
	memcpy(path, file, dir);
	memcpy(path + dir, other, len + 1);
	return path;
}

/* Run libconfuse over one text, with cfg's place set to it and back. */
static void
text_parse(struct pass *pass, const struct buf *text)
{
	char *filename = pass->root->filename;
	int line = pass->root->line;
	FILE *stream = fmemopen(text->data, text->len, "r");

	pass->root->filename = strdup(pass->file);
	if (stream == NULL || pass->root->filename == NULL)
		pass->status = STATUS_NOMEM;
	else if (cfg_parse_fp(pass->root, stream) != CFG_SUCCESS)
		explain_stop(pass);
	if (stream != NULL)
		(void)fclose(stream);
	free(pass->root->filename);
	pass->root->filename = filename;
	pass->root->line = line;
}

static bool
is_open(const struct pass *pass, const struct input_identity *identity)
{
	size_t i;

	for (i = 0; i < pass->depth; i++)
		if (pass->open[i].device == identity->device &&
		    pass->open[i].inode == identity->inode)
			return true;
	return false;
}

/* Parse what was read of pass->file; what is wrong goes to the findings. */
static void
file_parse(struct pass *pass, struct buf *text)
{
	bool outer = pass->has_explained;

	pass->has_explained = source_clean(text->data, &text->len, pass->file,
				  pass->findings) != STATUS_OK;
	if (pass->has_explained)
		pass->document->is_complete = false;
	if (text->len > 0)
		text_parse(pass, text);
	pass->has_explained = outer;
}

/*
 * Read and parse one file. Fails: what input_read_unnamed says, EXISTS (it
 * includes itself), LIMIT.
 */
static enum status
file_read(struct pass *pass, const char *path, struct fault *fault)
{
	struct input_identity identity = {0, 0};
	const char *outer = pass->file;
	struct buf text;
	enum status status;

	if (pass->depth == PARSER_DEPTH || pass->files++ == PARSER_FILES)
		return fault_set(fault, STATUS_LIMIT, "is one file too many; "
		    "at most %d stand inside each other, %d in all",
		    PARSER_DEPTH, PARSER_FILES);
	buf_init(&text, SOURCE_MAX);
	status = input_read_unnamed(path, &text, &identity, fault);
	if (status == STATUS_OK && is_open(pass, &identity))
		status = fault_set(fault, STATUS_EXISTS, "includes itself");
	if (status == STATUS_OK) {
		pass->file = path;
		pass->open[pass->depth++] = identity;
		file_parse(pass, &text);
		pass->depth--;
		pass->file = outer;
	}
	buf_clear(&text);
	return status;
}

int
include_called(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct context *context = context_of(cfg);
	struct pass *pass = context->pass;
	struct fault fault;
	const char *path;

	(void)opt;
	if (context->kind == KIND_COUNT)
		return 0;
	if (context->kind != KIND_GLOBAL || argc != 1 || argv[0][0] == '\0') {
		findings_add(pass->findings, pass->file, (unsigned)cfg->line,
		    "include: %s", context->kind == KIND_GLOBAL ?
		    "the file name is empty; write include(\"FILE\")" :
		    "cannot stand in a section; move it outside");
		return 0;
	}
	path = parser_beside(pass->document->arena, pass->file, argv[0]);
	if (path == NULL) {
		pass->status = STATUS_NOMEM;
		return -1;
	}
	if (file_read(pass, path, &fault) != STATUS_OK) {
		findings_add(pass->findings, pass->file, (unsigned)cfg->line,
		    "include: %s %s", path, fault.text);
		pass->document->is_complete = false;
	}
	return 0;
}

/* What the pass begins with: a file, or the text that stands for one. */
static enum status
root_read(struct pass *pass, const char *path, struct fault *fault)
{
	enum status status;
	struct buf text;

	if (pass->text == NULL)
		return file_read(pass, path, fault);
	buf_init(&text, SOURCE_MAX);
	buf_put_slice(&text, *pass->text);
	status = buf_status(&text);
	pass->file = path;
	if (status == STATUS_OK)
		file_parse(pass, &text);
	else
		(void)fault_set(fault, status, "is larger than %d octets",
		    SOURCE_MAX);
	buf_clear(&text);
	return status;
}

/* Empty the document and the findings; what was learned stays. */
static void
pass_reset(struct pass *pass)
{
	struct document *document = pass->document;

	pass->has_learned = false;
	pass->files = 0;
	pass->status = STATUS_OK;
	pass->file = NULL;
	findings_reset(pass->findings);
	arena_reset(document->arena);
	document->first = document->last = NULL;
	document->count = 0;
	document->is_complete = true;
}

static enum status
pass_run(struct pass *pass, const char *file)
{
	enum status status = STATUS_NOMEM;
	struct fault fault;
	const char *path;

	pass_reset(pass);
	path = arena_copy(pass->document->arena, slice_of(file));
	pass->root = tables_open(pass);
	if (path != NULL && pass->root != NULL) {
		(void)cfg_set_error_function(pass->root, error_seen);
		status = root_read(pass, path, &fault);
		if (status != STATUS_OK)
			findings_add(pass->findings, path, 0, "%s", fault.text);
		pass->file = path;
		harvest_rest(pass);
	}
	if (pass->root != NULL)
		(void)cfg_free(pass->root);
	return pass->status != STATUS_OK ? pass->status : status;
}

static enum status
passes_run(const char *file, const struct slice *text, struct document *out,
    struct findings *findings)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	enum status status = STATUS_NOMEM;

	if (pass == NULL)
		return STATUS_NOMEM;
	pass->document = out;
	pass->findings = findings;
	pass->text = text;
	if (arena_new(NAMES_CHUNK, NAMES_CEILING, &pass->names) == STATUS_OK)
		do
			status = pass_run(pass, file);
		while (status == STATUS_OK && pass->has_learned);
	arena_free(&pass->names);
	free(pass);
	return status;
}

enum status
parser_read(const char *file, struct document *out,
    struct findings *findings)
{
	return passes_run(file, NULL, out, findings);
}

enum status
parser_read_text(struct slice text, const char *name, struct document *out,
    struct findings *findings)
{
	return passes_run(name, &text, out, findings);
}
