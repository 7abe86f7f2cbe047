#include "milter/lookup/netstring.h"

/* The digits before the colon; LIMIT also when too many of them come. */
static enum status
read_length(struct slice *data, size_t *length)
{
	struct slice rest = *data;
	size_t digits = 0;
	unsigned long number;

	while (digits < data->len && ascii_is_digit(data->at[digits]))
		digits++;
	if (digits > NETSTRING_DIGITS)
		return STATUS_LIMIT;
	if (digits == data->len)
		return STATUS_BUSY;
	if (data->at[digits] != ':' ||
	    (digits > 1 && data->at[0] == '0') ||
	    !slice_number(slice_cut(&rest, ':'), 999999, &number))
		return STATUS_SYNTAX;
	if (number > NETSTRING_MAX)
		return STATUS_LIMIT;
	*data = rest;
	*length = number;
	return STATUS_OK;
}

enum status
netstring_read(struct slice data, struct slice *content, size_t *used)
{
	struct slice rest = data;
	size_t length = 0;
	enum status status = read_length(&rest, &length);

	if (status != STATUS_OK)
		return status;
	if (rest.len <= length)
		return STATUS_BUSY;
	if (rest.at[length] != ',')
		return STATUS_SYNTAX;
	*content = slice_make(rest.at, length);
	*used = data.len - rest.len + length + 1;
	return STATUS_OK;
}

void
netstring_put(struct slice content, struct buf *out)
{
	buf_printf(out, "%zu:", content.len);
	buf_put_slice(out, content);
	buf_putc(out, ',');
}
