#include "milter/session/envelope.h"

static bool
has_domain(const struct domain *domain)
{
	return domain->kind == DOMAIN_NAME || domain->kind == DOMAIN_LITERAL;
}

static void
envelope_add(struct envelope *envelope, const struct domain *domain,
    struct slice address)
{
	if (envelope->count > 0 &&
	    domain_equal(&envelope->domains[0], domain))
		return;
	if (envelope->count == 0)
		envelope->address = address;
	envelope->domains[envelope->count++] = *domain;
}

void
envelope_read(const char *path, const char *macro, struct envelope *out)
{
	struct slice by_path = address_of_path(slice_of(path));
	struct slice by_macro = address_of_path(slice_of(macro));
	struct domain path_domain, macro_domain;

	out->count = 0;
	out->address = by_path;
	address_domain(by_path, &path_domain);
	address_domain(by_macro, &macro_domain);
	if (has_domain(&macro_domain))
		envelope_add(out, &macro_domain, by_macro);
	if (has_domain(&path_domain))
		envelope_add(out, &path_domain, by_path);
	/* Neither names a domain: `*`, unless it is the null path. */
	if (out->count == 0 && by_macro.len > 0)
		envelope_add(out, &macro_domain, by_macro);
	else if (out->count == 0 && by_path.len > 0)
		envelope_add(out, &path_domain, by_path);
}

/*
 * Is this local part, quoted or not, the one of that name? Quotes and
 * backslashes are no part of a mailbox (RFC 5321, 4.1.2).
 */
static bool
is_mailbox(struct slice local, const char *name)
{
	bool is_quoted = local.len >= 2 && local.at[0] == '"' &&
	    local.at[local.len - 1] == '"';
	size_t i, end = local.len - (is_quoted ? 1 : 0);

	for (i = is_quoted ? 1 : 0; i < end; i++) {
		if (is_quoted && local.at[i] == '\\' && i + 1 < end)
			i++;
		if (*name == '\0' ||
		    ascii_lower(local.at[i]) != ascii_lower(*name))
			return false;
		name++;
	}
	return *name == '\0';
}

static bool
is_exempt(const struct config *config, struct slice address)
{
	struct slice local = address_local(address);
	struct domain domain;
	size_t i;

	address_domain(address, &domain);
	for (i = 0; i < config->exempt_count; i++) {
		const struct exempt *exempt = &config->exempt[i];

		if (!is_mailbox(local, exempt->local))
			continue;
		if (exempt->domain.kind == DOMAIN_NONE ||
		    domain_equal(&exempt->domain, &domain))
			return true;
	}
	return false;
}

bool
recipient_is_exempt(const struct config *config, const char *path,
    const char *macro)
{
	return is_exempt(config, address_of_path(slice_of(path))) &&
	    (macro == NULL ||
		is_exempt(config, address_of_path(slice_of(macro))));
}
