#include "milter/stamp/taglist.h"

/*
 * tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 * tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 * tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
 * tval      = 1*VALCHAR		; VALCHAR = %x21-3A / %x3C-7E
 * tag-name  = ALPHA *( ALPHA / DIGIT / "_" )
 * FWS       = [*WSP CRLF] 1*WSP
 */

static bool
is_name(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!ascii_is_alnum(name.at[i]) && name.at[i] != '_')
			return false;
	return name.len > 0 && name.at[0] != '_' &&
	    !ascii_is_digit(name.at[0]);
}

/* Only VALCHAR and blanks? `;` does not come here. */
static bool
is_value(struct slice value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (!ascii_is_blank(value.at[i]) &&
		    (value.at[i] < 0x21 || value.at[i] > 0x7e))
			return false;
	return true;
}

/*
 * Is each line end folded, which is to say that WSP stands behind it? One at
 * the very end of the text is the end of the field.
 */
static bool
is_folded(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.at[i + 1] : ' ';

		if (text.at[i] == '\r' && next != '\n')
			return false;
		if (text.at[i] == '\n' && next != ' ' && next != '\t')
			return false;
	}
	return true;
}

static enum status
read_tag(struct slice spec, struct taglist *list)
{
	struct tag tag;
	size_t i;

	tag.name = slice_trim(slice_cut(&spec, '='));
	tag.raw = spec;
	tag.value = slice_trim(spec);
	if (spec.at == NULL || !is_name(tag.name) || !is_value(tag.value))
		return STATUS_SYNTAX;
	for (i = 0; i < list->count; i++)
		if (slice_equal(list->tags[i].name, tag.name))
			return STATUS_SYNTAX;
	if (list->count == TAGLIST_MAX)
		return STATUS_LIMIT;
	list->tags[list->count++] = tag;
	return STATUS_OK;
}

enum status
taglist_read(struct slice text, struct taglist *out)
{
	struct slice rest = text, spec;
	enum status status;

	out->count = 0;
	if (!is_folded(text))
		return STATUS_SYNTAX;
	do {
		spec = slice_cut(&rest, ';');
		status = read_tag(spec, out);
		if (status != STATUS_OK)
			return status;
	} while (slice_trim(rest).len > 0);
	return STATUS_OK;
}

const struct tag *
taglist_find(const struct taglist *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (slice_is(list->tags[i].name, name))
			return &list->tags[i];
	return NULL;
}
