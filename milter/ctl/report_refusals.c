#include "milter/ctl/report_refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
	const struct config *config;
	struct refusals *refusals;
	bool out_of_memory;
};

/* The rule in force now for the side that decided then. */
static bool
rule_find(const struct config *config, const struct session_facts *facts,
    struct match *out)
{
	struct domain domain;
	struct ipaddr addr;

	if (config == NULL)
		return false;
	switch (facts->side) {
	case SIDE_FROM:
		domain_normalize(slice_of(facts->sender), &domain);
		break;
	case SIDE_TO:
		domain_normalize(slice_of(facts->recipient), &domain);
		break;
	case SIDE_HEADER_FROM:
		domain_normalize(slice_of(facts->policy), &domain);
		break;
	case SIDE_CLIENT:
		domain_normalize(slice_of(facts->peer), &domain);
		return table_find_client(config->table,
		    ipaddr_parse(slice_of(facts->address), &addr) ? &addr
								  : NULL,
		    domain.kind == DOMAIN_NAME ? &domain : NULL, out);
	case SIDE_NONE:
	case SIDE_REQUIRETLS:
		return false;
	}
	table_find(config->table, &domain, out);
	return true;
}

/*
 * What the session lacks by the rule in force. Without one REQUIRETLS asks
 * for the default level, and of the others it is known only that they ask
 * for TLS.
 */
static enum gap
gap_of(const struct session_facts *facts, const struct match *match)
{
	static const struct level any = {.min_tls = TLS_VERSION_OTHER};
	const struct level *level = &any;

	if (match->rule != NULL)
		level = &match->rule->level;
	else if (facts->side == SIDE_REQUIRETLS)
		level = &level_default;
	else if (facts->tls.state == TLS_ESTABLISHED)
		return GAP_NONE;
	return level_check(level, match->domain, &facts->tls);
}

static const char *
remedy_for_clear(enum side side)
{
	switch (side) {
	case SIDE_TO:
		return "let whoever sends to it use TLS: a client of yours "
		       "(submission with STARTTLS), or the sender's "
		       "postmaster; or set to = \"prefer\"";
	case SIDE_CLIENT:
		return "turn TLS on in that client, or set the client rule "
		       "to mode = \"prefer\"";
	case SIDE_REQUIRETLS:
		return "the sender's own host must send it over TLS; ask its "
		       "postmaster";
	case SIDE_NONE:
	case SIDE_FROM:
	case SIDE_HEADER_FROM:
		break;
	}
	return "ask the sender's postmaster to turn STARTTLS on for outgoing "
	       "mail (Postfix: smtp_tls_security_level = may); or set "
	       "from = \"prefer\"";
}

static const char *
remedy_of(enum gap gap, enum side side)
{
	switch (gap) {
	case GAP_NONE:
		return "none: the level in force now is met";
	case GAP_UNKNOWN:
		return "let the MTA name the TLS macros at MAIL: "
		       "TROUBLESHOOTING in hopseald(8)";
	case GAP_TLS:
		return remedy_for_clear(side);
	case GAP_VERSION:
		return "ask the postmaster to allow a later protocol, or "
		       "lower min-tls to what there is";
	case GAP_BITS:
	case GAP_CIPHER:
		return "ask the postmaster for a modern cipher suite, or "
		       "lower ciphers or min-bits to what there is";
	case GAP_TRUSTED:
	case GAP_NAMED:
		return "let the MTA ask for client certificates "
		       "(smtpd_tls_ask_ccert = yes), and the partner show "
		       "one that verifies and bears the name; or set peer = "
		       "\"any\"";
	}
	return "";
}

/* Without the rule only the facts of the session can be told. */
static void
reason_without_rule(const struct session_facts *facts, struct buf *out)
{
	buf_printf(out, "below the level that %s asked for: this session "
	    "used %s, %s, %u bits, certificate %s",
	    facts->policy[0] == '\0' ? "the rule" : facts->policy,
	    facts->tls.version_text, facts->tls.cipher, facts->tls.bits,
	    cert_state_name(facts->tls.cert));
}

/* What the client would have been told. */
static void
reason_of(const struct session_facts *facts, const struct match *match,
    enum gap gap, struct refusal *item)
{
	struct verdict verdict = {
	    .outcome = facts->mode == MODE_PREFER ? OUTCOME_DOWNGRADE
						  : OUTCOME_REJECT,
	    .side = facts->side,
	    .gap = gap,
	    .domain = slice_of(facts->policy),
	    .subject = slice_of(item->sender),
	    .rule = match->rule,
	};
	struct reply reply;
	struct buf text;

	buf_init_fixed(&text, item->reason, sizeof(item->reason));
	if (gap == GAP_NONE && match->rule == NULL)
		reason_without_rule(facts, &text);
	else if (gap == GAP_NONE)
		buf_puts(&text, "the level in force then was not met, the "
				"one in force now is");
	else {
		verdict_reply(&verdict, &facts->tls, &reply);
		buf_puts(&text, reply.text);
	}
}

