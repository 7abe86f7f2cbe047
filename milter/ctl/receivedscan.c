#include "milter/ctl/receivedscan.h"

#include <string.h>

/*
 * field   = *( word / comment ) [ ";" date ]
 * word    = 1*( any octet but blanks, "(", ";" ) / quoted-string / "<" *any ">"
 * comment = "(" *( any / quoted-pair / comment ) ")"
 */
void
receivedscan_skip(struct slice *rest, size_t count)
{
	rest->at += count;
	rest->len -= count;
}

/* From the opening parenthesis on; one that is never closed ends all. */
static struct slice
take_comment(struct slice *rest)
{
	struct slice inside;
	size_t depth = 0;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		if (rest->at[i] == '\\')
			i++;
		else if (rest->at[i] == '(')
			depth++;
		else if (rest->at[i] == ')' && --depth == 0)
			break;
	}
	if (i > rest->len)
		i = rest->len;
	inside = slice_make(rest->at + 1, i - 1);
	receivedscan_skip(rest, i < rest->len ? i + 1 : i);
	return inside;
}

/* The octets up to closer and it, or all that is left. */
static size_t
length_to(struct slice rest, char closer)
{
	size_t i;

	for (i = 1; i < rest.len && rest.at[i] != closer; i++)
		if (rest.at[i] == '\\' && i + 1 < rest.len)
			i++;
	return i < rest.len ? i + 1 : rest.len;
}

static struct slice
take_word(struct slice *rest)
{
	struct slice word = slice_make(rest->at, 0);
	size_t part;

	while (rest->len > 0) {
		char c = rest->at[0];

		if (ascii_is_blank(c) || c == '(' || c == ';')
			break;
		part = 1;
		if (c == '"')
			part = length_to(*rest, '"');
		else if (c == '<')
			part = length_to(*rest, '>');
		word.len += part;
		receivedscan_skip(rest, part);
	}
	return word;
}

struct received_item
receivedscan_next(struct slice *rest)
{
	struct received_item item = {RECEIVED_END, slice_make(NULL, 0)};

	while (rest->len > 0 && ascii_is_blank(rest->at[0]))
		receivedscan_skip(rest, 1);
	if (rest->len == 0)
		return item;
	if (rest->at[0] == ';') {
		receivedscan_skip(rest, 1);
		item.kind = RECEIVED_DATE;
	} else if (rest->at[0] == '(') {
		item.kind = RECEIVED_COMMENT;
		item.text = take_comment(rest);
	} else {
		item.kind = RECEIVED_WORD;
		item.text = take_word(rest);
	}
	return item;
}

struct slice
receivedscan_word(struct slice *rest)
{
	struct slice word;

	while (rest->len > 0 &&
	    (ascii_is_blank(rest->at[0]) || strchr(",()", rest->at[0])))
		receivedscan_skip(rest, 1);
	word = slice_make(rest->at, 0);
	while (rest->len > 0 && !ascii_is_blank(rest->at[0]) &&
	    strchr(",()", rest->at[0]) == NULL) {
		word.len++;
		receivedscan_skip(rest, 1);
	}
	return word;
}
