/*
 * fuzz_verify: any octets as a stored message.
 *
 * Its keys are those of tests/vectors/stamp. A result always comes, what is
 * shown passed, and a message that passes does so with other line ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/stamp/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char name[] = "2026a._delivered-securely.example.org";
static const char record[] =
    "v=DS1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static enum status
lookup(void *context, const char *asked, struct buf *out)
{
	(void)context;
	require(strlen(asked) <= DOMAIN_MAX);
	if (!slice_is_nocase(slice_of(asked), name))
		return asked[0] == 'b' ? STATUS_BUSY : STATUS_NOTFOUND;
	buf_puts(out, record);
	return buf_status(out);
}

static void
verify(struct slice message, bool unquote, struct verification *out)
{
	struct verify_query query = {.message = message,
	    .now = INT64_C(1795428007), .lookup = lookup,
	    .unquote_from = unquote};
	struct fault fault;

	require(verify_message(&query, out, &fault) == STATUS_OK);
	require(out->count <= VERIFY_STAMPS);
	if (out->finding.result == VERIFY_PASS) {
		require(strlen(out->id) == STAMP_ID_LEN);
		require(strcmp(out->stamp.domain.text, "example.org") == 0);
		return;
	}
	require(out->finding.detail != NULL && out->id[0] == '\0');
	require(out->tags.count == 0 && out->stamp.domain.len == 0);
}

/* The same message with LF for CRLF. */
static void
verify_with_lf(struct slice message, enum verify_result want)
{
	struct verification found;
	struct buf text;
	size_t i;

	buf_init(&text, message.len + 1);
	for (i = 0; i < message.len; i++)
		if (message.at[i] != '\r' || i + 1 == message.len ||
		    message.at[i + 1] != '\n')
			buf_putc(&text, message.at[i]);
	verify(buf_slice(&text), false, &found);
	require(found.finding.result == want);
	buf_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = slice_make((const char *)data, size);
	struct verification found;

	verify(message, true, &found);
	verify(message, false, &found);
	if (found.finding.result == VERIFY_PASS)
		verify_with_lf(message, VERIFY_PASS);
	return 0;
}
