#include "milter/ctl/dnskey.h"

#include <arpa/nameser.h>

#include "milter/ctl/resolver.h"

enum status
dnskey_parse(const unsigned char *answer, size_t len, struct buf *record)
{
	return resolver_read_txt(slice_make((const char *)answer, len),
	    "v=DS1", record);
}

enum status
dnskey_lookup(void *context, const char *name, struct buf *record)
{
	struct slice answer;
	enum status status = resolver_ask(NULL, name, ns_t_txt, &answer);

	(void)context;
	if (status != STATUS_OK)
		return status;
	status = resolver_read_txt(answer, "v=DS1", record);
	resolver_answer_free(&answer);
	return status;
}
