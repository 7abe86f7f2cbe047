#include "policy/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void
buf_init(struct buf *buf, size_t ceiling)
{
	memset(buf, 0, sizeof(*buf));
	buf->ceiling = ceiling;
}

void
buf_init_fixed(struct buf *buf, char *storage, size_t size)
{
	buf_init(buf, size - 1);
	buf->data = storage;
	buf->size = size;
	buf->borrowed = true;
	storage[0] = '\0';
}

void
buf_clear(struct buf *buf)
{
	if (buf->borrowed) {
		buf_reset(buf);
		return;
	}
	free(buf->data);
	buf_init(buf, buf->ceiling);
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->status = STATUS_OK;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Make room for more octets and a NUL. Returns false when failed. */
static bool
buf_reserve(struct buf *buf, size_t more)
{
	size_t size = buf->size;
	char *data;

	if (buf->status != STATUS_OK)
		return false;
	if (more > buf->ceiling || buf->len > buf->ceiling - more) {
		buf->status = STATUS_LIMIT;
		return false;
	}
	if (buf->len + more < size)
		return true;
	if (size == 0)
		size = BUF_FIRST;
	while (size <= buf->len + more)
		size *= 2;
	data = realloc(buf->data, size);
	if (data == NULL) {
		buf->status = STATUS_NOMEM;
		return false;
	}
	buf->data = data;
	buf->size = size;
	return true;
}

void
buf_put(struct buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_putc(struct buf *buf, char c)
{
	buf_put(buf, &c, 1);
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void
buf_put_slice(struct buf *buf, struct slice s)
{
	buf_put(buf, s.at, s.len);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->status = STATUS_SYNTAX;
		return;
	}
	if (!buf_reserve(buf, (size_t)len))
		return;
	va_start(args, format);
	(void)vsnprintf(buf->data + buf->len, buf->size - buf->len, format,
	    args);
	va_end(args);
	buf->len += (size_t)len;
}

enum status
buf_status(const struct buf *buf)
{
	return buf->status;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

struct slice
buf_slice(const struct buf *buf)
{
	return slice_make(buf_text(buf), buf->len);
}
