/*
 * fuzz_mtaconf: any octets as sendmail.cf and as values of Postfix.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/ctl/postfixlist.h"
#include "milter/ctl/sendmailcf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require_within(struct slice part, struct slice whole)
{
	if (part.at != NULL && part.len > 0 && (part.at < whole.at ||
		part.at + part.len > whole.at + whole.len))
		abort();
}

static void
check_cf(struct slice cf)
{
	struct slice names = sendmailcf_option(cf, "InputMailFilters");
	struct slice rest = cf, line;

	require_within(names, cf);
	while (names.at != NULL) {
		struct slice equates = sendmailcf_filter(cf,
		    slice_trim(slice_cut(&names, ',')));

		require_within(equates, cf);
		require_within(sendmailcf_equate(equates, "S"), cf);
	}
	require_within(sendmailcf_line(cf, "Kaccess"), cf);
	while ((line = sendmailcf_next(&rest)).at != NULL)
		require_within(sendmailcf_value(line, "LogLevel"), cf);
}

static void
check_list(struct slice text)
{
	char *copy = strndup(text.at, text.len);
	struct slice rest = text, element;

	while ((element = postfixlist_next(&rest)).at != NULL) {
		struct postfix_milter milter = postfixlist_milter(element);

		require_within(element, text);
		require_within(milter.socket, text);
		require_within(milter.default_action, text);
		require_within(postfixlist_socketmap(element, "nexthop"),
		    text);
	}
	if (copy != NULL)
		(void)postfixlist_allows_old_tls(copy);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make((const char *)data, size);

	if (size == 0)
		return 0;
	check_cf(text);
	check_list(text);
	return 0;
}
