#include "policy/address.h"

#include <string.h>

#include "policy/addressscan.h"

/* The first octet c of s that nothing hides; NULL when there is none. */
static const char *
find_first(struct slice s, char c)
{
	size_t reading, i;

	for (reading = 0; reading < ADDRESSSCAN_READINGS; reading++) {
		struct addressscan scan = addressscan_readings[reading];

		for (i = 0; i < s.len; i++)
			if (addressscan_takes(&scan, s.at[i]) && s.at[i] == c)
				return s.at + i;
	}
	return NULL;
}

/* The last `@` under one reading; *closed: whether all that opens closes. */
static const char *
find_last_at(struct slice s, struct addressscan scan, bool *closed)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < s.len; i++)
		if (addressscan_takes(&scan, s.at[i]) && s.at[i] == '@')
			found = s.at + i;
	*closed = !scan.open && scan.depth == 0;
	return found;
}

/* The `@` before the domain; a hidden one is better than none. */
static const char *
find_at_sign(struct slice address)
{
	const char *found = NULL;
	bool closed = false;
	size_t i;

	for (i = 0; i < ADDRESSSCAN_READINGS && !closed; i++)
		found = find_last_at(address, addressscan_readings[i], &closed);
	for (i = address.len; i > 0 && found == NULL; i--)
		if (address.at[i - 1] == '@')
			found = address.at + i - 1;
	return found;
}

/* A-d-l ":" mailbox: RFC 5321, appendix C. The route is ignored. */
static struct slice
without_route(struct slice path)
{
	const char *colon;
	size_t cut;

	if (path.len == 0 || path.at[0] != '@')
		return path;
	colon = find_first(path, ':');
	if (colon == NULL)
		return path;
	cut = (size_t)(colon - path.at) + 1;
	return slice_make(path.at + cut, path.len - cut);
}

struct slice
address_of_path(struct slice path)
{
	const char *end;

	path = slice_trim(path);
	while (path.len > 0 && path.at[0] == '<')
		path = slice_trim(slice_make(path.at + 1, path.len - 1));
	end = find_first(path, '>');
	if (end != NULL)
		path.len = (size_t)(end - path.at);
	return slice_trim(without_route(path));
}

/* Is it an octet that MTAs take out of a domain where it stands alone? */
static bool
is_dropped(char c)
{
	return ascii_is_blank(c) || c == '"' || c == '\\' || c == ')';
}

/*
 * Copy s without blanks, comments and quotes, which may stand between the
 * parts of a domain (RFC 5322, 3.2.2) and which MTAs remove. Returns false
 * when it does not fit.
 */
static bool
without_comments(struct slice s, char *out, size_t size, size_t *len)
{
	struct addressscan scan = {.comments = true};
	size_t used = 0, i;

	for (i = 0; i < s.len; i++) {
		bool is_text = addressscan_takes(&scan, s.at[i]) ||
		    (scan.depth == 0 && s.at[i] != ')');

		if (!is_text || is_dropped(s.at[i]))
			continue;
		if (used == size)
			return false;
		out[used++] = s.at[i];
	}
	*len = used;
	return true;
}

/* The domain that is written as text, with what may stand in it beside. */
static void
read_domain(struct slice text, struct domain *out)
{
	char name[ADDRESS_MAX];
	size_t len = 0;

	if (!without_comments(text, name, sizeof(name), &len))
		len = 0;
	domain_normalize(slice_make(name, len), out);
}

static struct slice
behind(struct slice s, const char *at)
{
	return slice_make(at + 1, s.len - (size_t)(at + 1 - s.at));
}

void
address_domain(struct slice address, struct domain *out)
{
	const char *at;

	domain_init(out);
	if (address.len == 0)
		return;
	at = find_at_sign(address);
	read_domain(at == NULL ? slice_make(address.at, 0)
			       : behind(address, at), out);
}

/* The last `@` and `%`, and the first `!`, under one reading. */
struct marks {
	const char *at, *percent, *bang;
};

static void
find_marks(struct slice s, struct addressscan scan, struct marks *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < s.len; i++) {
		if (!addressscan_takes(&scan, s.at[i]))
			continue;
		if (s.at[i] == '@')
			out->at = s.at + i;
		else if (s.at[i] == '%')
			out->percent = s.at + i;
		else if (s.at[i] == '!' && out->bang == NULL)
			out->bang = s.at + i;
	}
}

bool
address_detour(struct slice address, size_t i, struct domain *out)
{
	struct marks marks;

	domain_init(out);
	find_marks(address, addressscan_readings[i / 2], &marks);
	if (marks.at != NULL || (i % 2 == 0 ? marks.percent : marks.bang) ==
	    NULL)
		return false;
	if (i % 2 == 0)
		read_domain(behind(address, marks.percent), out);
	else
		read_domain(slice_make(address.at,
		    (size_t)(marks.bang - address.at)), out);
	return true;
}

bool
address_has_simple_domain(struct slice address)
{
	struct addressscan scan = addressscan_readings[0];
	size_t i, labels = 1;

	for (i = 0; i < address.len; i++)
		if (addressscan_takes(&scan, address.at[i]) &&
		    (address.at[i] == '@' || address.at[i] == '%'))
			break;
	for (i++; i < address.len; i++) {
		if (address.at[i] == '"' || address.at[i] == '\\')
			return false;
		labels += address.at[i] == '.';
	}
	return labels <= ADDRESS_LABELS;
}

struct slice
address_local(struct slice address)
{
	const char *at = address.len > 0 ? find_at_sign(address) : NULL;

	if (at == NULL)
		return address;
	return slice_make(address.at, (size_t)(at - address.at));
}

bool
address_has_ascii_domain(struct slice address)
{
	size_t i;

	for (i = address_local(address).len; i < address.len; i++)
		if ((unsigned char)address.at[i] >= 0x80)
			return false;
	return true;
}

struct slice
address_unquoted(struct slice local, char *out)
{
	bool is_quoted = local.len >= 2 && local.at[0] == '"' &&
	    local.at[local.len - 1] == '"';
	size_t i, len = 0, end = local.len - (is_quoted ? 1 : 0);

	for (i = is_quoted ? 1 : 0; i < end; i++) {
		if (is_quoted && local.at[i] == '\\' && i + 1 < end)
			i++;
		out[len++] = local.at[i];
	}
	return slice_make(out, len);
}
