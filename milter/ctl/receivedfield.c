#include "milter/ctl/receivedfield.h"

#include <string.h>

#include "policy/base/attributes.h"
#include "policy/network.h"

/*
 * field   = *( clause / comment ) [ ";" date ]
 * clause  = keyword word *( word )
 * keyword = "from" / "by" / "via" / "with" / "id" / "for" / "tls"
 * word    = 1*( any octet but blanks, "(", ";" ) / quoted-string / "<" *any ">"
 * comment = "(" *( any / quoted-pair / comment ) ")"
 *
 * Wider than RFC 5321, 4.4: fields of the wild have clauses in any order,
 * comments between all of them, and words that no grammar knows.
 *
 * TLS stands in a comment, or in the tls clause:
 *
 * postfix  = "using" version "with cipher" suite "(" bits "/" bits "bits)"
 * pairs    = *( ( "version=" / "cipher=" / "bits=" ) text ( "," / blank ) )
 *				; Sendmail, Microsoft, Google
 * exim     = version [ ":" suite [ ":" bits ] ]
 */
enum kind { KIND_END, KIND_WORD, KIND_COMMENT, KIND_DATE };

struct item {
	enum kind kind;
	struct slice text; /* of a comment: what is between its parentheses */
};

enum clause {
	CLAUSE_NONE,
	CLAUSE_FROM,
	CLAUSE_BY,
	CLAUSE_VIA,
	CLAUSE_WITH,
	CLAUSE_ID,
	CLAUSE_FOR,
	CLAUSE_TLS
};

static void
skip(struct slice *rest, size_t count)
{
	rest->at += count;
	rest->len -= count;
}

/* From the opening parenthesis on; one that is never closed ends all. */
static struct slice
take_comment(struct slice *rest)
{
	struct slice inside;
	size_t depth = 0;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		if (rest->at[i] == '\\')
			i++;
		else if (rest->at[i] == '(')
			depth++;
		else if (rest->at[i] == ')' && --depth == 0)
			break;
	}
	if (i > rest->len)
		i = rest->len;
	inside = slice_make(rest->at + 1, i - 1);
	skip(rest, i < rest->len ? i + 1 : i);
	return inside;
}

/* The octets up to closer and it, or all that is left. */
static size_t
length_to(struct slice rest, char closer)
{
	size_t i;

	for (i = 1; i < rest.len && rest.at[i] != closer; i++)
		if (rest.at[i] == '\\' && i + 1 < rest.len)
			i++;
	return i < rest.len ? i + 1 : rest.len;
}

static struct slice
take_word(struct slice *rest)
{
	struct slice word = slice_make(rest->at, 0);
	size_t part;

	while (rest->len > 0) {
		char c = rest->at[0];

		if (ascii_is_blank(c) || c == '(' || c == ';')
			break;
		part = 1;
		if (c == '"')
			part = length_to(*rest, '"');
		else if (c == '<')
			part = length_to(*rest, '>');
		word.len += part;
		skip(rest, part);
	}
	return word;
}

static struct item
next_item(struct slice *rest)
{
	struct item item = {KIND_END, slice_make(NULL, 0)};

	while (rest->len > 0 && ascii_is_blank(rest->at[0]))
		skip(rest, 1);
	if (rest->len == 0)
		return item;
	if (rest->at[0] == ';') {
		skip(rest, 1);
		item.kind = KIND_DATE;
	} else if (rest->at[0] == '(') {
		item.kind = KIND_COMMENT;
		item.text = take_comment(rest);
	} else {
		item.kind = KIND_WORD;
		item.text = take_word(rest);
	}
	return item;
}

static enum clause
clause_of(struct slice word)
{
	static const char *const names[] = {
	    [CLAUSE_FROM] = "from",
	    [CLAUSE_BY] = "by",
	    [CLAUSE_VIA] = "via",
	    [CLAUSE_WITH] = "with",
	    [CLAUSE_ID] = "id",
	    [CLAUSE_FOR] = "for",
	    [CLAUSE_TLS] = "tls",
	};
	unsigned i;

	for (i = CLAUSE_FROM; i < LENGTH(names); i++)
		if (slice_is_nocase(word, names[i]))
			return (enum clause)i;
	return CLAUSE_NONE;
}

