/*
 * fuzz_bulk: any octets as the table of many domains.
 *
 * What is accepted can be found again; what is not has a sentence.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/config/bulk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHUNK = 4096, CEILING = 64 * 1024 * 1024 };

/* A document with one class, `c`. */
static void
document_make(struct document *document)
{
	struct block *block;

	if (arena_new(CHUNK, CEILING, &document->arena) != STATUS_OK)
		abort();
	block = document_add(document, "class", 0);
	if (block == NULL)
		abort();
	block->title = "c";
	block->file = "fuzz";
	block->line = 1;
	document->is_complete = true;
}

static void
count(void *context, const char *sentence)
{
	(void)sentence;
	(*(size_t *)context)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document document = {NULL, NULL, NULL, 0, true};
	struct findings *findings = NULL;
	struct rules *rules = NULL;
	struct table *table = NULL;
	size_t said = 0;

	document_make(&document);
	if (findings_new(&findings) != STATUS_OK ||
	    table_new(&table) != STATUS_OK ||
	    rules_new(&document, OPERATION_ENFORCE, findings, table, &rules) !=
		STATUS_OK ||
	    bulk_parse(slice_make((const char *)data, size), "fuzz", rules,
		table, findings) != STATUS_OK ||
	    table_freeze(table) != STATUS_OK)
		abort();
	findings_report(findings, count, &said);
	if (said < findings_count(findings) &&
	    findings_count(findings) <= FINDINGS_MAX)
		abort();
	rules_free(&rules);
	table_free(&table);
	findings_free(&findings);
	arena_free(&document.arena);
	return 0;
}
