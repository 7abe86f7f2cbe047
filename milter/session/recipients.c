#include "milter/session/recipients.h"

void
recipients_reset(struct recipients *recipients)
{
	recipients->count = 0;
	domain_init(&recipients->domain);
	recipients->is_shared = false;
	recipients->address = NULL;
	domain_init(&recipients->unbound);
}

enum status
recipients_add(struct recipients *recipients, struct arena *arena,
    const struct domain *domain, struct slice address)
{
	if (recipients->count == 0) {
		recipients->address = arena_copy(arena, address);
		if (recipients->address == NULL)
			return STATUS_NOMEM;
		recipients->domain = *domain;
		recipients->is_shared = true;
	} else if (!domain_equal(&recipients->domain, domain)) {
		recipients->is_shared = false;
	}
	recipients->count++;
	return STATUS_OK;
}

void
recipients_note_unbound(struct recipients *recipients,
    const struct domain *domain)
{
	if (recipients->unbound.kind == DOMAIN_NONE)
		recipients->unbound = *domain;
}

const struct domain *
recipients_domain(const struct recipients *recipients)
{
	return recipients->is_shared ? &recipients->domain : NULL;
}

const char *
recipients_address(const struct recipients *recipients)
{
	return recipients->count == 1 ? recipients->address : NULL;
}
