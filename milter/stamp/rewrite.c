#include "milter/stamp/rewrite.h"

#include <string.h>

#include "policy/domain.h"

/*
 * What Sendmail writes as it reads it, in relaxed canonical form:
 *
 * list    = address *( ", " address )
 * address = mailbox [ SP comment ] / [ phrase SP ] "<" mailbox ">"
 * comment = "(" *( SP / "!" / %x23-27 / %x2A-5B / %x5D-7E ) ")"
 * phrase  = ( quoted / 1*text ) *( SP ( quoted / 1*text ) )
 * quoted  = DQUOTE *( SP / "!" / %x23-5B / %x5D-7E / %x80-FF ) DQUOTE
 * mailbox = 1*local "@" label 1*( "." label )
 *
 * text is atext without what Sendmail puts in quotes ("." and "'"), or an
 * octet above 7F. Sendmail 8.17.1.9 was seen to keep 2,000 such lists made at
 * random as they were.
 */

static bool
take(struct slice *s, char c)
{
	if (s->len == 0 || s->at[0] != c)
		return false;
	s->at++;
	s->len--;
	return true;
}

/* Take octets that are alphanumeric or among others; returns how many. */
static size_t
take_run(struct slice *s, const char *others)
{
	size_t taken = 0;

	while (s->len > 0 && s->at[0] != '\0' &&
	    (ascii_is_alnum(s->at[0]) || strchr(others, s->at[0]) != NULL)) {
		s->at++;
		s->len--;
		taken++;
	}
	return taken;
}

static bool
take_8bit(struct slice *s)
{
	return s->len > 0 && (unsigned char)s->at[0] >= 0x80 &&
	    take(s, s->at[0]);
}

/* Behind the opening quote. */
static bool
take_quoted(struct slice *s)
{
	while (take_8bit(s) || (s->len > 0 && s->at[0] >= ' ' &&
				   s->at[0] <= '~' && s->at[0] != '"' &&
				   s->at[0] != '\\' && take(s, s->at[0])))
		;
	return take(s, '"');
}

/* A name that Sendmail replaces: this host's, or one of UUCP. */
static bool
is_replaced(struct slice name)
{
	struct slice last = name;

	if (slice_is_nocase(name, "localhost.localdomain"))
		return true;
	while (domain_parent(&name))
		last = name;
	return slice_is_nocase(last, "uucp");
}

/* local "@" at least two labels, no dot at an end or beside a dot. */
static bool
take_mailbox(struct slice *s)
{
	const char *name;
	size_t dots = 0;

	if (take_run(s, "#$&*+-./=?^_`{|}~'") == 0 || !take(s, '@'))
		return false;
	name = s->at;
	while (take_run(s, "-_") > 0) {
		if (!take(s, '.'))
			return dots > 0 && !is_replaced(slice_make(name,
					       (size_t)(s->at - name)));
		dots++;
	}
	return false;
}

static bool
take_phrase_word(struct slice *s)
{
	const char *begin = s->at;

	if (take(s, '"'))
		return take_quoted(s);
	while (take_run(s, "!#$%&*+-/=?^_`{|}~") > 0 || take_8bit(s))
		;
	return s->at > begin;
}

/* [ phrase SP ] "<" mailbox ">" */
static bool
take_name_address(struct slice *s)
{
	while (s->len > 0 && s->at[0] != '<')
		if (!take_phrase_word(s) || !take(s, ' '))
			return false;
	return take(s, '<') && take_mailbox(s) && take(s, '>');
}

/* Nothing is a comment too. */
static bool
take_comment(struct slice *s)
{
	if (!take(s, ' '))
		return true;
	if (!take(s, '('))
		return false;
	while (s->len > 0 && s->at[0] >= ' ' && s->at[0] <= '~' &&
	    strchr("()\\\"", s->at[0]) == NULL) {
		s->at++;
		s->len--;
	}
	return take(s, ')');
}

static bool
take_address(struct slice *s)
{
	struct slice bare = *s;

	if (take_mailbox(&bare) && take_comment(&bare) &&
	    (bare.len == 0 || bare.at[0] == ',')) {
		*s = bare;
		return true;
	}
	return take_name_address(s);
}

bool
rewrite_changes(struct slice value)
{
	while (take_address(&value)) {
		if (value.len == 0)
			return false;
		if (!take(&value, ',') || !take(&value, ' '))
			return true;
	}
	return true;
}
