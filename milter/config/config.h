/*
 * config: hopseal.conf as a frozen struct, and the policy table made of it.
 *
 * config_read() parses FILE, its includes, the bulk table and the snapshot of
 * the fleet's policy, checks all of it, and reports every error through a
 * callback, not only the first.
 *
 * Threads: config_read in one thread at a time (libconfuse's lexer is not
 * re-entrant); a struct config is read-only after that. Texts and arrays live
 * until config_free. Source: POLICY.md, "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_CONFIG_H
#define HOPSEAL_CONFIG_CONFIG_H

#include <stdint.h>
#include <sys/types.h>

#include "milter/note/edition.h"
#include "milter/system/log.h"
#include "policy/base/status.h"
#include "policy/network.h"
#include "policy/table.h"

#define CONFIG_DEFAULT_FILE "/etc/hopseal/hopseal.conf"

/*
 * From so many sections on a table is the better place: libconfuse looks at
 * all sections that it has for each new one.
 */
enum { CONFIG_SECTIONS_SLOW = 10000 };

enum on_fault { ON_FAULT_ACCEPT, ON_FAULT_DEFER };
enum durability { DURABILITY_QUEUED, DURABILITY_COMMIT, DURABILITY_FSYNC };

/* Where an option stands; file is NULL when it is not set. */
struct config_place {
	const char *file;
	unsigned line;
};

/* NULL text everywhere below means "none". */
struct stamp_config {
	const char *domain; /* normalized; NULL: no stamping */
	const char *selector;
	const char *key_file;
	struct config_place key_place; /* for faults of the key's content */
	bool authentication_results;
};

struct ledger_config {
	const char *path;
	enum durability durability;
	enum on_fault on_fault; /* on-ledger-fault */
	unsigned keep_days;
	unsigned keep_summary_days;
	unsigned max_domains_per_day;
	const char *ship; /* URL of the fleet's database; may hold a password */
	struct config_place ship_place;
	unsigned ship_backlog_days;
};

/* A listener beside the filter. */
struct listener_config {
	const char *socket; /* NULL: none */
	mode_t socket_mode;
};

struct outbound_config {
	const char *mail_log;
	const char *mark_subject;
	bool mark_subject_remove;
	const char *mark_header_name; /* mark-header cut at the colon */
	const char *mark_header_value;
	const char *mark_recipient_prefix;
	const char *route_header_name; /* route-header cut at the colon */
	const char *route_header_value;
};

/* An exempt recipient: local-part alone, or local-part and domain. */
struct exempt {
	const char *local; /* lower case */
	struct domain domain; /* DOMAIN_NONE: in every domain */
};

struct config {
	const char *hostname;
	const char *socket;
	mode_t socket_mode;
	const char *socket_group;
	const char *user;
	enum operation operation;
	const struct network *trusted_hosts;
	size_t trusted_host_count;
	const struct exempt *exempt;
	size_t exempt_count;
	enum on_fault on_fault;
	enum log_sink log;
	enum log_level log_level;
	struct stamp_config stamp;
	struct ledger_config ledger;
	struct listener_config nexthop;
	struct listener_config metrics;
	struct outbound_config outbound;
	const char *domains_file;
	const char *policy_source; /* as ledger.ship */
	struct config_place policy_source_place;
	const char *policy_snapshot;
	struct edition_keys policy_keys;
	unsigned policy_poll_s;
	const struct edition *edition; /* what the snapshot held; or NULL */
	size_t left_out; /* of its titles, by those of this host */
	size_t sections; /* that libconfuse read */
	const struct table *table;
};

/* Called for each error with a whole sentence: `FILE:LINE: ...`. */
typedef void config_report(void *context, const char *sentence);

/*
 * Read and check everything but the key's content. Gives *out; free with
 * config_free. Fails: SYNTAX (errors were reported), IO (FILE cannot be
 * read: reported too), NOMEM.
 */
enum status config_read(const char *file, config_report *report,
    void *context, struct config **out) MUST_CHECK;
void config_free(struct config **config);

/*
 * The same without the policy of the fleet, whose snapshot need not be there.
 */
enum status config_read_local(const char *file, config_report *report,
    void *context, struct config **out) MUST_CHECK;

/*
 * Is a policy-source named, and its snapshot not there yet? Whatever is wrong
 * in FILE makes it false: config_read says what.
 */
bool config_awaits_policy(const char *file);

/* Is addr in trusted-hosts: neither judged nor stamped nor stripped? */
bool config_trusts(const struct config *config, const struct ipaddr *addr);

#endif
