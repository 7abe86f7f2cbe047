#include "milter/ctl/receivedhops.h"

#include <stdio.h>

#include "milter/ctl/escape.h"
#include "milter/ctl/paragraph.h"

/* Columns of what a line takes from a field. */
enum { HOST = 64, PROTOCOL = 32, VERSION = 12, SUITE = 48, BITS = 5,
	DATE = 48 };

static void
put_client(const struct received *hop, struct buf *out)
{
	if (hop->from.len == 0) {
		buf_puts(out, "from nobody that it names");
		return;
	}
	buf_puts(out, "from ");
	escape_put(out, hop->from, HOST);
	if (hop->address.len == 0 || hop->from.at[0] == '[')
		return;
	buf_puts(out, " [");
	escape_put(out, hop->address, HOST);
	buf_putc(out, ']');
}

static void
put_tls(const struct received *hop, struct buf *out)
{
	if (hop->tls.len + hop->cipher.len == 0) {
		buf_puts(out, "over TLS (");
		escape_put(out, hop->with, PROTOCOL);
		buf_putc(out, ')');
		return;
	}
	buf_puts(out, "over TLS (");
	escape_put(out, hop->tls, VERSION);
	if (hop->tls.len > 0 && hop->cipher.len > 0)
		buf_puts(out, ", ");
	escape_put(out, hop->cipher, SUITE);
	if (hop->bits.len > 0) {
		buf_puts(out, ", ");
		escape_put(out, hop->bits, BITS);
		buf_puts(out, " bits");
	}
	buf_putc(out, ')');
}

static void
put_claim(const struct received *hop, struct buf *out)
{
	switch (hop->claim) {
	case RECEIVED_TLS:
		put_tls(hop, out);
		return;
	case RECEIVED_CLEAR:
		buf_puts(out, "in clear (");
		break;
	case RECEIVED_UNSAID:
		buf_puts(out, "TLS or not is not said");
		if (hop->with.len == 0)
			return;
		buf_puts(out, " (");
		break;
	}
	escape_put(out, hop->with, PROTOCOL);
	buf_putc(out, ')');
}

void
receivedhops_line(const struct received *hop, struct buf *out)
{
	if (hop->by.len > 0)
		escape_put(out, hop->by, HOST);
	else
		buf_puts(out, "somebody");
	buf_puts(out, ": ");
	put_client(hop, out);
	buf_puts(out, ", ");
	put_claim(hop, out);
	if (hop->date.len == 0)
		return;
	buf_puts(out, "; ");
	escape_put(out, hop->date, DATE);
}

static void
print_hop(size_t number, struct slice value)
{
	char storage[RECEIVEDHOPS_LINE];
	struct received hop;
	struct buf line;

	buf_init_fixed(&line, storage, sizeof(storage));
	if (received_read(value, &hop))
		receivedhops_line(&hop, &line);
	else
		buf_puts(&line, "a field that names no host");
	(void)printf("%4zu  %s\n", number, buf_text(&line));
}

/* The Received fields among those from begin up to end. */
static void
print_part(const struct header *header, size_t begin, size_t end,
    size_t *count)
{
	size_t before = *count;
	size_t i;

	for (i = begin; i < end; i++) {
		if (!slice_is_nocase(header->fields[i].name, "Received"))
			continue;
		if (++*count <= RECEIVEDHOPS_MAX)
			print_hop(*count, header->fields[i].value);
	}
	if (*count == before)
		(void)puts("      none");
}

void
receivedhops_print(const struct header *header, size_t stamp)
{
	size_t count = 0;

	paragraph_print("The way of the message, by its Received fields, the "
	    "oldest last. These are claims: any host on the way can write or "
	    "invent them, and nothing here verifies them.", 0);
	if (stamp < header->count) {
		(void)puts("The hop of the stamp, and later:");
		print_part(header, 0, stamp, &count);
		(void)puts("Earlier, of which the stamp says nothing:");
		print_part(header, stamp, header->count, &count);
	} else {
		print_part(header, 0, header->count, &count);
	}
	if (count > RECEIVEDHOPS_MAX)
		(void)printf("      and %zu more, not shown\n",
		    count - RECEIVEDHOPS_MAX);
}
