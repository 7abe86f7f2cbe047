#include "milter/config/source.h"

#include <stdbool.h>
#include <string.h>

#include "policy/base/slice.h"

struct scan {
	char *text;
	size_t len;
	size_t at;
	size_t whole; /* up to here: lines that are in themselves whole */
	unsigned line;
	unsigned depth;
	unsigned open[SOURCE_DEPTH]; /* lines of the open braces */
	const char *wrong; /* NULL: nothing so far */
};

static char
scan_ahead(const struct scan *scan, size_t by)
{
	return scan->at + by < scan->len ? scan->text[scan->at + by] : '\0';
}

/* Octets that belong in no text file. */
static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && !ascii_is_blank(c)) || c == 0x7f;
}

/* `#` or two slashes: blank up to the end of the line. */
static void
blank_line(struct scan *scan)
{
	while (scan->at < scan->len && scan->text[scan->at] != '\n')
		scan->text[scan->at++] = ' ';
}

/* From slash-star to star-slash; lines are kept. */
static void
blank_comment(struct scan *scan)
{
	size_t end = scan->at + 2;

	while (end + 1 < scan->len &&
	    (scan->text[end] != '*' || scan->text[end + 1] != '/'))
		end++;
	if (end + 1 >= scan->len) {
		scan->wrong = "a comment begins here and has no end; close it "
			      "with */";
		return;
	}
	for (; scan->at < end + 2; scan->at++) {
		if (scan->text[scan->at] == '\n')
			scan->line++;
		else
			scan->text[scan->at] = ' ';
	}
}

/* `${` must see its `}` before the line or the string ends. */
static void
check_variable(struct scan *scan)
{
	size_t i = scan->at + 2;

	while (i < scan->len && scan->text[i] != '}') {
		if (scan->text[i] == '\n' || scan->text[i] == '"')
			break;
		i++;
	}
	if (i < scan->len && scan->text[i] == '}')
		scan->at = i + 1;
	else
		scan->wrong = "\"${\" has no closing brace; write ${NAME}";
}

/* A backslash: one octet behind it, and no number. */
static void
check_escape(struct scan *scan, char quote)
{
	char next = scan_ahead(scan, 1);

	if (quote == '"' && (ascii_is_digit(next) || next == 'x'))
		scan->wrong = "octets cannot be written as numbers; write the "
			      "text itself in UTF-8";
	else if (next == '\n' || next == '\0')
		scan->wrong = "a string ends on the line where it begins; "
			      "close it";
	else
		scan->at += 2;
}

static void
check_string(struct scan *scan, char quote)
{
	scan->at++;
	while (scan->wrong == NULL) {
		char c = scan_ahead(scan, 0);

		if (c == quote && scan->at < scan->len)
			break;
		if (c == '\n' || c == '\0')
			scan->wrong = "a string ends on the line where it "
				      "begins; close it";
		else if (is_control(c))
			scan->wrong = "there is a control character in a "
				      "string; take it out";
		else if (c == '\\')
			check_escape(scan, quote);
		else if (quote == '"' && c == '$' && scan_ahead(scan, 1) == '{')
			check_variable(scan);
		else
			scan->at++;
	}
	scan->at++;
}

static void
skip_blanks(struct scan *scan)
{
	while (scan->at < scan->len && ascii_is_blank(scan->text[scan->at])) {
		if (scan->text[scan->at] == '\n')
			scan->line++;
		scan->at++;
	}
}

/* `(` belongs to include("FILE") alone. */
static void
check_call(struct scan *scan)
{
	char quote;

	scan->at++;
	skip_blanks(scan);
	quote = scan_ahead(scan, 0);
	if (quote == '"' || quote == '\'') {
		check_string(scan, quote);
		skip_blanks(scan);
	}
	if (scan->wrong != NULL)
		return;
	if ((quote != '"' && quote != '\'') || scan_ahead(scan, 0) != ')')
		scan->wrong = "parentheses hold one file name in quotes; "
			      "write include(\"FILE\")";
	scan->at++;
}

static void
check_brace(struct scan *scan, char brace)
{
	if (brace == '}') {
		if (scan->depth > 0)
			scan->depth--;
	} else if (scan->depth == SOURCE_DEPTH) {
		scan->wrong = "braces are nested too deeply; close some";
	} else {
		scan->open[scan->depth++] = scan->line;
	}
	scan->at++;
}

/* The end of a line that is in no call; comments are blanks by now. */
static void
next_line(struct scan *scan)
{
	scan->line++;
	scan->at++;
	scan->whole = scan->at;
}

static void
scan_one(struct scan *scan)
{
	char c = scan->text[scan->at];
	char next = scan_ahead(scan, 1);

	if (c == '#' || (c == '/' && next == '/'))
		blank_line(scan);
	else if (c == '/' && next == '*')
		blank_comment(scan);
	else if (c == '"' || c == '\'')
		check_string(scan, c);
	else if (c == '$' && next == '{')
		check_variable(scan);
	else if (c == '(')
		check_call(scan);
	else if (c == '{' || c == '}')
		check_brace(scan, c);
	else if (is_control(c))
		scan->wrong = "there is a control character; this is no "
			      "text file";
	else if (c == '\n')
		next_line(scan);
	else
		scan->at++;
}

enum status
source_clean(char *text, size_t *len, const char *file,
    struct findings *findings)
{
	struct scan scan = {.text = text, .len = *len, .line = 1};

	/* The byte order mark of some editors. */
	if (*len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	while (scan.at < scan.len && scan.wrong == NULL)
		scan_one(&scan);
	if (scan.wrong != NULL) {
		findings_add(findings, file, scan.line, "syntax: %s",
		    scan.wrong);
		*len = scan.whole;
		return STATUS_SYNTAX;
	}
	if (scan.depth > 0) {
		findings_add(findings, file, scan.line, "syntax: the file ends "
		    "inside the brace of line %u; close it",
		    scan.open[scan.depth - 1]);
		return STATUS_SYNTAX;
	}
	return STATUS_OK;
}
