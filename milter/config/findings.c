#include "milter/config/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding {
	size_t file; /* index of the first finding of the same file */
	unsigned line;
	size_t order;
	char *sentence;
	size_t name_len; /* of the file's name, in front of the sentence */
};

struct findings {
	struct finding list[FINDINGS_MAX];
	size_t kept;
	size_t count;
};

enum status
findings_new(struct findings **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
findings_reset(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->kept; i++)
		free(findings->list[i].sentence);
	findings->kept = 0;
	findings->count = 0;
}

void
findings_free(struct findings **findings)
{
	if (*findings == NULL)
		return;
	findings_reset(*findings);
	free(*findings);
	*findings = NULL;
}

size_t
findings_count(const struct findings *findings)
{
	return findings->count;
}

/* The first finding of the same file, else the place of a new one. */
static size_t
file_index(const struct findings *findings, const char *file)
{
	size_t len = strlen(file);
	size_t i;

	for (i = 0; i < findings->kept; i++)
		if (findings->list[i].name_len == len &&
		    memcmp(findings->list[i].sentence, file, len) == 0)
			return findings->list[i].file;
	return findings->kept;
}

static char *
sentence_new(const char *file, unsigned line, const char *format,
    va_list args)
{
	char text[FAULT_MAX];
	char place[16] = "";
	size_t size = strlen(file) + sizeof(place) + sizeof(text);
	char *sentence = malloc(size);

	if (sentence == NULL)
		return NULL;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	if (line != 0)
		(void)snprintf(place, sizeof(place), ":%u", line);
	(void)snprintf(sentence, size, "%s%s: %s", file, place, text);
	return sentence;
}

void
findings_add(struct findings *findings, const char *file, unsigned line,
    const char *format, ...)
{
	struct finding *finding = &findings->list[findings->kept];
	va_list args;

	findings->count++;
	if (findings->kept == FINDINGS_MAX)
		return;
	finding->file = file_index(findings, file);
	finding->line = line;
	finding->order = findings->kept;
	finding->name_len = strlen(file);
	va_start(args, format);
	finding->sentence = sentence_new(file, line, format, args);
	va_end(args);
	if (finding->sentence != NULL)
		findings->kept++;
}

static int
finding_compare(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

void
findings_report(struct findings *findings, config_report *report,
    void *context)
{
	char more[80];
	size_t i;

	qsort(findings->list, findings->kept, sizeof(findings->list[0]),
	    finding_compare);
	for (i = 0; i < findings->kept; i++)
		report(context, findings->list[i].sentence);
	if (findings->count == findings->kept)
		return;
	(void)snprintf(more, sizeof(more), "and %zu more errors",
	    findings->count - findings->kept);
	report(context, more);
}
