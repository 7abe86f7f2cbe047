#include "milter/ctl/receivedtls.h"

#include <string.h>

#include "milter/ctl/receivedscan.h"
#include "policy/base/attributes.h"

/*
 * TLS stands in a comment, or in the tls clause:
 *
 * postfix  = "using" version "with cipher" suite "(" bits "/" bits "bits)"
 * pairs    = *( ( "version=" / "cipher=" / "bits=" ) text ( "," / blank ) )
 *				; Sendmail, Microsoft, Google
 * exim     = version [ ":" suite [ ":" bits ] ]
 */

void
received_set(struct slice *out, struct slice text)
{
	if (out->len == 0)
		*out = text;
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

/* Behind `using`: VERSION with cipher SUITE (256/256 bits) ... */
static void
read_postfix_tls(struct slice rest, struct received *out)
{
	struct slice version = receivedscan_word(&rest);

	if (!is_version(version))
		return;
	received_set(&out->tls, version);
	if (slice_is_nocase(receivedscan_word(&rest), "with") &&
	    slice_is_nocase(receivedscan_word(&rest), "cipher")) {
		received_set(&out->cipher, receivedscan_word(&rest));
		received_set(&out->bits, digits_of(receivedscan_word(&rest)));
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
	received_set(&out->tls, slice_cut(&rest, ':'));
	received_set(&out->cipher, slice_cut(&rest, ':'));
	received_set(&out->bits, digits_of(rest));
}

static struct slice
value_of(struct slice word, const char *name)
{
	if (!slice_begins_nocase(word, name))
		return slice_make(NULL, 0);
	receivedscan_skip(&word, strlen(name));
	return word;
}

static void
read_pair(struct slice word, struct received *out)
{
	struct slice version = value_of(word, "version=");

	if (is_version(version))
		received_set(&out->tls, version);
	if (out->tls.len == 0)
		return;
	received_set(&out->cipher, value_of(word, "cipher="));
	received_set(&out->bits, digits_of(value_of(word, "bits=")));
}

void
receivedtls_read(struct slice comment, bool is_behind_with,
    struct received *out)
{
	struct slice rest = comment;
	struct slice word = receivedscan_word(&rest);

	if (out->tls.len > 0)
		return;
	if (slice_is_nocase(word, "using")) {
		read_postfix_tls(rest, out);
		return;
	}
	/* Behind `from` such a word is a host's name. */
	if (is_behind_with && slice_trim(rest).len == 0)
		read_exim_tls(word, out);
	for (; word.len > 0; word = receivedscan_word(&rest))
		read_pair(word, out);
}

enum received_tls
receivedtls_claim(struct slice with)
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
