#include "milter/ctl/dnskey.h"

#include <arpa/nameser.h>

#include "milter/ctl/resolver.h"
#include "milter/stamp/keyrecord.h"

enum status
dnskey_parse(const unsigned char *answer, size_t len, struct buf *record)
{
	struct slice message = slice_make((const char *)answer, len);
	enum status status =
	    resolver_find_txt(message, keyrecord_is_revoked, record);

	if (status != STATUS_NOTFOUND)
		return status;
	return resolver_read_txt(message, "v=DS1", record);
}

enum status
dnskey_ask(const struct sockaddr_in *server, const char *name,
    struct buf *record)
{
	struct slice answer;
	enum status status = resolver_ask(server, name, ns_t_txt, &answer);

	if (status != STATUS_OK)
		return status;
	status = dnskey_parse((const unsigned char *)answer.at, answer.len,
	    record);
	resolver_answer_free(&answer);
	return status;
}

enum status
dnskey_lookup(void *context, const char *name, struct buf *record)
{
	(void)context;
	return dnskey_ask(NULL, name, record);
}
