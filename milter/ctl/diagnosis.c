#include "milter/ctl/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>

#include "milter/ledger/entry.h"
#include "policy/base/buf.h"

/* Columns of text in front of which labels stand. */
enum { WIDTH = 78, INDENT = 9 };

static struct finding *
last_of(struct diagnosis *diagnosis)
{
	return &diagnosis->finding[diagnosis->count - 1];
}

void
diagnosis_add(struct diagnosis *diagnosis, enum severity severity,
    const char *name, const char *format, ...)
{
	struct finding *finding;
	va_list args;

	if (diagnosis->count == DIAGNOSIS_MAX)
		diagnosis->is_cut = true;
	else
		diagnosis->count++;
	finding = last_of(diagnosis);
	finding->severity = severity;
	finding->name = name;
	finding->why = "";
	finding->remedy[0] = '\0';
	va_start(args, format);
	(void)vsnprintf(finding->what, sizeof(finding->what), format, args);
	va_end(args);
}

void
diagnosis_why(struct diagnosis *diagnosis, const char *why)
{
	last_of(diagnosis)->why = why;
}

void
diagnosis_remedy(struct diagnosis *diagnosis, const char *format, ...)
{
	struct finding *finding = last_of(diagnosis);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(finding->remedy, sizeof(finding->remedy), format,
	    args);
	va_end(args);
}

size_t
diagnosis_count(const struct diagnosis *diagnosis, enum severity severity)
{
	size_t i, count = 0;

	for (i = 0; i < diagnosis->count; i++)
		count += diagnosis->finding[i].severity == severity;
	return count;
}

static const char *
severity_word(enum severity severity)
{
	switch (severity) {
	case SEVERITY_NOTE:
		return "note";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_ERROR:
		return "ERROR";
	}
	return "";
}

/* A terminal gets nothing that a file name or a setting could hide in it. */
static void
put_plain(struct slice word)
{
	size_t i;

	for (i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.at[i];

		(void)putchar(c < ' ' || c >= 0x7f ? '?' : c);
	}
}

/* Words behind a label, folded; what stands on a line of its own stays. */
static void
print_folded(const char *label, const char *text)
{
	struct slice rest = slice_of(text);
	size_t column = INDENT;

	(void)printf("%-*s", INDENT, label);
	while (rest.at != NULL && rest.len > 0) {
		struct slice word = slice_cut(&rest, ' ');

		if (column > INDENT && column + 1 + word.len > WIDTH) {
			(void)printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			(void)putchar(' ');
			column++;
		}
		put_plain(word);
		column += word.len;
	}
	(void)putchar('\n');
}

/* A remedy is not folded: it is there to be copied. */
static void
print_remedy(const char *text)
{
	struct slice rest = slice_of(text);
	const char *label = "  do:";

	while (rest.at != NULL && rest.len > 0) {
		(void)printf("%-*s", INDENT, label);
		put_plain(slice_cut(&rest, '\n'));
		(void)putchar('\n');
		label = "";
	}
}

static void
print_finding(const struct finding *finding)
{
	print_folded(severity_word(finding->severity), finding->what);
	if (finding->why[0] != '\0')
		print_folded("  why:", finding->why);
	print_remedy(finding->remedy);
	(void)printf("%*s[%s]\n\n", INDENT, "", finding->name);
}

static void
print_all_of(const struct diagnosis *diagnosis, enum severity severity)
{
	size_t i;

	for (i = 0; i < diagnosis->count; i++)
		if (diagnosis->finding[i].severity == severity)
			print_finding(&diagnosis->finding[i]);
}

static void
print_amount(size_t count, const char *one, const char *end)
{
	(void)printf("%zu %s%s%s", count, one, count == 1 ? "" : "s", end);
}

void
diagnosis_print(const struct diagnosis *diagnosis)
{
	size_t errors = diagnosis_count(diagnosis, SEVERITY_ERROR);
	size_t warnings = diagnosis_count(diagnosis, SEVERITY_WARNING);

	print_all_of(diagnosis, SEVERITY_ERROR);
	print_all_of(diagnosis, SEVERITY_WARNING);
	print_all_of(diagnosis, SEVERITY_NOTE);
	if (diagnosis->is_cut)
		(void)printf("(more was found than fits; mend these first)\n");
	print_amount(errors, "error", ", ");
	print_amount(warnings, "warning", ", ");
	print_amount(diagnosis_count(diagnosis, SEVERITY_NOTE), "note", ".");
	(void)printf("%s\n", errors + warnings == 0 ? " All is well." : "");
}

static void
put_member(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",\"%s\":", name);
	entry_put_json(out, value);
}

void
diagnosis_print_json(const struct diagnosis *diagnosis)
{
	const char *before = "[";
	struct buf line;
	size_t i;

	buf_init(&line, 32768);
	for (i = 0; i < diagnosis->count; i++) {
		const struct finding *finding = &diagnosis->finding[i];

		buf_reset(&line);
		buf_printf(&line, "%s{\"severity\":\"%s\"", before,
		    finding->severity == SEVERITY_ERROR
			? "error" : severity_word(finding->severity));
		put_member(&line, "name", finding->name);
		put_member(&line, "what", finding->what);
		put_member(&line, "why", finding->why);
		put_member(&line, "remedy", finding->remedy);
		(void)printf("%s}", buf_text(&line));
		before = ",\n ";
	}
	(void)printf("%s]\n", diagnosis->count == 0 ? "[" : "");
	buf_clear(&line);
}