/* The first one counts: what comes later may be in somebody's words. */
static void
set(struct slice *out, struct slice text)
{
	if (out->len == 0)
		*out = text;
}

static void
set_address(struct received *out, struct slice text)
{
	struct ipaddr addr;

	if (slice_begins_nocase(text, "IPv6:"))
		skip(&text, strlen("IPv6:"));
	if (ipaddr_parse(text, &addr))
		set(&out->address, text);
}

/* `mx.example [192.0.2.1]`, `[192.0.2.1] helo=x`, and Microsoft's bare one. */
static void
read_peer(struct slice text, struct received *out)
{
	struct slice rest = text, inside;

	while (rest.len > 0 && rest.at[0] != '[')
		skip(&rest, 1);
	if (rest.len == 0) {
		set_address(out, slice_trim(text));
		return;
	}
	skip(&rest, 1);
	inside = slice_cut(&rest, ']');
	set_address(out, inside);
}

/* TLSv1.3, TLS1_2, SSLv3 and what else is written like them. */
static bool
is_version(struct slice word)
{
	return (slice_begins_nocase(word, "TLS") ||
		   slice_begins_nocase(word, "SSL")) &&
	    word.len > 3 && (ascii_is_digit(word.at[3]) ||
	    ascii_lower(word.at[3]) == 'v');
}

/* The digits that text begins with. */
static struct slice
digits_of(struct slice text)
{
	size_t i = 0;

	while (i < text.len && ascii_is_digit(text.at[i]))
		i++;
	return slice_make(text.at, i);
}

/* The next word of a comment; commas and parentheses end it, too. */
static struct slice
cut_word(struct slice *rest)
{
	struct slice word;

	while (rest->len > 0 &&
	    (ascii_is_blank(rest->at[0]) || strchr(",()", rest->at[0])))
		skip(rest, 1);
	word = slice_make(rest->at, 0);
	while (rest->len > 0 && !ascii_is_blank(rest->at[0]) &&
	    strchr(",()", rest->at[0]) == NULL) {
		word.len++;
		skip(rest, 1);
	}
	return word;
}

/* Behind `using`: VERSION with cipher SUITE (256/256 bits) ... */
static void
read_postfix_tls(struct slice rest, struct received *out)
{
	struct slice version = cut_word(&rest);

	if (!is_version(version))
		return;
	set(&out->tls, version);
	if (slice_is_nocase(cut_word(&rest), "with") &&
	    slice_is_nocase(cut_word(&rest), "cipher")) {
		set(&out->cipher, cut_word(&rest));
		set(&out->bits, digits_of(cut_word(&rest)));
	}
}

/* `TLS1.2:SUITE:256`, its first part alone, and `TLS` of older Exchange. */
static void
read_exim_tls(struct slice word, struct received *out)
{
	struct slice rest = word;

	if (slice_is_nocase(word, "TLS"))
		out->claim = RECEIVED_TLS;
	if (!is_version(word))
		return;
	set(&out->tls, slice_cut(&rest, ':'));
	set(&out->cipher, slice_cut(&rest, ':'));
	set(&out->bits, digits_of(rest));
}

static struct slice
value_of(struct slice word, const char *name)
{
	if (!slice_begins_nocase(word, name))
		return slice_make(NULL, 0);
	skip(&word, strlen(name));
	return word;
}

static void
read_pair(struct slice word, struct received *out)
{
	struct slice version = value_of(word, "version=");

	if (is_version(version))
		set(&out->tls, version);
	if (out->tls.len == 0)
		return;
	set(&out->cipher, value_of(word, "cipher="));
	set(&out->bits, digits_of(value_of(word, "bits=")));
}

