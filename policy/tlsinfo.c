#include "policy/tlsinfo.h"

#include <string.h>

const char *
tls_state_name(enum tls_state state)
{
	switch (state) {
	case TLS_UNKNOWN:
		return "unknown";
	case TLS_NONE:
		return "none";
	case TLS_ESTABLISHED:
		return "established";
	}
	return "?";
}

const char *
cert_state_name(enum cert_state cert)
{
	switch (cert) {
	case CERT_UNKNOWN:
		return "unknown";
	case CERT_NONE:
		return "none";
	case CERT_FAILED:
		return "failed";
	case CERT_TRUSTED:
		return "trusted";
	}
	return "?";
}

const char *
tls_version_number(enum tls_version version)
{
	switch (version) {
	case TLS_VERSION_1_0:
		return "1.0";
	case TLS_VERSION_1_1:
		return "1.1";
	case TLS_VERSION_1_2:
		return "1.2";
	case TLS_VERSION_1_3:
		return "1.3";
	case TLS_VERSION_OTHER:
	case TLS_VERSION_SSL:
	case TLS_VERSION_LATER:
		break;
	}
	return "";
}

/*
 * version = ("TLSv" / "TLS") 1*DIGIT ["." 1*DIGIT] / "SSLv" 1*DIGIT
 * OpenSSL writes TLS 1.0 as `TLSv1`.
 */
enum tls_version
tls_version_parse(struct slice text)
{
	struct slice minor;
	unsigned long major_number, minor_number = 0;

	if (slice_begins_nocase(text, "SSLv"))
		return TLS_VERSION_SSL;
	if (!slice_begins_nocase(text, "TLS"))
		return TLS_VERSION_OTHER;
	minor = slice_make(text.at + 3, text.len - 3);
	if (slice_begins_nocase(minor, "v"))
		minor = slice_make(minor.at + 1, minor.len - 1);
	if (!slice_number(slice_cut(&minor, '.'), 99, &major_number))
		return TLS_VERSION_OTHER;
	if (minor.at != NULL && !slice_number(minor, 99, &minor_number))
		return TLS_VERSION_OTHER;
	if (major_number == 0)
		return TLS_VERSION_OTHER;
	if (major_number > 1 || minor_number > 3)
		return TLS_VERSION_LATER;
	return (enum tls_version)(TLS_VERSION_1_0 + minor_number);
}

static unsigned
cipher_word(struct slice word)
{
	static const char *const weak[] = {"NULL", "eNULL", "aNULL", "ADH",
	    "AECDH", "ANON", "RC2", "RC4", "ARCFOUR", "DES", "3DES", "CBC3"};
	static const char *const forward_secret[] = {"ECDHE", "EECDH", "DHE",
	    "EDH"};
	static const char *const aead[] = {"GCM", "CCM", "CCM8", "POLY1305",
	    "CHACHA20", "GCM8", "MGM", "AEGIS"};
	size_t i;

	for (i = 0; i < LENGTH(weak); i++)
		if (slice_is_nocase(word, weak[i]))
			return CIPHER_WEAK;
	/* EXP, EXPORT, EXPORT40, EXP1024: with DES40, RC2 and the like. */
	if (slice_begins_nocase(word, "EXP") ||
	    slice_begins_nocase(word, "DES40"))
		return CIPHER_WEAK;
	for (i = 0; i < LENGTH(forward_secret); i++)
		if (slice_is_nocase(word, forward_secret[i]))
			return CIPHER_FORWARD_SECRET;
	for (i = 0; i < LENGTH(aead); i++)
		if (slice_is_nocase(word, aead[i]))
			return CIPHER_AEAD;
	return 0;
}

/* The first word of a name: it ends at a hyphen or an underscore. */
static struct slice
cipher_next_word(struct slice *rest)
{
	struct slice word = *rest;
	size_t i = 0;

	while (i < rest->len && rest->at[i] != '-' && rest->at[i] != '_')
		i++;
	word.len = i;
	rest->at += i;
	rest->len -= i;
	if (rest->len > 0) {
		rest->at++;
		rest->len--;
	}
	return word;
}

unsigned
cipher_classify(struct slice name, enum tls_version version)
{
	unsigned class = name.len > 0 ? CIPHER_KNOWN : 0;

	while (name.len > 0)
		class |= cipher_word(cipher_next_word(&name));
	if (version < TLS_VERSION_1_3 || class == 0)
		return class;
	/* RFC 9150's integrity-only suites are TLS 1.3's NULL. */
	return class | CIPHER_FORWARD_SECRET |
	    ((class & CIPHER_AEAD) == 0 ? CIPHER_WEAK : 0);
}

