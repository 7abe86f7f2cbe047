/*
 * fuzz_authresults: any octets as the value of an Authentication-Results
 * field, and as the name of our host.
 *
 * Blanks and comments in front change nothing; a field that we write for a
 * host claims to be of that host, whatever it is called.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/session/authresults.h"

enum { HOST_MAX = 255 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_in_front(struct slice value, const char *host)
{
	struct buf longer;

	buf_init(&longer, value.len + 64);
	buf_puts(&longer, " (a \\) (b))\r\n\t");
	buf_put_slice(&longer, value);
	require(buf_status(&longer) == STATUS_OK);
	require(authresults_claims(buf_slice(&longer), host) ==
	    authresults_claims(value, host));
	buf_clear(&longer);
}

/* What prints can be read back; the rest was made to print. */
static bool
prints(const char *host)
{
	for (; *host != '\0'; host++)
		if (*host <= ' ' || *host > '~')
			return false;
	return true;
}

static void
check_written(const char *host)
{
	static const struct tlsinfo tls = {.state = TLS_NONE};
	char storage[AUTHRESULTS_MAX];
	struct buf text;
	size_t i;

	buf_init_fixed(&text, storage, sizeof(storage));
	authresults_write(host, &tls, NULL, &text);
	require(buf_status(&text) == STATUS_OK);
	for (i = 0; i < text.len; i++)
		require((text.data[i] >= ' ' && text.data[i] <= '~') ||
		    text.data[i] == '\n' || text.data[i] == '\t');
	if (host[0] != '\0' && prints(host))
		require(authresults_claims(buf_slice(&text), host));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice value = slice_make((const char *)data, size);
	char host[HOST_MAX + 1];
	size_t len = size < HOST_MAX ? size : HOST_MAX;

	if (len > 0)
		memcpy(host, data, len);
	host[len] = '\0';
	check_in_front(value, "mx.example.org");
	check_written(host);
	return 0;
}
