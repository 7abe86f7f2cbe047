/*
 * fuzz_received: any octets as the value of a Received field.
 *
 * What is read lies within the text, an address is one, and the line that
 * is shown fits and prints.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/ctl/receivedhops.h"
#include "policy/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_within(struct slice part, struct slice whole)
{
	require(part.len == 0 || (part.at >= whole.at &&
	    part.at + part.len <= whole.at + whole.len));
}

static void
check_line(const struct received *hop)
{
	char storage[RECEIVEDHOPS_LINE];
	struct buf line;
	size_t i;

	buf_init_fixed(&line, storage, sizeof(storage));
	receivedhops_line(hop, &line);
	require(buf_status(&line) == STATUS_OK);
	for (i = 0; i < line.len; i++)
		require(line.data[i] >= ' ' && line.data[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);
	struct received hop;
	struct ipaddr addr;

	require(received_read(text, &hop) ==
	    (hop.from.len > 0 || hop.by.len > 0));
	check_within(hop.from, text);
	check_within(hop.address, text);
	check_within(hop.by, text);
	check_within(hop.with, text);
	check_within(hop.tls, text);
	check_within(hop.cipher, text);
	check_within(hop.bits, text);
	check_within(hop.date, text);
	require(hop.address.len == 0 || ipaddr_parse(hop.address, &addr));
	require(hop.tls.len + hop.cipher.len == 0 ||
	    hop.claim == RECEIVED_TLS);
	check_line(&hop);
	return 0;
}
