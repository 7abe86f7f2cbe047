#include "milter/ledger/auditstate.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 768 };

void
audit_found(struct audit *audit, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	audit->result->findings++;
	audit->options->finding(audit->options->context, sentence);
}

enum status
audit_next(struct audit *audit, struct cursor *cursor)
{
	int rc = sqlite3_step(cursor->statement);
	int64_t seq;

	cursor->has_row = rc == SQLITE_ROW;
	if (!cursor->has_row)
		return store_status(&audit->store, rc, audit->fault);
	seq = sqlite3_column_int64(cursor->statement, 0);
	/* A negative place is before everything: it fits nowhere. */
	cursor->seq = seq < 0 ? UINT64_MAX : (uint64_t)seq;
	return STATUS_OK;
}

enum status
audit_open(struct audit *audit, struct cursor *cursor, const char *sql)
{
	enum status status = store_prepare(
	    &audit->store, sql, &cursor->statement, audit->fault);

	if (status == STATUS_OK)
		status = audit_next(audit, cursor);
	return status;
}
