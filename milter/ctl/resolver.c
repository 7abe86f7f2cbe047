#include "milter/ctl/resolver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

static void
use_server(struct __res_state *state, const struct sockaddr_in *server)
{
	state->nsaddr_list[0] = *server;
	state->nscount = 1;
}

enum status
resolver_ask(const struct sockaddr_in *server, const char *name, int type,
    struct slice *answer)
{
	unsigned char *message = malloc(NS_MAXMSG);
	struct __res_state state;
	enum status status = STATUS_BUSY;
	int len;

	memset(&state, 0, sizeof(state));
	if (message == NULL)
		return STATUS_NOMEM;
	if (res_ninit(&state) != 0) {
		free(message);
		return STATUS_BUSY;
	}
	state.retrans = RESOLVER_SECONDS;
	state.retry = RESOLVER_TRIES;
	state.options |= RES_USE_EDNS0 | RES_TRUSTAD;
	if (server != NULL)
		use_server(&state, server);
	len = res_nquery(&state, name, ns_c_in, type, message, NS_MAXMSG);
	if (len < 0 && (state.res_h_errno == HOST_NOT_FOUND ||
	    state.res_h_errno == NO_DATA))
		status = STATUS_NOTFOUND;
	res_nclose(&state);
	if (len < 0) {
		free(message);
		return status;
	}
	answer->at = (const char *)message;
	answer->len = (size_t)len;
	return STATUS_OK;
}

void
resolver_answer_free(struct slice *answer)
{
	free((void *)(uintptr_t)answer->at);
	*answer = slice_make(NULL, 0);
}

/* Read the record with that number. Returns 0 at the end, -1 for a bad one. */
static int
record_at(ns_msg *message, int number, ns_rr *rr)
{
	if (number >= ns_msg_count(*message, ns_s_an))
		return 0;
	return ns_parserr(message, ns_s_an, number, rr) == 0 ? 1 : -1;
}

static bool
begin_reading(struct slice answer, ns_msg *message)
{
	return answer.len <= NS_MAXMSG &&
	    ns_initparse((const unsigned char *)answer.at, (int)answer.len,
		message) == 0;
}

static bool
is_of_type(const ns_rr *rr, int type)
{
	return (int)ns_rr_type(*rr) == type && ns_rr_class(*rr) == ns_c_in;
}

/* Insert by preference; behind its equals. The worst falls off the end. */
static void
insert_mx(struct mx_list *list, const struct mx *mx)
{
	size_t at = list->count;

	while (at > 0 && list->mx[at - 1].preference > mx->preference)
		at--;
	if (at == RESOLVER_MX_MAX)
		return;
	if (list->count < RESOLVER_MX_MAX)
		list->count++;
	memmove(&list->mx[at + 1], &list->mx[at],
	    (list->count - at - 1) * sizeof(*mx));
	list->mx[at] = *mx;
}

/* RFC 1035, 3.3.9: preference, exchange. Returns false if malformed. */
static bool
take_mx(ns_msg *message, const ns_rr *rr, struct mx_list *out)
{
	const unsigned char *data = ns_rr_rdata(*rr);
	char host[NS_MAXDNAME];
	struct domain domain;
	struct mx mx;

	if (ns_rr_rdlen(*rr) < 3 ||
	    ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
		data + 2, host, sizeof(host)) < 0)
		return false;
	if (host[0] == '\0' || slice_is(slice_of(host), ".")) {
		out->is_null = true;
		return true;
	}
	domain_normalize(slice_of(host), &domain);
	if (domain.kind != DOMAIN_NAME)
		return true;
	mx.preference = (unsigned)data[0] << 8 | data[1];
	memcpy(mx.host, domain.text, sizeof(mx.host));
	insert_mx(out, &mx);
	return true;
}

enum status
resolver_read_mx(struct slice answer, struct mx_list *out)
{
	ns_msg message;
	ns_rr rr;
	int i, got;

	memset(out, 0, sizeof(*out));
	if (!begin_reading(answer, &message))
		return STATUS_BUSY;
	for (i = 0; (got = record_at(&message, i, &rr)) > 0; i++)
		if (is_of_type(&rr, ns_t_mx) && !take_mx(&message, &rr, out))
			return STATUS_BUSY;
	if (got < 0)
		return STATUS_BUSY;
	if (out->count > 0)
		out->is_null = false;
	return out->count > 0 || out->is_null ? STATUS_OK : STATUS_NOTFOUND;
}

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

/*
 * The next TXT record from *i on, its strings joined in record; *is_whole:
 * they do not overrun it. As record_at: 0 is the end, less is malformed.
 */
static int
next_txt(ns_msg *message, int *i, struct buf *record, bool *is_whole)
{
	ns_rr rr;
	int got;

	while ((got = record_at(message, (*i)++, &rr)) > 0) {
		if (!is_of_type(&rr, ns_t_txt))
			continue;
		buf_reset(record);
		*is_whole = put_strings(ns_rr_rdata(rr), ns_rr_rdlen(rr),
		    record);
		return got;
	}
	return got;
}

enum status
resolver_read_txt(struct slice answer, const char *prefix, struct buf *record)
{
	bool found = false, is_whole;
	ns_msg message;
	int i = 0, got;

	if (!begin_reading(answer, &message))
		return STATUS_BUSY;
	while ((got = next_txt(&message, &i, record, &is_whole)) > 0) {
		found = true;
		if (is_whole && slice_begins_nocase(buf_slice(record), prefix))
			break;
	}
	if (got < 0)
		return STATUS_BUSY;
	return found ? buf_status(record) : STATUS_NOTFOUND;
}

enum status
resolver_find_txt(struct slice answer, bool (*is_wanted)(struct slice text),
    struct buf *record)
{
	ns_msg message;
	bool is_whole;
	int i = 0, got;

	if (!begin_reading(answer, &message))
		return STATUS_BUSY;
	while ((got = next_txt(&message, &i, record, &is_whole)) > 0)
		if (is_whole && buf_status(record) == STATUS_OK &&
		    is_wanted(buf_slice(record)))
			return STATUS_OK;
	return got < 0 ? STATUS_BUSY : STATUS_NOTFOUND;
}

size_t
resolver_count_tlsa(struct slice answer, bool *authentic)
{
	size_t count = 0;
	ns_msg message;
	ns_rr rr;
	int i;

	*authentic = false;
	if (!begin_reading(answer, &message))
		return 0;
	for (i = 0; record_at(&message, i, &rr) > 0; i++)
		if (is_of_type(&rr, RESOLVER_TLSA))
			count++;
	*authentic = ns_msg_getflag(message, ns_f_ad) != 0;
	return count;
}

bool
resolver_parse_server(const char *text, struct sockaddr_in *out)
{
	struct slice rest = slice_of(text);
	struct slice address = slice_cut(&rest, ':');
	unsigned long port = NS_DEFAULTPORT;
	char host[INET_ADDRSTRLEN];
	struct buf buf;

	memset(out, 0, sizeof(*out));
	if (rest.at != NULL && !slice_number(rest, 65535, &port))
		return false;
	buf_init_fixed(&buf, host, sizeof(host));
	buf_put_slice(&buf, address);
	out->sin_family = AF_INET;
	out->sin_port = htons((uint16_t)port);
	return port > 0 && buf_status(&buf) == STATUS_OK &&
	    inet_pton(AF_INET, buf_text(&buf), &out->sin_addr) == 1;
}
