#include "milter/server/restart.h"

static bool
text_differs(const char *a, const char *b)
{
	return !slice_equal(slice_of(a), slice_of(b));
}

static void
say(struct log *log, const char *option, bool differs)
{
	if (differs)
		log_line(log, LOG_LEVEL_WARNING,
		    "option %s has changed, which a reload does not bring "
		    "into force: restart hopseald", option);
}

static void
compare_globals(struct log *log, const struct config *old,
    const struct config *new)
{
	say(log, "socket", text_differs(old->socket, new->socket));
	say(log, "socket-mode", old->socket_mode != new->socket_mode);
	say(log, "socket-group",
	    text_differs(old->socket_group, new->socket_group));
	say(log, "user", text_differs(old->user, new->user));
	say(log, "log", old->log != new->log);
	say(log, "mail-log in outbound",
	    text_differs(old->outbound.mail_log, new->outbound.mail_log));
	say(log, "socket in nexthop",
	    text_differs(old->nexthop.socket, new->nexthop.socket));
	say(log, "socket-mode in nexthop",
	    old->nexthop.socket_mode != new->nexthop.socket_mode);
	say(log, "socket in metrics",
	    text_differs(old->metrics.socket, new->metrics.socket));
	say(log, "socket-mode in metrics",
	    old->metrics.socket_mode != new->metrics.socket_mode);
}

static void
compare_ledger(struct log *log, const struct config *old,
    const struct config *new)
{
	say(log, "path in ledger",
	    text_differs(old->ledger.path, new->ledger.path));
	say(log, "durability in ledger",
	    old->ledger.durability != new->ledger.durability);
	say(log, "ship in ledger",
	    text_differs(old->ledger.ship, new->ledger.ship));
	say(log, "hostname (of the ledger's records)",
	    new->ledger.path != NULL &&
		text_differs(old->hostname, new->hostname));
}

static void
compare_fleet(struct log *log, const struct config *old,
    const struct config *new)
{
	say(log, "policy-source",
	    text_differs(old->policy_source, new->policy_source));
	say(log, "policy-snapshot",
	    text_differs(old->policy_snapshot, new->policy_snapshot));
	say(log, "policy-poll", old->policy_poll_s != new->policy_poll_s);
	say(log, "policy-key",
	    !edition_keys_equal(&old->policy_keys, &new->policy_keys));
}

void
restart_warn(struct log *log, const struct config *old,
    const struct config *new)
{
	compare_globals(log, old, new);
	compare_ledger(log, old, new);
	compare_fleet(log, old, new);
}
