/*
 * fuzz_domain: any octets as a domain name.
 *
 * What comes out is one of the four kinds, fits, holds no octet that could
 * harm a reply or log, and comes out of a second round unchanged.
 */
#include <stdint.h>
#include <stdlib.h>

#include "policy/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_parents(struct slice name)
{
	size_t before;

	do {
		before = name.len;
		require(domain_is_below(name, name, true));
		require(!domain_is_below(name, name, false));
	} while (domain_parent(&name) && name.len < before);
	require(name.len < DOMAIN_MAX + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domain once, twice;
	struct slice text;

	domain_normalize(slice_make((const char *)data, size), &once);
	text = domain_slice(&once);
	require(text.at[text.len] == '\0' && text.len <= DOMAIN_MAX);
	switch (once.kind) {
	case DOMAIN_NONE:
		abort();
	case DOMAIN_OTHER:
		require(text.len == 0 || (text.len > 1 &&
		    text.at[0] == '*' && text.at[1] == '.'));
		return 0;
	case DOMAIN_NAME:
		require(domain_is_plain(text));
		require(text.at[text.len - 1] != '.');
		check_parents(text);
		break;
	case DOMAIN_LITERAL:
		require(text.at[0] == '[' && text.at[text.len - 1] == ']');
		break;
	}
	domain_normalize(text, &twice);
	require(domain_equal(&once, &twice));
	require(slice_equal(text, domain_slice(&twice)));
	return 0;
}
