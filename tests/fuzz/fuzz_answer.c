/*
 * fuzz_answer: any octets as what a name server and a mail server say.
 *
 * The first octet chooses: a DNS message, or the lines of an SMTP dialogue.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/resolver.h"
#include "milter/ctl/smtpdialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_dns(struct slice answer)
{
	struct mx_list list;
	struct buf record;
	bool authentic;
	size_t i;

	memset(&list, 0, sizeof(list));
	if (resolver_read_mx(answer, &list) == STATUS_OK) {
		require(list.count <= RESOLVER_MX_MAX);
		for (i = 0; i < list.count; i++)
			require(memchr(list.mx[i].host, 0,
			    sizeof(list.mx[i].host)) != NULL);
		for (i = 1; i < list.count; i++)
			require(list.mx[i - 1].preference <=
			    list.mx[i].preference);
	}
	buf_init(&record, 1000);
	if (resolver_read_txt(answer, "v=", &record) == STATUS_OK)
		require(record.len <= 1000);
	buf_clear(&record);
	(void)resolver_count_tlsa(answer, &authentic);
}

static void
check_smtp(struct slice text)
{
	struct smtp_reply reply;

	memset(&reply, 0, sizeof(reply));
	while (text.at != NULL && text.len > 0) {
		int kind = smtp_read_line(slice_cut(&text, '\n'), &reply);

		require(kind >= -1 && kind <= 1);
		require(kind < 0 || (reply.code >= 200 && reply.code < 600));
		require(memchr(reply.text, 0, sizeof(reply.text)) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest;

	if (size == 0)
		return 0;
	rest = slice_make((const char *)data + 1, size - 1);
	if (data[0] == 'd')
		check_dns(rest);
	else
		check_smtp(rest);
	return 0;
}
