#include "milter/stamp/grammar.h"

#include <string.h>

#include "policy/network.h"

enum { LABEL_MAX = 63 };

bool
grammar_is_name(struct slice text)
{
	struct slice rest = text, label;

	if (!domain_is_plain(text))
		return false;
	do {
		label = slice_cut(&rest, '.');
		if (label.len < 1 || label.len > LABEL_MAX)
			return false;
	} while (rest.at != NULL);
	return true;
}

bool
grammar_is_literal(struct slice text)
{
	struct domain domain;

	if (text.len == 0 || memchr(text.at, '_', text.len) != NULL)
		return false;
	domain_normalize(text, &domain);
	return domain.kind == DOMAIN_LITERAL;
}

bool
grammar_is_token(struct slice text, const char *others)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (!ascii_is_alnum(text.at[i]) &&
		    (text.at[i] == '\0' || strchr(others, text.at[i]) == NULL))
			return false;
	return text.len >= 1 && text.len <= GRAMMAR_TOKEN_MAX;
}

bool
grammar_is_ip(struct slice text)
{
	char again[IPADDR_TEXT];
	struct ipaddr addr;

	if (!ipaddr_parse(text, &addr))
		return false;
	ipaddr_print(&addr, again);
	return slice_is(text, again);
}

/* field-name = 1*ftext; ftext = %d33-57 / %d59-126; `;` ends a tag. */
bool
grammar_is_field_name(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.at[i] < 33 || text.at[i] > 126 ||
		    text.at[i] == ':' || text.at[i] == ';')
			return false;
	return text.len > 0;
}

bool
grammar_read_time(struct slice text, int64_t *out)
{
	int64_t value = 0;
	size_t i;

	if (text.len < 1 || text.len > 12)
		return false;
	for (i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.at[i]))
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*out = value;
	return true;
}

bool
grammar_read_name(struct slice text, struct domain *out)
{
	if (text.len == 0)
		return false;
	domain_normalize(text, out);
	return out->kind == DOMAIN_NAME && grammar_is_name(domain_slice(out));
}

/* dkim-safe-char = %x21-3A / %x3C / %x3E-7E */
static bool
is_safe(char c)
{
	return c >= 0x21 && c <= 0x7e && c != ';' && c != '=';
}

void
grammar_put_quoted(struct buf *out, char c)
{
	if (is_safe(c))
		buf_putc(out, c);
	else
		buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
}

/* hex-octet = "=" 2HEXDIG, capitals only. -1 for none. */
static int
hex_digit(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
grammar_read_quoted(struct slice text, char *out, size_t size, size_t *len)
{
	size_t used = 0, i;

	for (i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (ascii_is_blank(c))
			continue;
		if (used == size)
			return false;
		if (c == '=') {
			int high = i + 2 < text.len ? hex_digit(text.at[i + 1])
						    : -1;
			int low = high < 0 ? -1 : hex_digit(text.at[i + 2]);

			if (low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (!is_safe(c)) {
			return false;
		}
		out[used++] = c;
	}
	*len = used;
	return true;
}
