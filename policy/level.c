#include "policy/level.h"

#include "policy/domain.h"

const struct level level_default = {
    .min_tls = TLS_VERSION_1_2,
    .min_bits = 128,
    .ciphers = CIPHERS_FORWARD_SECRET,
    .peer = PEER_ANY,
};

/* `mx.bank.example` is one label below `bank.example`; an empty one is none. */
static bool
is_one_label_below(struct slice name, struct slice above)
{
	return name.len > 0 && name.at[0] != '.' && domain_parent(&name) &&
	    slice_equal(name, above);
}

bool
peer_name_matches(struct slice name, struct slice pattern)
{
	if (!slice_begins_nocase(pattern, "*."))
		return slice_equal(name, pattern);
	return is_one_label_below(name,
	    slice_make(pattern.at + 2, pattern.len - 2));
}

/* Names that are not set: the policy domain, and one label below it. */
static bool
peer_is_domain_itself(struct slice name, struct slice domain)
{
	if (domain.len > 0 && domain.at[0] == '.')
		domain = slice_make(domain.at + 1, domain.len - 1);
	return slice_equal(name, domain) || is_one_label_below(name, domain);
}

static bool
peer_is_named(const struct level *level, struct slice domain, const char *cn)
{
	struct domain peer;
	size_t i;

	domain_normalize(slice_of(cn), &peer);
	if (peer.kind != DOMAIN_NAME)
		return false;
	if (level->peer_names == NULL)
		return peer_is_domain_itself(domain_slice(&peer), domain);
	for (i = 0; i < level->peer_name_count; i++)
		if (peer_name_matches(domain_slice(&peer),
			slice_of(level->peer_names[i])))
			return true;
	return false;
}

static bool
cipher_is_met(const struct level *level, unsigned class)
{
	bool identified = (class & CIPHER_KNOWN) != 0;
	bool forward_secret = (class & CIPHER_FORWARD_SECRET) != 0;

	if (level->min_bits > 0 && (!identified || (class & CIPHER_WEAK) != 0))
		return false;
	switch (level->ciphers) {
	case CIPHERS_ANY:
		return true;
	case CIPHERS_FORWARD_SECRET:
		return forward_secret;
	case CIPHERS_BCP195:
		return forward_secret && (class & CIPHER_AEAD) != 0;
	}
	return false;
}

static enum gap
peer_check(const struct level *level, struct slice domain,
    const struct tlsinfo *tls)
{
	if (level->peer == PEER_ANY)
		return GAP_NONE;
	if (tls->cert != CERT_TRUSTED)
		return GAP_TRUSTED;
	if (level->peer == PEER_NAMED &&
	    !peer_is_named(level, domain, tls->cn))
		return GAP_NAMED;
	return GAP_NONE;
}

enum gap
level_check(const struct level *level, struct slice domain,
    const struct tlsinfo *tls)
{
	if (tls->state == TLS_UNKNOWN)
		return GAP_UNKNOWN;
	if (tls->state == TLS_NONE)
		return GAP_TLS;
	if (tls->version < level->min_tls)
		return GAP_VERSION;
	if (!tls->bits_known || tls->bits < level->min_bits)
		return GAP_BITS;
	if (!cipher_is_met(level, tls->cipher_class))
		return GAP_CIPHER;
	return peer_check(level, domain, tls);
}