/* Copy text if it consists of letters, digits and the octets in more. */
static void
copy_token(const char *text, const char *more, char *out)
{
	struct slice s = slice_of(text);
	size_t i;

	out[0] = '\0';
	if (s.len > TLS_TEXT_MAX)
		return;
	for (i = 0; i < s.len; i++)
		if (!ascii_is_alnum(s.at[i]) && strchr(more, s.at[i]) == NULL)
			return;
	if (s.len > 0)
		memcpy(out, s.at, s.len);
	out[s.len] = '\0';
}

static int
hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Take the octet at *at off, `+HEX` decoded where coded. -1: malformed. */
static int
next_octet(const char **at, bool coded)
{
	int high, low;

	if (**at != '+' || !coded)
		return (unsigned char)*(*at)++;
	high = hex_value((*at)[1]);
	low = high < 0 ? -1 : hex_value((*at)[2]);
	if (low < 0)
		return -1;
	*at += 3;
	return high * 16 + low;
}

/*
 * Copy a common name; coded as Sendmail codes it (xtext, RFC 3461, 4). One
 * that is too long, malformed or has control octets is no name.
 */
static void
copy_common_name(const char *text, bool coded, char out[TLS_CN_MAX + 1])
{
	size_t used = 0;
	int octet;

	out[0] = '\0';
	while (*text != '\0') {
		octet = next_octet(&text, coded);
		if (octet < 0x20 || octet == 0x7f || used == TLS_CN_MAX) {
			out[0] = '\0';
			return;
		}
		out[used++] = (char)octet;
	}
	out[used] = '\0';
}

static enum cert_state
cert_from_macros(const struct tls_macros *macros)
{
	struct slice verify = slice_of(macros->verify);

	if (macros->verify == NULL) {
		bool vouched = macros->is_postfix &&
		    macros->cert_subject != NULL &&
		    macros->cert_subject[0] != '\0';

		return vouched ? CERT_TRUSTED : CERT_UNKNOWN;
	}
	if (slice_is(verify, "OK"))
		return CERT_TRUSTED;
	if (slice_is(verify, "NO") || slice_is(verify, "NOT") ||
	    slice_is(verify, "NONE"))
		return CERT_NONE;
	return verify.len > 0 ? CERT_FAILED : CERT_UNKNOWN;
}

/*
 * The name of a trusted peer. From Sendmail only {cn_subject} counts: in
 * its DN `/O=x/CN=mx.bank.example` a slash may be part of a value, so that
 * the DN's text can claim any name (FACTS.md).
 */
static void
common_name_from_macros(const struct tls_macros *macros, struct tlsinfo *out)
{
	if (out->cert != CERT_TRUSTED)
		return;
	if (macros->verify != NULL && macros->cn_subject != NULL)
		copy_common_name(macros->cn_subject, true, out->cn);
	else if (macros->verify == NULL)
		copy_common_name(macros->cert_subject, false, out->cn);
}

static enum tls_state
state_from_macros(const struct tls_macros *macros)
{
	if (macros->version == NULL)
		return macros->asked ? TLS_NONE : TLS_UNKNOWN;
	if (macros->version[0] == '\0' ||
	    slice_is_nocase(slice_of(macros->version), "none"))
		return TLS_NONE;
	return TLS_ESTABLISHED;
}

void
tlsinfo_from_macros(const struct tls_macros *macros, struct tlsinfo *out)
{
	struct slice bits = slice_of(macros->bits);
	unsigned long number;

	memset(out, 0, sizeof(*out));
	out->state = state_from_macros(macros);
	if (out->state != TLS_ESTABLISHED)
		return;
	copy_token(macros->version, "-_.", out->version_text);
	copy_token(macros->cipher, "-_", out->cipher);
	out->version = tls_version_parse(slice_of(out->version_text));
	out->cipher_class =
	    cipher_classify(slice_of(out->cipher), out->version);
	if (bits.len <= 5 && slice_number(bits, 99999, &number)) {
		out->bits_known = true;
		out->bits = (unsigned)number;
	}
	out->cert = cert_from_macros(macros);
	common_name_from_macros(macros, out);
}