static int
compare(const void *left, const void *right)
{
	const struct refusal *a = left, *b = right;
	int order = strcmp(a->sender, b->sender);

	if (order == 0)
		order = strcmp(a->policy, b->policy);
	if (order == 0)
		order = (int)a->side - (int)b->side;
	return order != 0 ? order : strcmp(a->reason, b->reason);
}

/* The place of an item equal to wanted, or where it belongs. */
static size_t
place_of(const struct refusals *refusals, const struct refusal *wanted)
{
	size_t low = 0, high = refusals->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(&refusals->items[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
grow(struct refusals *refusals)
{
	size_t room = refusals->room == 0 ? 16 : refusals->room * 2;
	struct refusal *items;

	if (refusals->count < refusals->room)
		return true;
	items = realloc(refusals->items, room * sizeof(*items));
	if (items == NULL)
		return false;
	refusals->items = items;
	refusals->room = room;
	return true;
}

/* NULL: there is no room, or no memory. */
static struct refusal *
item_of(struct gathering *gathering, const struct refusal *wanted)
{
	struct refusals *refusals = gathering->refusals;
	size_t at = place_of(refusals, wanted);

	if (at < refusals->count &&
	    compare(&refusals->items[at], wanted) == 0)
		return &refusals->items[at];
	if (refusals->count == REPORT_REFUSALS_MAX)
		return NULL;
	if (!grow(refusals)) {
		gathering->out_of_memory = true;
		return NULL;
	}
	memmove(&refusals->items[at + 1], &refusals->items[at],
	    (refusals->count - at) * sizeof(*refusals->items));
	refusals->count++;
	refusals->items[at] = *wanted;
	return &refusals->items[at];
}

static void
take(void *context, const struct session_facts *facts)
{
	struct gathering *gathering = context;
	struct match match = {NULL, slice_of(facts->policy)};
	struct refusal wanted = {.side = facts->side, .first = facts->time};
	struct refusal *item;
	enum gap gap;

	(void)snprintf(wanted.sender, sizeof(wanted.sender), "%s",
	    facts->sender[0] == '\0' ? "<>" : facts->sender);
	(void)snprintf(
	    wanted.policy, sizeof(wanted.policy), "%s", facts->policy);
	(void)rule_find(gathering->config, facts, &match);
	gap = gap_of(facts, &match);
	reason_of(facts, &match, gap, &wanted);
	wanted.remedy = gap == GAP_NONE && match.rule == NULL
	    ? "ask again with the rules in force (-c FILE)"
	    : remedy_of(gap, facts->side);
	item = item_of(gathering, &wanted);
	if (item == NULL) {
		gathering->refusals->more++;
		return;
	}
	item->count++;
	if (facts->time < item->first)
		item->first = facts->time;
	if (facts->time >= item->last) {
		item->last = facts->time;
		(void)snprintf(item->address, sizeof(item->address), "%s",
		    facts->address);
	}
}

enum status
refusals_gather(struct queries *queries, const struct sessions_query *query,
    const struct config *config, struct refusals *out, struct fault *fault)
{
	struct gathering gathering = {config, out, false};
	enum status status;

	memset(out, 0, sizeof(*out));
	status = sessions_walk(queries, query, take, &gathering, fault);
	if (status == STATUS_OK && gathering.out_of_memory)
		status = fault_set(fault, STATUS_NOMEM, "out of memory");
	return status;
}

void
refusals_clear(struct refusals *refusals)
{
	free(refusals->items);
	memset(refusals, 0, sizeof(*refusals));
}

static int
compare_count(const void *left, const void *right)
{
	const struct refusal *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return compare(left, right);
}

void
refusals_by_count(struct refusals *refusals)
{
	if (refusals->count > 0)
		qsort(refusals->items, refusals->count,
		    sizeof(*refusals->items), compare_count);
}

void
refusals_reasons(const struct refusals *refusals, const char *sender,
    struct buf *out)
{
	const struct refusal *item;
	bool begun = false;
	size_t i;

	for (i = 0; i < refusals->count; i++) {
		item = &refusals->items[i];
		if (strcmp(item->sender, sender) != 0)
			continue;
		buf_printf(out, "%s%" PRIu64 ": %s", begun ? "; " : "",
		    item->count, item->reason);
		begun = true;
	}
}

void
refusals_remedies(const struct refusals *refusals, const char *sender,
    struct buf *out)
{
	const char *remedy;
	bool begun = false;
	size_t i;

	for (i = 0; i < refusals->count; i++) {
		remedy = refusals->items[i].remedy;
		if (strcmp(refusals->items[i].sender, sender) != 0 ||
		    slice_holds(buf_slice(out), remedy))
			continue;
		buf_printf(out, "%s%s", begun ? "; " : "", remedy);
		begun = true;
	}
}
