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

static bool
is_exempt(const struct config *config, struct slice address)
{
	struct slice local = address_local(address);
	char storage[ADDRESS_MAX];
	struct domain domain;
	size_t i;

	if (local.len > sizeof(storage))
		return false;
	local = address_unquoted(local, storage);
	address_domain(address, &domain);
	for (i = 0; i < config->exempt_count; i++) {
		const struct exempt *exempt = &config->exempt[i];

		if (!slice_is_nocase(local, exempt->local))
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
