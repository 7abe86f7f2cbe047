#include "policy/verdict.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/buf.h"

/*
 * No more names once a text would be longer than this: a reply line is at
 * most 512 octets (RFC 5321, 4.5.3.1.5).
 */
enum { REPLY_NAMES_MAX = 440 };

bool
verdict_refuses(const struct verdict *verdict)
{
	return verdict->outcome >= OUTCOME_DOWNGRADE;
}

void
verdict_join(struct verdict *a, const struct verdict *b)
{
	struct verdict joined = b->outcome > a->outcome ? *b : *a;

	joined.strictest =
	    a->strictest > b->strictest ? a->strictest : b->strictest;
	joined.to_require = a->to_require && b->to_require;
	joined.all_stamp = a->all_stamp && b->all_stamp;
	joined.met = a->met && b->met;
	*a = joined;
}

const char *
outcome_name(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_TRUSTED:
		return "trusted";
	case OUTCOME_PASS:
		return "pass";
	case OUTCOME_FALLBACK:
		return "fallback";
	case OUTCOME_WOULD_DEFER:
		return "would-defer";
	case OUTCOME_WOULD_REJECT:
		return "would-reject";
	case OUTCOME_DOWNGRADE:
		return "downgrade";
	case OUTCOME_DEFER:
		return "defer";
	case OUTCOME_REJECT:
		return "reject";
	}
	return "?";
}

const char *
side_name(enum side side)
{
	switch (side) {
	case SIDE_NONE:
		return "-";
	case SIDE_FROM:
		return "from";
	case SIDE_TO:
		return "to";
	case SIDE_CLIENT:
		return "client";
	case SIDE_REQUIRETLS:
		return "requiretls";
	case SIDE_HEADER_FROM:
		return "header-from";
	}
	return "?";
}

static void
write_no_tls(const struct verdict *v, struct buf *text)
{
	if (v->side == SIDE_TO)
		buf_puts(text, "Encryption needed: mail to ");
	else if (v->side == SIDE_CLIENT)
		buf_puts(text, "Encryption needed: mail from client ");
	else
		buf_puts(text, "Encryption needed: mail from ");
	buf_put_slice(text, v->domain);
	buf_puts(text, " must arrive over TLS");
}

/* `bank.example asks for WHAT, this session used USED`. */
static void
write_level(const struct verdict *v, const char *what, const char *used,
    struct buf *text)
{
	buf_puts(text, "Encryption needed: ");
	buf_put_slice(text, v->domain);
	buf_printf(text, " asks for %s, this session used %s", what,
	    used[0] == '\0' ? "another" : used);
}

static void
write_version(const struct verdict *v, const struct tlsinfo *tls,
    struct buf *text)
{
	char what[32];

	(void)snprintf(what, sizeof(what), "TLS %s or later",
	    tls_version_number(v->rule->level.min_tls));
	write_level(v, what, tls->version_text, text);
}

static void
write_bits(const struct verdict *v, const struct tlsinfo *tls,
    struct buf *text)
{
	char what[40], used[24] = "an unknown number";

	(void)snprintf(what, sizeof(what), "%u secret bits or more",
	    v->rule->level.min_bits);
	if (tls->bits_known)
		(void)snprintf(used, sizeof(used), "%u", tls->bits);
	write_level(v, what, used, text);
}

static void
write_cipher(const struct verdict *v, const struct tlsinfo *tls,
    struct buf *text)
{
	const char *what = "a cipher that is not weak";

	if (v->rule->level.ciphers == CIPHERS_FORWARD_SECRET)
		what = "a forward-secret cipher";
	else if (v->rule->level.ciphers == CIPHERS_BCP195)
		what = "a forward-secret cipher with AEAD";
	write_level(v, what, tls->cipher, text);
}

/* No names are set: the policy domain (without the dot of a suffix). */
static void
write_own_names(struct slice domain, struct buf *text)
{
	if (domain.len > 0 && domain.at[0] == '.')
		domain = slice_make(domain.at + 1, domain.len - 1);
	if (text->len + 2 * domain.len > REPLY_NAMES_MAX) {
		buf_puts(text, "like this domain or one label below it");
		return;
	}
	buf_put_slice(text, domain);
	buf_puts(text, " or *.");
	buf_put_slice(text, domain);
}

static void
write_peer_names(const struct verdict *v, struct buf *text)
{
	const struct level *level = &v->rule->level;
	size_t i;

	if (level->peer_names == NULL) {
		write_own_names(v->domain, text);
		return;
	}
	for (i = 0; i < level->peer_name_count; i++) {
		if (text->len + strlen(level->peer_names[i]) >
		    REPLY_NAMES_MAX) {
			buf_puts(text, i == 0 ? "as its policy says"
					      : " or another of its names");
			return;
		}
		buf_printf(text, "%s%s", i == 0 ? "" : " or ",
		    level->peer_names[i]);
	}
}

