#include "milter/ctl/probetarget.h"

#include <arpa/nameser.h>

#include "policy/nexthop.h"

static void
add_host(struct probe *probe, struct slice name, unsigned preference)
{
	struct probehost *host = &probe->hosts[probe->count];
	struct buf text;

	buf_init_fixed(&text, host->host, sizeof(host->host));
	buf_put_slice(&text, name);
	if (buf_status(&text) != STATUS_OK)
		return;
	host->preference = preference;
	probe->count++;
}

static void
take_mx_list(struct probe *probe, const struct mx_list *list)
{
	size_t i;

	probe->source = PROBE_MX;
	if (list->is_null)
		probe->source = PROBE_NULL_MX;
	for (i = 0; i < list->count; i++)
		add_host(probe, slice_of(list->mx[i].host),
		    list->mx[i].preference);
}

/* RFC 5321, 5.1: the MX records, or the name itself if there are none. */
void
probe_find_hosts(const struct sockaddr_in *server, struct probe *probe)
{
	struct mx_list list;
	struct slice answer;
	enum status status = resolver_ask(server,
	    probe->domain.text, ns_t_mx, &answer);

	if (status == STATUS_OK) {
		status = resolver_read_mx(answer, &list);
		resolver_answer_free(&answer);
	}
	if (status == STATUS_OK) {
		take_mx_list(probe, &list);
	} else if (status == STATUS_NOTFOUND) {
		probe->source = PROBE_ITSELF;
		add_host(probe, domain_slice(&probe->domain), 0);
	} else {
		probe->source = PROBE_NO_ANSWER;
	}
}

void
probe_ask_sts(const struct sockaddr_in *server, struct probe *probe)
{
	char text[DOMAIN_MAX + 16];
	struct buf name, record;
	struct slice answer;

	buf_init_fixed(&name, text, sizeof(text));
	buf_printf(&name, "_mta-sts.%s", probe->domain.text);
	probe->sts_asked = true;
	if (resolver_ask(server, buf_text(&name), ns_t_txt,
		&answer) != STATUS_OK)
		return;
	buf_init(&record, 4096);
	probe->sts =
	    resolver_read_txt(answer, "v=STSv1", &record) == STATUS_OK &&
	    slice_begins_nocase(buf_slice(&record), "v=STSv1");
	buf_clear(&record);
	resolver_answer_free(&answer);
}

void
probe_ask_tlsa(const struct sockaddr_in *server, const char *port,
    struct probehost *host)
{
	char text[DOMAIN_MAX + 32];
	struct slice answer;
	struct ipaddr addr;
	struct buf name;

	if (ipaddr_parse(slice_of(host->host), &addr))
		return;
	buf_init_fixed(&name, text, sizeof(text));
	buf_printf(&name, "_%s._tcp.%s", port, host->host);
	if (resolver_ask(server, buf_text(&name), RESOLVER_TLSA, &answer) !=
	    STATUS_OK)
		return;
	host->tlsa = resolver_count_tlsa(answer, &host->tlsa_authentic);
	resolver_answer_free(&answer);
}

/*
 * `host:port` and `[host]` are asked themselves; port is cut off. Returns
 * false for what is no target.
 */
bool
probe_read_target(const char *target, struct probe *probe)
{
	struct slice rest = slice_of(target), host;
	unsigned long number = 0;
	struct buf text;

	if (!nexthop_domain(rest, &probe->domain) ||
	    (probe->domain.kind != DOMAIN_NAME &&
		probe->domain.kind != DOMAIN_LITERAL))
		return false;
	if (rest.at[0] == '[') {
		rest = slice_make(rest.at + 1, rest.len - 1);
		host = slice_cut(&rest, ']');
		if (rest.at == NULL || (rest.len > 0 && rest.at[0] != ':'))
			return false;
		if (rest.len > 0)
			rest = slice_make(rest.at + 1, rest.len - 1);
		else
			rest.at = NULL;
	} else {
		host = slice_cut(&rest, ':');
		if (rest.at == NULL)
			return true; /* a domain */
	}
	add_host(probe, host, 0);
	if (rest.at == NULL)
		return true;
	buf_init_fixed(&text, probe->port, sizeof(probe->port));
	buf_put_slice(&text, rest);
	return buf_status(&text) == STATUS_OK &&
	    slice_number(rest, 65535, &number) && number > 0;
}