/* Does the comment speak of the session's TLS? */
static void
read_tls(enum clause clause, struct slice comment, struct received *out)
{
	struct slice rest = comment;
	struct slice word = cut_word(&rest);

	if (out->tls.len > 0)
		return;
	if (slice_is_nocase(word, "using")) {
		read_postfix_tls(rest, out);
		return;
	}
	/* Behind `from` such a word is a host's name. */
	if (clause == CLAUSE_WITH && slice_trim(rest).len == 0)
		read_exim_tls(word, out);
	for (; word.len > 0; word = cut_word(&rest))
		read_pair(word, out);
}

/* The first word of a clause. */
static void
read_word(enum clause clause, struct slice word, struct received *out)
{
	switch (clause) {
	case CLAUSE_FROM:
		set(&out->from, word);
		if (word.at[0] == '[')
			read_peer(word, out);
		break;
	case CLAUSE_BY:
		set(&out->by, word);
		break;
	case CLAUSE_WITH:
		set(&out->with, word);
		break;
	case CLAUSE_TLS:
		set(&out->cipher, word);
		break;
	case CLAUSE_NONE:
	case CLAUSE_VIA:
	case CLAUSE_ID:
	case CLAUSE_FOR:
		break;
	}
}

/* `Microsoft SMTP Server`: further words of the protocol. */
static void
read_more(enum clause clause, struct slice word, struct received *out)
{
	const char *end;

	if (clause != CLAUSE_WITH || out->with.len == 0)
		return;
	end = out->with.at + out->with.len;
	if (slice_trim(slice_make(end, (size_t)(word.at - end))).len == 0)
		out->with.len = (size_t)(word.at + word.len - out->with.at);
}

/*
 * What the protocol says: RFC 3848 has S for TLS and A for authentication
 * behind SMTP, ESMTP and LMTP, RFC 6531 UTF8 before them.
 */
static enum received_tls
claim_of(struct slice with)
{
	static const char *const over_tls[] = {"SMTPS", "SMTPSA", "ESMTPS",
	    "ESMTPSA", "LMTPS", "LMTPSA", "UTF8SMTPS", "UTF8SMTPSA",
	    "UTF8LMTPS", "UTF8LMTPSA", "HTTPS", "SSMTP"};
	static const char *const in_clear[] = {"SMTP", "ESMTP", "ESMTPA",
	    "LMTP", "LMTPA", "UTF8SMTP", "UTF8SMTPA", "UTF8LMTP", "UTF8LMTPA",
	    "HTTP"};
	size_t i;

	for (i = 0; i < LENGTH(over_tls); i++)
		if (slice_is_nocase(with, over_tls[i]))
			return RECEIVED_TLS;
	for (i = 0; i < LENGTH(in_clear); i++)
		if (slice_is_nocase(with, in_clear[i]))
			return RECEIVED_CLEAR;
	return RECEIVED_UNSAID;
}

static void
read_comment(enum clause clause, struct slice comment, struct received *out)
{
	if (clause == CLAUSE_FROM)
		read_peer(comment, out);
	read_tls(clause, comment, out);
}

bool
received_read(struct slice value, struct received *out)
{
	enum clause clause = CLAUSE_NONE, next;
	bool wants_word = false;
	struct slice rest = value;
	struct item item;

	memset(out, 0, sizeof(*out));
	for (item = next_item(&rest); item.kind != KIND_END;
	     item = next_item(&rest)) {
		if (item.kind == KIND_DATE) {
			out->date = slice_trim(rest);
			break;
		}
		if (item.kind == KIND_COMMENT) {
			read_comment(clause, item.text, out);
			continue;
		}
		next = wants_word ? CLAUSE_NONE : clause_of(item.text);
		if (wants_word)
			read_word(clause, item.text, out);
		else if (next != CLAUSE_NONE)
			clause = next;
		else
			read_more(clause, item.text, out);
		wants_word = next != CLAUSE_NONE;
	}
	if (out->tls.len > 0 || out->cipher.len > 0)
		out->claim = RECEIVED_TLS;
	else if (out->claim == RECEIVED_UNSAID)
		out->claim = claim_of(out->with);
	return out->from.len > 0 || out->by.len > 0;
}
