/*
 * fuzz_address: any octets as a path of the envelope and as a From field.
 *
 * Parsers stay within their input, end, and find a domain wherever an @ is
 * followed by a plain name up to the end: none may escape its rule.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
lies_within(struct slice part, struct slice whole)
{
	return part.len == 0 || (part.at >= whole.at &&
	    part.at + part.len <= whole.at + whole.len);
}

static void
check_path(struct slice path)
{
	struct slice address = address_of_path(path);
	struct slice local = address_local(address);
	struct domain domain;

	require(lies_within(address, path));
	require(lies_within(local, address));
	address_domain(address, &domain);
	require((domain.kind == DOMAIN_NONE) == (address.len == 0));
	require(domain.len <= DOMAIN_MAX);
}

static void
check_list(struct slice field, bool is_open)
{
	char address[ADDRESS_MAX + 1];
	struct slice rest = field;
	struct domain domain;
	size_t before;

	for (before = rest.len; address_list_next(&rest, is_open, address);
	     before = rest.len) {
		require(rest.len < before);
		require(strlen(address) > 0 || address[0] == '\0');
		address_domain(slice_of(address), &domain);
		require(domain.len <= DOMAIN_MAX);
	}
	require(rest.len == 0);
}

/* `<LOCAL@bank.example>` is of bank.example, whatever LOCAL is. */
static void
check_domain_at_the_end(const uint8_t *data, size_t size)
{
	static const char tail[] = "@bank.example";
	char address[512];
	struct domain domain;

	if (size > sizeof(address) - sizeof(tail))
		return;
	if (size > 0)
		memcpy(address, data, size);
	memcpy(address + size, tail, sizeof(tail) - 1);
	address_domain(slice_make(address, size + sizeof(tail) - 1), &domain);
	require(domain.kind == DOMAIN_NAME);
	require(slice_is(domain_slice(&domain), "bank.example"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);

	check_path(text);
	check_list(text, false);
	check_list(text, true);
	(void)address_list_is_doubtful(text);
	check_domain_at_the_end(data, size);
	return 0;
}
