/*
 * fuzz_maillog: any octets as lines of a mail log.
 *
 * What is told of them may stand in a record, and only a line that speaks of
 * TLS makes one under TLS.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/maillog/deliveries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	bool tls; /* a line said so */
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_text(const char *text, size_t max)
{
	size_t len = strlen(text), i;

	require(len <= max);
	for (i = 0; i < len; i++)
		require(text[i] > ' ' && text[i] < 0x7f);
}

static void
check(void *context, const struct delivery *delivery)
{
	const struct seen *seen = context;

	require((unsigned)delivery->event < DELIVERY_EVENTS);
	check_text(delivery->version, TLS_TEXT_MAX);
	check_text(delivery->cipher, TLS_TEXT_MAX);
	check_text(delivery->queue_id, DELIVERY_QUEUE_MAX);
	check_text(delivery->address, IPADDR_TEXT - 1);
	require(strlen(delivery->relay) <= DOMAIN_MAX);
	require(delivery->recipient.len <= DOMAIN_MAX);
	require(delivery->bits <= 99999);
	if (delivery->event == DELIVERY_SENT_TLS)
		require(seen->tls);
	else
		require(delivery->version[0] == '\0' &&
		    delivery->cert == CERT_UNKNOWN);
}

/* Attributes of a line are read in any case. */
static bool
tells_of_tls(struct slice line)
{
	for (; line.len > 0; line.at++, line.len--)
		if (slice_begins_nocase(line, "tls"))
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size), line;
	struct deliveries *deliveries;
	struct seen seen = {false};
	uint64_t lines = 0;

	require(deliveries_new(check, &seen, &deliveries) == STATUS_OK);
	while (rest.at != NULL) {
		line = slice_cut(&rest, '\n');
		seen.tls = seen.tls || tells_of_tls(line);
		deliveries_feed(deliveries, line, INT64_C(1795521600000));
		lines++;
	}
	require(deliveries_counts(deliveries)->lines == lines);
	deliveries_free(&deliveries);
	return 0;
}
