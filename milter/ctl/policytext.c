#include "milter/ctl/policytext.h"

#include <stdlib.h>
#include <string.h>

#include "milter/config/sheet.h"
#include "policy/domain.h"

/* Names and values lie in the text's own buffer, each with a NUL behind. */
struct entry {
	size_t name;
	size_t value;
};

struct policytext {
	struct buf words;
	struct entry *entries;
	size_t count;
	size_t room;
};

void
policytext_free(struct policytext **text)
{
	if (*text == NULL)
		return;
	buf_clear(&(*text)->words);
	free((*text)->entries);
	free(*text);
	*text = NULL;
}

static enum status
add_entry(struct policytext *text, size_t name, size_t value)
{
	size_t room = text->room == 0 ? 256 : 2 * text->room;
	struct entry *entries;

	if (text->count == text->room) {
		entries = realloc(text->entries, room * sizeof(*entries));
		if (entries == NULL)
			return STATUS_NOMEM;
		text->entries = entries;
		text->room = room;
	}
	text->entries[text->count].name = name;
	text->entries[text->count++].value = value;
	return buf_status(&text->words);
}

/* s with one blank for any number of them; returns where it begins. */
static size_t
put_words(struct buf *words, struct slice s)
{
	size_t begin = words->len;
	bool blank = false;
	size_t i;

	s = slice_trim(s);
	for (i = 0; i < s.len; i++) {
		if (!ascii_is_blank(s.at[i])) {
			if (blank)
				buf_putc(words, ' ');
			buf_putc(words, s.at[i]);
		}
		blank = ascii_is_blank(s.at[i]);
	}
	buf_putc(words, '\0');
	return begin;
}

/* As the table compares them. */
static size_t
put_domain(struct buf *words, struct slice name)
{
	size_t begin = words->len;
	struct domain domain;

	if (name.len > 0 && name.at[0] == '.') {
		buf_putc(words, '.');
		name = slice_make(name.at + 1, name.len - 1);
	}
	domain_normalize(name, &domain);
	buf_put_slice(words, domain_slice(&domain));
	buf_putc(words, '\0');
	return begin;
}

static enum status
read_table(struct policytext *text, struct slice table)
{
	enum status status = STATUS_OK;

	while (table.len > 0 && status == STATUS_OK) {
		struct slice line = slice_trim(slice_cut(&table, '\n'));
		size_t name, len = 0;

		if (line.len == 0)
			continue;
		while (len < line.len && !ascii_is_blank(line.at[len]))
			len++;
		name = put_domain(&text->words, slice_make(line.at, len));
		status = add_entry(text, name, put_words(&text->words,
		    slice_make(line.at + len, line.len - len)));
	}
	return status;
}

/* Octets from the opening brace to behind the one that closes it. */
static size_t
braces_len(struct slice s)
{
	unsigned depth = 0;
	char quote = '\0';
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (quote != '\0') {
			i += c == '\\';
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return s.len;
}

static enum status
read_sections(struct policytext *text, struct slice sections)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		size_t begin = 0, len, name;

		while (begin < sections.len && sections.at[begin] != '{')
			begin++;
		if (begin == sections.len)
			return STATUS_OK;
		name = put_words(&text->words,
		    slice_make(sections.at, begin));
		sections = slice_make(sections.at + begin,
		    sections.len - begin);
		len = braces_len(sections);
		status = add_entry(text, name, put_words(&text->words,
		    slice_make(sections.at, len)));
		sections = slice_make(sections.at + len, sections.len - len);
	}
	return status;
}

static const char *
name_of(const struct policytext *text, size_t i)
{
	return buf_text(&text->words) + text->entries[i].name;
}

static const char *
value_of(const struct policytext *text, size_t i)
{
	return buf_text(&text->words) + text->entries[i].value;
}

/* `class "partner"`, but a line of the table has one word. */
bool
policytext_at(const struct policytext *text, size_t i,
    struct policytext_entry *out)
{
	struct slice name;

	if (i >= text->count)
		return false;
	name = slice_of(name_of(text, i));
	out->value = slice_of(value_of(text, i));
	out->kind = slice_of("domain");
	if (out->value.len > 0 && out->value.at[0] == '{')
		out->kind = slice_trim(slice_cut(&name, ' '));
	if (name.len >= 2 && (name.at[0] == '"' || name.at[0] == '\''))
		name = slice_make(name.at + 1, name.len - 2);
	out->name = name;
	return true;
}

/* qsort knows no context: the words are found from the entry's neighbour. */
struct sorted {
	const char *name;
	struct entry entry;
};

static int
compare_names(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static enum status
sort_entries(struct policytext *text)
{
	struct sorted *sorted = calloc(text->count + 1, sizeof(*sorted));
	size_t i;

	if (sorted == NULL)
		return STATUS_NOMEM;
	for (i = 0; i < text->count; i++) {
		sorted[i].name = name_of(text, i);
		sorted[i].entry = text->entries[i];
	}
	qsort(sorted, text->count, sizeof(*sorted), compare_names);
	for (i = 0; i < text->count; i++)
		text->entries[i] = sorted[i].entry;
	free(sorted);
	return STATUS_OK;
}

enum status
policytext_read(struct slice text, struct policytext **out)
{
	struct policytext *read = calloc(1, sizeof(*read));
	struct findings *findings = NULL;
	struct sheet sheet;
	enum status status;

	if (read == NULL)
		return STATUS_NOMEM;
	sheet_init(&sheet);
	buf_init(&read->words, 1024 * 1024 * 1024);
	status = findings_new(&findings);
	if (status == STATUS_OK)
		status = sheet_cut(text, "", findings, &sheet);
	if (status == STATUS_OK)
		status = read_table(read, buf_slice(&sheet.table));
	if (status == STATUS_OK)
		status = read_sections(read, buf_slice(&sheet.sections));
	if (status == STATUS_OK)
		status = sort_entries(read);
	findings_free(&findings);
	sheet_clear(&sheet);
	if (status == STATUS_OK)
		*out = read;
	else
		policytext_free(&read);
	return status;
}

static void
print_one(FILE *out, char sign, const struct policytext *text, size_t i)
{
	if (out != NULL)
		(void)fprintf(out, "%c %s %s\n", sign, name_of(text, i),
		    value_of(text, i));
}

struct policytext_changes
policytext_compare(const struct policytext *old,
    const struct policytext *new, FILE *out)
{
	struct policytext_changes changes = {0, 0, 0};
	size_t i = 0, j = 0;

	while (i < old->count || j < new->count) {
		int order = i == old->count ? 1 : j == new->count ? -1 :
		    strcmp(name_of(old, i), name_of(new, j));

		if (order < 0) {
			changes.removed++;
			print_one(out, '-', old, i++);
		} else if (order > 0) {
			changes.added++;
			print_one(out, '+', new, j++);
		} else {
			if (strcmp(value_of(old, i), value_of(new, j)) != 0) {
				changes.changed++;
				if (out != NULL)
					(void)fprintf(out, "~ %s %s -> %s\n",
					    name_of(old, i), value_of(old, i),
					    value_of(new, j));
			}
			i++;
			j++;
		}
	}
	return changes;
}
