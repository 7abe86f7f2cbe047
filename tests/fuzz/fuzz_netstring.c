/*
 * fuzz_netstring: any octets as a client of the next-hop responder sends
 * them: read as netstrings, each content asked as a key.
 *
 * What was read is what netstring_put writes, no answer has an octet that
 * would break the next line of a log, and half a request is no request.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/lookup/netstring.h"
#include "policy/nexthop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static struct table *
make_table(void)
{
	struct rule rule = rule_default;
	struct domain domain;
	struct table *table;

	require(table_new(&table) == STATUS_OK);
	rule.to = MODE_REQUIRE;
	rule.operation = OPERATION_ENFORCE;
	rule.level.peer = PEER_NAMED;
	domain_normalize(slice_of("bank.example"), &domain);
	require(table_add_domain(table, &domain, SCOPE_TREE,
		    table_keep(table, &rule)) == STATUS_OK);
	require(table_freeze(table) == STATUS_OK);
	return table;
}

static void
check_answer(const struct table *table, struct slice key)
{
	struct buf answer;
	size_t i;

	buf_init(&answer, NEXTHOP_ANSWER_MAX);
	nexthop_answer(table, key, &answer);
	require(buf_status(&answer) == STATUS_OK);
	require(slice_begins_nocase(buf_slice(&answer), "OK ") ||
	    slice_is(buf_slice(&answer), "NOTFOUND "));
	for (i = 0; i < answer.len; i++)
		require(answer.data[i] >= ' ' && answer.data[i] < 0x7f);
	buf_clear(&answer);
}

static void
check_written(struct slice content, struct slice taken)
{
	struct buf again;

	buf_init(&again, NETSTRING_MAX + 16);
	netstring_put(content, &again);
	require(slice_equal(buf_slice(&again), taken));
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_make((const char *)data, size);
	struct slice content, ignored, key;
	static struct table *table;
	size_t used, none;

	if (table == NULL)
		table = make_table();
	while (netstring_read(rest, &content, &used) == STATUS_OK) {
		require(used <= rest.len && content.len <= NETSTRING_MAX);
		check_written(content, slice_make(rest.at, used));
		require(netstring_read(slice_make(rest.at, used - 1),
			    &ignored, &none) == STATUS_BUSY);
		key = content;
		(void)slice_cut(&key, ' ');
		check_answer(table, key.at == NULL ? content : key);
		rest = slice_make(rest.at + used, rest.len - used);
	}
	return 0;
}
