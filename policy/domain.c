#include "policy/domain.h"

#include <string.h>

#include "policy/idna.h"

void
domain_init(struct domain *domain)
{
	domain->kind = DOMAIN_NONE;
	domain->len = 0;
	domain->text[0] = '\0';
}

struct slice
domain_slice(const struct domain *domain)
{
	return slice_make(domain->text, domain->len);
}

static void
domain_set(struct domain *domain, enum domain_kind kind, struct slice text)
{
	domain->kind = kind;
	domain->len = text.len;
	memcpy(domain->text, text.at, text.len);
	domain->text[text.len] = '\0';
}

static bool
is_name_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

bool
domain_is_plain(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!is_name_octet(name.at[i]))
			return false;
	return name.len >= 1 && name.len <= DOMAIN_MAX;
}

/*
 * address-literal = "[" 1*( what names and addresses are made of ) "]"
 * (RFC 5321, 4.1.3; Sendmail takes a name in brackets for that host)
 */
static bool
domain_is_literal(struct slice name)
{
	size_t i;

	if (name.len < 3 || name.len > DOMAIN_MAX || name.at[0] != '[' ||
	    name.at[name.len - 1] != ']')
		return false;
	for (i = 1; i < name.len - 1; i++)
		if (!is_name_octet(name.at[i]) && name.at[i] != ':')
			return false;
	return true;
}

static bool
domain_has_8bit(struct slice name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] >= 0x80)
			return true;
	return false;
}

struct slice
domain_without_root(struct slice name)
{
	while (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

/*
 * What can be compared of a name that cannot: a star, which no name has, for
 * all up to the last octet that is in no name, and the labels behind it.
 */
static void
domain_set_other(struct domain *out, struct slice name)
{
	size_t at = name.len;

	domain_init(out);
	out->kind = DOMAIN_OTHER;
	while (at > 0 && is_name_octet(name.at[at - 1]))
		at--;
	while (at < name.len && name.at[at] != '.')
		at++;
	if (at == name.len || name.len > DOMAIN_MAX)
		return;
	domain_set(out, DOMAIN_OTHER, slice_make(name.at + at,
	    name.len - at));
	memmove(out->text + 1, out->text, out->len + 1);
	out->text[0] = '*';
	out->len++;
}

static void
domain_lower(struct domain *domain)
{
	size_t i;

	for (i = 0; i < domain->len; i++)
		domain->text[i] = ascii_lower(domain->text[i]);
}

static void
domain_set_name(struct domain *out, struct slice name)
{
	name = domain_without_root(name);
	if (domain_is_plain(name))
		domain_set(out, DOMAIN_NAME, name);
	else
		domain_set_other(out, name);
	domain_lower(out);
}

void
domain_normalize(struct slice name, struct domain *out)
{
	char alabels[IDNA_MAX + 1];

	if (domain_is_literal(name))
		domain_set(out, DOMAIN_LITERAL, name);
	else if (domain_has_8bit(name) && idna_to_alabels(name, alabels))
		domain_set_name(out, slice_of(alabels));
	else
		domain_set_name(out, name);
}

bool
domain_equal(const struct domain *a, const struct domain *b)
{
	return a->kind == b->kind &&
	    slice_equal_nocase(domain_slice(a), domain_slice(b));
}

bool
domain_parent(struct slice *name)
{
	(void)slice_cut(name, '.');
	return name->at != NULL;
}

bool
domain_is_below(struct slice name, struct slice above, bool or_equal)
{
	struct slice tail;

	if (name.len <= above.len)
		return or_equal && slice_equal(name, above);
	tail = slice_make(name.at + name.len - above.len, above.len);
	return tail.at[-1] == '.' && slice_equal(tail, above);
}
