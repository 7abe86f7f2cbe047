/*
 * envelope: the domains of one SMTP path, as the MTA and we read it.
 *
 * MTAs deliver paths that no grammar allows. So the address that the MTA
 * itself understood ({mail_addr}, {rcpt_addr}) is read beside the argument,
 * and where both give a domain and they differ, both count.
 * Source: POLICY.md, "Rulings".
 */
#ifndef HOPSEAL_SESSION_ENVELOPE_H
#define HOPSEAL_SESSION_ENVELOPE_H

#include "milter/config/config.h"
#include "policy/address.h"
#include "policy/decide.h"

/* One path. domains[0] is the one that logs, stamps and records name. */
struct envelope {
	struct domain domains[FACTS_DOMAINS];
	size_t count; /* 0: the null path */
	/*
	 * The address without brackets, that domains[0] was read from.
	 * Borrows the argument or the macro.
	 */
	struct slice address;
};

/* path: the argument, with brackets. macro: NULL when none came. */
void envelope_read(const char *path, const char *macro,
    struct envelope *out);

/*
 * Is the recipient exempt from refusal? Only if argument and macro, when
 * both came, agree.
 */
bool recipient_is_exempt(const struct config *config, const char *path,
    const char *macro);

#endif
