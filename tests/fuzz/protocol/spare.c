#include "tests/fuzz/protocol/spare.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

/* A macro packet: the stage, then strings. */
static void
make_even(char *data, size_t len)
{
	char *last = NULL;
	size_t i, strings = 0;

	for (i = 1; i < len; i++)
		if (data[i] == '\0') {
			last = &data[i];
			strings++;
		}
	if (strings % 2 != 0)
		*last = '!';
}

/*
 * libmilter reads five octets, and takes a length of 0 or below as it takes
 * that of a packet without data.
 */
void
spare_libmilter(struct buf *octets)
{
	size_t at = 0, len;
	uint32_t size;

	while (octets->len - at > sizeof(size)) {
		memcpy(&size, octets->data + at, sizeof(size));
		size = ntohl(size);
		at += sizeof(size) + 1;
		len = size == 0 || size > INT32_MAX ? 0 : size - 1;
		if (len > octets->len - at)
			break;
		if (octets->data[at - 1] == SMFIC_MACRO)
			make_even(octets->data + at, len);
		at += len;
	}
}
