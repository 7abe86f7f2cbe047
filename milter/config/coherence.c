#include "milter/config/coherence.h"

#include <string.h>
#include <strings.h>

/* The last block of that kind: what the document ends with. */
static const struct block *
last_block(const struct document *document, const char *kind)
{
	const struct block *last = NULL;
	const struct block *block;

	for (block = document->first; block != NULL; block = block->next)
		if (strcmp(block->kind, kind) == 0)
			last = block;
	return last;
}

/* stamp: domain, selector and key are there all, or none. */
static void
check_stamp(const struct document *document, struct findings *findings,
    const struct stamp_config *stamp)
{
	const struct block *block = last_block(document, "stamp");
	bool has_all = stamp->domain != NULL && stamp->selector != NULL &&
	    stamp->key_file != NULL;
	bool has_none = stamp->domain == NULL && stamp->selector == NULL &&
	    stamp->key_file == NULL;

	if (block == NULL || has_all || has_none)
		return;
	findings_add(findings, block->file, block->line, "stamp: %s is not "
	    "set; set domain, selector and key, or none of them",
	    stamp->domain == NULL ? "domain" :
	    stamp->selector == NULL ? "selector" : "key");
}

/* What cannot be checked cannot be believed. */
static void
check_policy_source(struct findings *findings, const struct config *config)
{
	const struct config_place *place = &config->policy_source_place;

	if (config->policy_source == NULL || config->policy_keys.count > 0)
		return;
	findings_add(findings, place->file, place->line, "option "
	    "policy-source: policy-key is not set, so nobody could tell who "
	    "pushed a policy; `hopseal policy keygen` makes a key and prints "
	    "the line");
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Three that listen need three sockets. */
static void
check_sockets(const struct block *block, struct findings *findings,
    const struct config *config)
{
	if (is_same(config->socket, config->nexthop.socket) ||
	    is_same(config->socket, config->metrics.socket) ||
	    is_same(config->nexthop.socket, config->metrics.socket))
		findings_add(findings, block->file, 0, "option socket: the "
		    "filter, nexthop and metrics each need their own socket");
}

/* What marks a message must not be what routes it. */
static void
check_headers(const struct block *block, struct findings *findings,
    const struct outbound_config *outbound)
{
	if (outbound->mark_header_name != NULL &&
	    outbound->route_header_name != NULL &&
	    strcasecmp(outbound->mark_header_name,
		outbound->route_header_name) == 0)
		findings_add(findings, block->file, 0, "option route-header in "
		    "outbound: it has the name of mark-header; take another");
}

void
coherence_check(const struct document *document, struct findings *findings,
    const struct config *config)
{
	const struct block *block = document->last; /* the global one */

	check_stamp(document, findings, &config->stamp);
	check_policy_source(findings, config);
	check_sockets(block, findings, config);
	check_headers(block, findings, &config->outbound);
}
