#include "milter/ctl/suggest_evidence.h"

#include <stdio.h>
#include <string.h>

static void
evidence_init(struct suggest_evidence *evidence)
{
	evidence->first = QUERIES_NO_TIME;
	evidence->last = QUERIES_NO_TIME;
	evidence->min_tls = TLS_VERSION_LATER;
	evidence->min_bits = 99999;
	evidence->ciphers = CIPHERS_BCP195;
	evidence->peer = PEER_NAMED;
}

void
suggest_candidate_init(struct suggest_candidate *candidate,
    const char *domain)
{
	memset(candidate, 0, sizeof(*candidate));
	(void)snprintf(candidate->domain, sizeof(candidate->domain), "%s",
	    domain);
	evidence_init(&candidate->from);
	evidence_init(&candidate->to);
	evidence_init(&candidate->out);
}

/* Does the session meet a level that asks for nothing but this? */
static bool
meets(const struct session_facts *facts, const struct level *level,
    const char *domain)
{
	return level_check(level, slice_of(domain), &facts->tls) == GAP_NONE;
}

/* Lower what all satisfy until this session does, too. */
static void
add_level(struct suggest_evidence *evidence,
    const struct session_facts *facts, const char *domain)
{
	struct level suite = {.min_bits = 1};
	struct level peer = {.min_bits = 0};

	evidence->tls++;
	if (facts->tls.version < evidence->min_tls)
		evidence->min_tls = facts->tls.version;
	if (facts->tls.bits < evidence->min_bits)
		evidence->min_bits = facts->tls.bits;
	suite.ciphers = CIPHERS_ANY;
	evidence->weak = evidence->weak || !meets(facts, &suite, domain);
	while (evidence->ciphers != CIPHERS_ANY) {
		suite.ciphers = evidence->ciphers;
		if (meets(facts, &suite, domain))
			break;
		evidence->ciphers--;
	}
	while (evidence->peer != PEER_ANY) {
		peer.peer = evidence->peer;
		if (meets(facts, &peer, domain))
			break;
		evidence->peer--;
	}
}

static void
add_host(struct suggest_evidence *evidence, const char *address)
{
	size_t i;

	for (i = 0; i < evidence->host_count; i++) {
		if (strcmp(evidence->hosts[i], address) == 0)
			return;
	}
	if (evidence->host_count == SUGGEST_HOSTS) {
		evidence->more_hosts = true;
		return;
	}
	(void)snprintf(evidence->hosts[evidence->host_count++], IPADDR_TEXT,
	    "%s", address);
}

static void
add_network(struct suggest_evidence *evidence,
    const struct session_facts *facts)
{
	struct suggest_network *item = evidence->networks;
	struct network net;
	struct ipaddr addr;
	size_t i;

	if (!ipaddr_parse(slice_of(facts->address), &addr)) {
		evidence->more_networks = true;
		return;
	}
	network_of_client(&addr, &net);
	for (i = 0; i < evidence->network_count; i++, item++) {
		if (network_equal(&item->net, &net))
			break;
	}
	if (i == SUGGEST_NETWORKS) {
		evidence->more_networks = true;
		return;
	}
	if (i == evidence->network_count) {
		*item = (struct suggest_network){.net = net};
		evidence->network_count++;
	}
	if (facts->tls.state == TLS_ESTABLISHED)
		item->over_tls = true;
	else
		item->in_clear = true;
}

static void
add_message(struct suggest_evidence *evidence,
    const struct session_facts *facts)
{
	if (!record_event_is_message(facts->event))
		return;
	if (facts->part == 0)
		evidence->messages++;
	if (evidence->first == QUERIES_NO_TIME ||
	    facts->time < evidence->first)
		evidence->first = facts->time;
	if (facts->time > evidence->last)
		evidence->last = facts->time;
}

static void
add(struct suggest_evidence *evidence, const struct session_facts *facts,
    const char *domain)
{
	if (facts->event == RECORD_TLS_FAILED) {
		evidence->failed++;
		return;
	}
	add_message(evidence, facts);
	switch (facts->tls.state) {
	case TLS_ESTABLISHED:
		add_level(evidence, facts, domain);
		break;
	case TLS_NONE:
		evidence->clear++;
		add_host(evidence, facts->address);
		break;
	case TLS_UNKNOWN:
		evidence->unknown++;
		return;
	}
	if (facts->direction == RECORD_IN)
		add_network(evidence, facts);
}

/* Is it a session that rules judge, and not a note beside one? */
static bool
is_judged(const struct session_facts *facts)
{
	return facts->event != RECORD_TRUSTED &&
	    facts->event != RECORD_STRIP &&
	    facts->event != RECORD_STAMP_FAULT;
}

void
suggest_add_sender(struct suggest_candidate *candidate,
    const struct session_facts *facts)
{
	if (is_judged(facts) && facts->direction == RECORD_IN)
		add(&candidate->from, facts, candidate->domain);
}

void
suggest_add_recipient(struct suggest_candidate *candidate,
    const struct session_facts *facts)
{
	if (!is_judged(facts))
		return;
	add(facts->direction == RECORD_OUT ? &candidate->out : &candidate->to,
	    facts, candidate->domain);
}

void
suggest_lower(struct suggest_evidence *a, const struct suggest_evidence *b)
{
	if (b->min_tls < a->min_tls)
		a->min_tls = b->min_tls;
	if (b->min_bits < a->min_bits)
		a->min_bits = b->min_bits;
	if (b->ciphers < a->ciphers)
		a->ciphers = b->ciphers;
	if (b->peer < a->peer)
		a->peer = b->peer;
	a->weak = a->weak || b->weak;
}

bool
suggest_is_mixed(const struct suggest_evidence *evidence)
{
	size_t i;

	if (evidence->more_networks)
		return true;
	for (i = 0; i < evidence->network_count; i++) {
		if (evidence->networks[i].over_tls &&
		    evidence->networks[i].in_clear)
			return true;
	}
	return false;
}
