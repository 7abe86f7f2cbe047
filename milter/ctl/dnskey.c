#include "milter/ctl/dnskey.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

enum { WAIT_SECONDS = 5, TRIES = 2 };

/*
 * Append the strings of a TXT record, each led by its length. Returns false
 * when they overrun it.
 */
static bool
put_strings(const unsigned char *data, size_t len, struct buf *record)
{
	while (len > 0) {
		size_t octets = data[0];

		if (octets + 1 > len)
			return false;
		buf_put(record, data + 1, octets);
		data += octets + 1;
		len -= octets + 1;
	}
	return true;
}

/* Read a record into the empty buffer; returns whether it is one of ours. */
static bool
take_record(ns_rr *rr, struct buf *record)
{
	buf_reset(record);
	return put_strings(ns_rr_rdata(*rr), ns_rr_rdlen(*rr), record) &&
	    slice_begins_nocase(buf_slice(record), "v=DS1");
}

enum status
dnskey_parse(const unsigned char *answer, size_t len, struct buf *record)
{
	bool found = false;
	ns_msg message;
	ns_rr rr;
	int i, count;

	if (len > NS_MAXMSG || ns_initparse(answer, (int)len, &message) != 0)
		return STATUS_BUSY;
	count = ns_msg_count(message, ns_s_an);
	for (i = 0; i < count; i++) {
		if (ns_parserr(&message, ns_s_an, i, &rr) != 0)
			return STATUS_BUSY;
		if (ns_rr_type(rr) != ns_t_txt ||
		    ns_rr_class(rr) != ns_c_in)
			continue;
		found = true;
		if (take_record(&rr, record))
			break;
	}
	return found ? buf_status(record) : STATUS_NOTFOUND;
}

enum status
dnskey_lookup(void *context, const char *name, struct buf *record)
{
	unsigned char answer[NS_MAXMSG];
	struct __res_state resolver;
	enum status status = STATUS_BUSY;
	int len;

	(void)context;
	memset(&resolver, 0, sizeof(resolver));
	if (res_ninit(&resolver) != 0)
		return STATUS_BUSY;
	resolver.retrans = WAIT_SECONDS;
	resolver.retry = TRIES;
	len = res_nquery(&resolver, name, ns_c_in, ns_t_txt, answer,
	    sizeof(answer));
	if (len >= 0)
		status = dnskey_parse(answer, (size_t)len, record);
	else if (resolver.res_h_errno == HOST_NOT_FOUND ||
	    resolver.res_h_errno == NO_DATA)
		status = STATUS_NOTFOUND;
	res_nclose(&resolver);
	return status;
}