static void
write_peer(const struct verdict *v, struct buf *text)
{
	buf_put_slice(text, v->domain);
	buf_puts(text, " asks for a client certificate ");
	if (v->gap == GAP_TRUSTED) {
		buf_puts(text, "that is trusted");
		return;
	}
	buf_puts(text, "that is named ");
	write_peer_names(v, text);
}

static void
write_gap(const struct verdict *v, const struct tlsinfo *tls,
    struct buf *text)
{
	switch (v->gap) {
	case GAP_NONE:
	case GAP_TLS:
		write_no_tls(v, text);
		break;
	case GAP_UNKNOWN:
		buf_puts(text, "TLS state of this session is not known to "
			       "the policy filter");
		break;
	case GAP_VERSION:
		write_version(v, tls, text);
		break;
	case GAP_BITS:
		write_bits(v, tls, text);
		break;
	case GAP_CIPHER:
		write_cipher(v, tls, text);
		break;
	case GAP_TRUSTED:
	case GAP_NAMED:
		write_peer(v, text);
		break;
	}
}

static void
write_text(const struct verdict *v, const struct tlsinfo *tls,
    struct buf *text)
{
	if (v->outcome == OUTCOME_DOWNGRADE) {
		buf_puts(text, "Encryption needed: ");
		buf_put_slice(text, v->subject);
		buf_puts(text,
		    " has used TLS before, please retry with TLS");
	} else if (v->side == SIDE_REQUIRETLS && v->gap != GAP_UNKNOWN) {
		buf_puts(text,
		    "Encryption needed: the sender asked for REQUIRETLS");
	} else {
		write_gap(v, tls, text);
	}
}

static const char *
xcode_detail(const struct verdict *v)
{
	switch (v->gap) {
	case GAP_UNKNOWN:
		return "7.0";
	case GAP_TRUSTED:
	case GAP_NAMED:
		return v->side == SIDE_REQUIRETLS ||
			v->outcome == OUTCOME_DOWNGRADE ? "7.10" : "7.1";
	case GAP_NONE:
	case GAP_TLS:
	case GAP_VERSION:
	case GAP_BITS:
	case GAP_CIPHER:
		break;
	}
	return "7.10";
}

void
verdict_reply(const struct verdict *verdict, const struct tlsinfo *tls,
    struct reply *out)
{
	bool rejects = verdict->outcome == OUTCOME_REJECT;
	struct buf text;

	memset(out, 0, sizeof(*out));
	if (!verdict_refuses(verdict))
		return;
	(void)snprintf(out->code, sizeof(out->code), "%s",
	    rejects ? "550" : "451");
	(void)snprintf(out->xcode, sizeof(out->xcode), "%s.%s",
	    rejects ? "5" : "4", xcode_detail(verdict));
	buf_init_fixed(&text, out->text, sizeof(out->text));
	write_text(verdict, tls, &text);
	if (verdict->gap != GAP_UNKNOWN && verdict->rule != NULL)
		out->help = verdict->rule->help_url;
}

static const char *const helps[] = {
    [BINDING_NONE] = "Send it without the mark, or ask the postmaster for a "
		     "rule that binds this domain to TLS",
    [BINDING_HOLDS] = NULL,
    [BINDING_NAME] = "Write the domain in ASCII",
    [BINDING_HOST] = "Write the name without the brackets",
    [BINDING_ADDRESS] = "Write the address in its shortest form, as in RFC "
			"5952",
    [BINDING_FORM] = "Write the domain without quotes and backslashes, and "
		     "with fewer labels",
    [BINDING_MOVED] = "This server sends it to a domain that no rule binds to "
		      "TLS; ask the postmaster for such a rule",
};

void
reply_for_unbound(enum binding binding, const struct domain *domain,
    struct reply *out)
{
	memset(out, 0, sizeof(*out));
	(void)snprintf(out->code, sizeof(out->code), "550");
	(void)snprintf(out->xcode, sizeof(out->xcode), "5.7.10");
	(void)snprintf(out->text, sizeof(out->text),
	    "Encryption needed: TLS cannot be guaranteed for %s",
	    domain->kind == DOMAIN_OTHER ? "this recipient" : domain->text);
	out->help = helps[binding];
}

void
reply_for_fault(struct reply *out)
{
	memset(out, 0, sizeof(*out));
	(void)snprintf(out->code, sizeof(out->code), "451");
	(void)snprintf(out->xcode, sizeof(out->xcode), "4.3.0");
	(void)snprintf(out->text, sizeof(out->text),
	    "Policy service is not available, please retry");
}
