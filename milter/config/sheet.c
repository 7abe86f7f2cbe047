#include "milter/config/sheet.h"

#include <string.h>

#include "milter/config/source.h"

/* One walk over a text whose comments are blanks already. */
struct cut {
	const char *file;
	struct findings *findings;
	char *text;
	size_t len;
	size_t at;
	unsigned line; /* of at */
};

void
sheet_init(struct sheet *sheet)
{
	buf_init(&sheet->sections, SOURCE_MAX);
	buf_init(&sheet->table, SOURCE_MAX);
}

void
sheet_clear(struct sheet *sheet)
{
	buf_clear(&sheet->sections);
	buf_clear(&sheet->table);
}

static struct slice
line_at(const struct cut *cut)
{
	struct slice rest = slice_make(cut->text + cut->at,
	    cut->len - cut->at);

	return slice_cut(&rest, '\n');
}

static bool
is_of_table(struct slice line)
{
	size_t i;

	for (i = 0; i < line.len; i++)
		if (strchr("\"'{}()=", line.at[i]) != NULL)
			return false;
	return true;
}

/* The word that a statement begins with. */
static struct slice
first_word(struct slice line)
{
	size_t i = 0;

	line = slice_trim(line);
	while (i < line.len && !ascii_is_blank(line.at[i]) &&
	    strchr("\"'{}()=", line.at[i]) == NULL)
		i++;
	return slice_make(line.at, i);
}

static bool
check_word(const struct cut *cut)
{
	struct slice line = slice_trim(line_at(cut));
	struct slice word = first_word(line);

	if (slice_is(word, "class") || slice_is(word, "policy") ||
	    slice_is(word, "client"))
		return true;
	if (word.len == 0)
		word = slice_make(line.at, 1);
	findings_add(cut->findings, cut->file, cut->line, "\"%.*s\" begins "
	    "nothing that a policy of the fleet has; allowed: sections class, "
	    "policy and client, and lines DOMAIN CLASS",
	    word.len > 80 ? 80 : (int)word.len, word.at);
	return false;
}

static void
refuse_variable(const struct cut *cut)
{
	findings_add(cut->findings, cut->file, cut->line, "a policy of the "
	    "fleet is the same on every host; write the value in place of "
	    "${...}");
}

/* The closing quote: source_clean has seen that there is one. */
static void
skip_string(struct cut *cut)
{
	char quote = cut->text[cut->at++];

	while (cut->at < cut->len && cut->text[cut->at] != quote) {
		if (cut->text[cut->at] == '$' && quote == '"' &&
		    cut->at + 1 < cut->len && cut->text[cut->at + 1] == '{')
			refuse_variable(cut);
		cut->at += cut->text[cut->at] == '\\' ? 2 : 1;
	}
	cut->at++;
}

/* What makes a text depend on the host that reads it. */
static void
check_octet(const struct cut *cut)
{
	char c = cut->text[cut->at];

	if (c == '(')
		findings_add(cut->findings, cut->file, cut->line, "a policy "
		    "of the fleet is one whole text; write what it would "
		    "include into it");
	if (c == '$')
		refuse_variable(cut);
}

/* Behind the end of the line that closes the braces of this section. */
static void
skip_section(struct cut *cut)
{
	bool has_opened = false;
	unsigned depth = 0;

	while (cut->at < cut->len) {
		char c = cut->text[cut->at];

		if (c == '"' || c == '\'') {
			skip_string(cut);
			continue;
		}
		check_octet(cut);
		depth += c == '{';
		has_opened = has_opened || c == '{';
		depth -= c == '}' && depth > 0;
		if (c == '\n' && has_opened && depth == 0)
			return;
		cut->line += c == '\n';
		cut->at++;
	}
	if (cut->at > cut->len)
		cut->at = cut->len;
}

static void
blank(char *text, size_t from, size_t to)
{
	for (; from < to; from++)
		if (text[from] != '\n')
			text[from] = ' ';
}

/* Each line, or section of lines, is left in one of the two. */
static void
share_out(struct cut *cut, char *sections, char *table)
{
	while (cut->at < cut->len) {
		size_t from = cut->at;
		struct slice line = line_at(cut);

		if (is_of_table(line)) {
			cut->at += line.len;
			blank(sections, from, cut->at);
		} else {
			if (check_word(cut))
				skip_section(cut);
			else
				cut->at += line.len;
			blank(table, from, cut->at);
		}
		if (cut->at < cut->len)
			cut->at++;
		cut->line++;
	}
}

enum status
sheet_cut(struct slice text, const char *file, struct findings *findings,
    struct sheet *sheet)
{
	struct cut cut = {.file = file, .findings = findings, .line = 1};
	size_t before = findings_count(findings);
	enum status status;

	buf_put_slice(&sheet->sections, text);
	status = buf_status(&sheet->sections);
	if (status != STATUS_OK || text.len == 0)
		return status;
	status = source_clean(sheet->sections.data, &sheet->sections.len, file,
	    findings);
	buf_put_slice(&sheet->table, buf_slice(&sheet->sections));
	if (status == STATUS_OK)
		status = buf_status(&sheet->table);
	if (status != STATUS_OK)
		return status;
	/* The table's copy is read where the other one is written to. */
	cut.text = sheet->table.data;
	cut.len = sheet->table.len;
	share_out(&cut, sheet->sections.data, sheet->table.data);
	return findings_count(findings) > before ? STATUS_SYNTAX : STATUS_OK;
}
