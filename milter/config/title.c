#include "milter/config/title.h"

#include <stdio.h>
#include <string.h>

#include "milter/config/value.h"

static void
read_flags(const struct reader *reader, struct draft *out)
{
	bool subdomains = true;

	(void)reader_bool(reader, "i-know-this-breaks-rfc3207",
	    &out->breaks_rfc3207);
	(void)reader_bool(reader, "subdomains", &subdomains);
	out->scope = subdomains ? SCOPE_TREE : SCOPE_SELF;
}

static const char *
read_policy_title(const struct reader *reader, struct draft *out)
{
	const char *title = reader->block->title;
	const char *wrong;

	read_flags(reader, out);
	if (strcmp(title, "*") == 0) {
		out->kind = DRAFT_DEFAULT;
		return NULL;
	}
	wrong = value_domain(slice_of(title), &out->domain);
	if (wrong == NULL)
		out->kind = DRAFT_POLICY;
	return wrong;
}

/* Digits and dots alone are meant for an address. */
static bool
is_like_address(const char *title)
{
	return strpbrk(title, "/:[]") != NULL ||
	    title[strspn(title, "0123456789.")] == '\0';
}

static const char *
read_client_title(const struct reader *reader, struct draft *out)
{
	const char *title = reader->block->title;
	const char *wrong;

	if (network_parse(slice_of(title), &out->net)) {
		out->kind = DRAFT_NETWORK;
		return NULL;
	}
	if (is_like_address(title))
		return "is no network; allowed: ADDRESS or ADDRESS/BITS, "
		       "where the bits behind the prefix are zero";
	out->scope = title[0] == '.' ? SCOPE_BELOW : SCOPE_TREE;
	wrong = value_domain(slice_of(title + (title[0] == '.')),
	    &out->domain);
	if (wrong == NULL)
		out->kind = DRAFT_NAME;
	return wrong;
}

static const char *
read_title(const struct reader *reader, struct draft *out)
{
	const char *kind = reader->block->kind;
	const char *wrong;

	out->kind = DRAFT_BAD;
	if (reader->block->title == NULL || reader->block->title[0] == '\0')
		return "is empty; is a ${VARIABLE} not set?";
	if (strcmp(kind, "policy") == 0)
		return read_policy_title(reader, out);
	if (strcmp(kind, "client") == 0)
		return read_client_title(reader, out);
	wrong = value_class(reader->block->title);
	if (wrong == NULL)
		out->kind = DRAFT_CLASS;
	return wrong;
}

/* What two titles of one kind are compared by. */
static const char *
title_key(struct reader *reader, const struct draft *draft)
{
	char text[IPADDR_TEXT + 8];
	char key[DOMAIN_MAX + 1], title[DOMAIN_MAX + 2];
	struct slice name;
	size_t i;

	switch (draft->kind) {
	case DRAFT_CLASS:
		return draft->block->title;
	case DRAFT_DEFAULT:
		return "*";
	case DRAFT_NETWORK:
		ipaddr_print(&draft->net.base, text);
		i = strlen(text);
		(void)snprintf(text + i, sizeof(text) - i, "/%u",
		    draft->net.bits -
			(ipaddr_is_v4(&draft->net.base) ? 96 : 0));
		return reader_copy(reader, text, strlen(text));
	case DRAFT_POLICY:
	case DRAFT_NAME:
		name = table_key(&draft->domain, key);
		(void)snprintf(title, sizeof(title), "%s%.*s",
		    draft->scope == SCOPE_BELOW ? "." : "", (int)name.len,
		    name.at);
		return reader_copy(reader, title, strlen(title));
	case DRAFT_BAD:
		break;
	}
	return "";
}

void
title_read(struct reader *reader, struct draft *out)
{
	const struct block *block = reader->block;
	const char *wrong = read_title(reader, out);

	if (wrong != NULL)
		findings_add(reader->findings, block->file, block->line,
		    "%s \"%.80s\": the title %s", block->kind,
		    block->title == NULL ? "" : block->title, wrong);
	out->key = title_key(reader, out);
}
