#include "policy/base/utf8.h"

size_t
utf8_length(struct slice text)
{
	const unsigned char *at = (const unsigned char *)text.at;
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t len;
	size_t i;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		len = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		len = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	if (at[0] == 0xed)
		high = 0x9f;
	if (at[0] == 0xf0)
		low = 0x90;
	if (at[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++) {
		if (i == text.len || at[i] < low || at[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

uint32_t
utf8_take(struct slice *text)
{
	/* What of the first octet is no mark of the length. */
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *at = (const unsigned char *)text->at;
	size_t len = utf8_length(*text);
	uint32_t point = at[0] & masks[len];
	size_t i;

	for (i = 1; i < len; i++)
		point = point << 6 | (at[i] & 0x3f);
	*text = slice_make(text->at + len, text->len - len);
	return point;
}

bool
utf8_is_control(struct slice text)
{
	const unsigned char *at = (const unsigned char *)text.at;

	return at[0] < ' ' || at[0] == 0x7f ||
	    (at[0] == 0xc2 && text.len > 1 && at[1] < 0xa0);
}
