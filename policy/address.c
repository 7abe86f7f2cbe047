#include "policy/address.h"

#include <string.h>

#include "policy/base/attributes.h"

/* A longer quoted string or comment in a From field hides nothing. */
enum { PART_MAX = 512 };

/*
 * Where the scanner of a path stands. Quoted strings and comments hide what
 * is in them (RFC 5321, 4.1.2; RFC 5322, 3.2.2), unless they never close:
 * then they are only octets, since MTAs deliver such addresses.
 */
struct scan {
	bool quotes, comments; /* which of them are obeyed */
	bool open;	       /* in a quoted string */
	bool escaped;	       /* behind a backslash */
	size_t depth;	       /* of comments */
};

/* In the order of trial. */
static const struct scan readings[] = {{.quotes = true, .comments = true},
    {.comments = true}, {.quotes = true}, {.quotes = false}};

/* Take one octet; returns whether it is neither quoted nor comment. */
static bool
scan_takes(struct scan *scan, char c)
{
	bool hidden = scan->open || scan->depth > 0;

	if (scan->escaped) {
		scan->escaped = false;
		return !hidden && c == '@'; /* hides all but that */
	}
	if (c == '\\') {
		scan->escaped = true;
		return false;
	}
	if (c == '(' && scan->comments && !scan->open)
		scan->depth++;
	else if (c == ')' && scan->depth > 0)
		scan->depth--;
	else if (c == '"' && scan->quotes && scan->depth == 0)
		scan->open = !scan->open;
	return !hidden && !scan->open && scan->depth == 0;
}

/* The first octet c of s that nothing hides; NULL when there is none. */
static const char *
find_first(struct slice s, char c)
{
	size_t reading, i;

	for (reading = 0; reading < LENGTH(readings); reading++) {
		struct scan scan = readings[reading];

		for (i = 0; i < s.len; i++)
			if (scan_takes(&scan, s.at[i]) && s.at[i] == c)
				return s.at + i;
	}
	return NULL;
}

/* The last `@` under one reading; *closed: whether all that opens closes. */
static const char *
find_last_at(struct slice s, struct scan scan, bool *closed)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < s.len; i++)
		if (scan_takes(&scan, s.at[i]) && s.at[i] == '@')
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

	for (i = 0; i < LENGTH(readings) && !closed; i++)
		found = find_last_at(address, readings[i], &closed);
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
	struct scan scan = {.comments = true};
	size_t used = 0, i;

	for (i = 0; i < s.len; i++) {
		bool is_text = scan_takes(&scan, s.at[i]) ||
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

void
address_domain(struct slice address, struct domain *out)
{
	char name[ADDRESS_MAX];
	const char *at = NULL;
	size_t len = 0;

	domain_init(out);
	if (address.len == 0)
		return;
	at = find_at_sign(address);
	if (at != NULL) {
		struct slice tail = slice_make(at + 1,
		    address.len - (size_t)(at + 1 - address.at));

		if (!without_comments(tail, name, sizeof(name), &len))
			len = 0;
	}
	domain_normalize(slice_make(name, len), out);
}

struct slice
address_local(struct slice address)
{
	const char *at = address.len > 0 ? find_at_sign(address) : NULL;

	if (at == NULL)
		return address;
	return slice_make(address.at, (size_t)(at - address.at));
}

/* One address that is being collected. */
struct collected {
	char *out;
	size_t len;
	bool in_angle;
	bool has_at;	 /* the domain has begun */
	bool in_literal; /* ... with a bracket that is still open */
	bool parted;	 /* blanks or a comment stand behind out */
	bool ended;	 /* what comes now are words behind the address */
};

static void
collect_nothing(struct collected *c)
{
	c->len = 0;
	c->has_at = c->in_literal = c->parted = c->ended = false;
}

/* Full: drop the front half, since the domain stands at the end. */
static void
collect(struct collected *c, char octet)
{
	if (c->len == ADDRESS_MAX) {
		memmove(c->out, c->out + ADDRESS_MAX / 2,
		    ADDRESS_MAX - ADDRESS_MAX / 2);
		c->len = ADDRESS_MAX - ADDRESS_MAX / 2;
	}
	c->out[c->len++] = octet;
}

/* `a@bank.example Bob` is the address and a word behind it. */
static void
collect_word(struct collected *c, char octet)
{
	char before = c->len > 0 ? c->out[c->len - 1] : '\0';

	if (c->parted && c->has_at && before != '.' && before != '@' &&
	    octet != '.')
		c->ended = true;
	c->parted = false;
	if (!c->ended)
		collect(c, octet);
}

static void
collect_text(struct collected *c, char octet)
{
	if (octet == '[' && c->len > 0 && c->out[c->len - 1] == '@')
		c->in_literal = true;
	if (octet == ']')
		c->in_literal = false;
	collect_word(c, octet);
	if (octet == '@')
		c->has_at = true;
}

/*
 * The length of the quoted string or comment that s begins with; 0 when it
 * does not close soon: then it hides nothing.
 */
static size_t
hidden_part(struct slice s)
{
	struct scan scan = readings[0];
	size_t i;

	for (i = 0; i < s.len && i < PART_MAX; i++) {
		(void)scan_takes(&scan, s.at[i]);
		if (!scan.open && scan.depth == 0)
			return i + 1;
	}
	return 0;
}

/* Take the quoted string or comment at the front; returns its length. */
static size_t
collect_hidden(struct collected *c, struct slice s)
{
	size_t len = hidden_part(s), i;

	if (s.at[0] == '(' || len == 0) {
		c->parted = true;
		return len == 0 ? 1 : len;
	}
	for (i = 0; i < len; i++)
		collect_word(c, s.at[i]);
	return len;
}

/* Is the octet, which begins another address, not to be taken with this? */
static bool
begins_address(const struct collected *c, char octet)
{
	if (octet == '@')
		return c->has_at && (c->parted || c->ended);
	return octet == '<' && c->in_angle && c->len > 0;
}

/* Does the octet end the address that is being collected? */
static bool
ends_address(const struct collected *c, char octet)
{
	if (octet == '>' || octet == ';')
		return true;
	/* In angle brackets a comma may part the hosts of a route. */
	return octet == ',' &&
	    !(c->in_angle && c->len > 0 && c->out[0] == '@');
}

/*
 * Read up to the end of one address; returns how far it went.
 *
 *	mailbox = name-addr / addr-spec; group = name ":" [list] ";"
 *
 * What stands before "<" or ":" is a display name and is dropped.
 */
static size_t
collect_address(struct slice s, struct collected *c)
{
	size_t i = 0;

	while (i < s.len) {
		char octet = s.at[i];

		if (octet == '"' || octet == '(') {
			i += collect_hidden(c,
			    slice_make(s.at + i, s.len - i));
			continue;
		}
		if (ends_address(c, octet))
			return i + 1;
		if (begins_address(c, octet))
			return i;
		if (octet == '<' ||
		    (octet == ':' && !c->in_angle && !c->in_literal)) {
			collect_nothing(c);
			c->in_angle = c->in_angle || octet == '<';
		} else if (ascii_is_blank(octet)) {
			c->parted = true;
		} else {
			collect_text(c, octet);
		}
		i++;
	}
	return s.len;
}

bool
address_list_next(struct slice *rest, char out[ADDRESS_MAX + 1])
{
	struct collected c = {.out = out};
	size_t used;

	while (rest->len > 0) {
		collect_nothing(&c);
		c.in_angle = false;
		used = collect_address(*rest, &c);
		rest->at += used;
		rest->len -= used;
		out[c.len] = '\0';
		if (c.len > 0)
			return true;
	}
	return false;
}
