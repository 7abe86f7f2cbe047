/*
 * rule: what an administrator says of one policy domain or client.
 *
 * A rule is complete: the configuration room has resolved classes and
 * defaults. Plain value whose pointers lie in the table's memory.
 * Source: POLICY.md, "What a rule says".
 */
#ifndef HOPSEAL_POLICY_RULE_H
#define HOPSEAL_POLICY_RULE_H

#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/level.h"

/* In order of strictness. */
enum mode { MODE_FALLBACK_ALLOWED, MODE_PREFER, MODE_REQUIRE };
enum action { ACTION_REJECT, ACTION_DEFER };
enum operation { OPERATION_OBSERVE, OPERATION_STAMP, OPERATION_ENFORCE };

struct rule {
	enum mode from; /* also the mode of a client rule */
	enum mode to;
	enum action action;
	enum operation operation;
	struct level level;
	bool header_from;     /* judge the From field's domain too */
	const char *help_url; /* NULL: none */
	uint32_t patience;    /* seconds */
	uint32_t memory;      /* seconds */
	const char *class_name; /* NULL: none; for explain and lookup */
};

/* What holds where nothing else is said; operation observe. */
extern const struct rule rule_default;

/* With all its texts, in the arena. NULL: no memory. */
const struct rule *rule_copy(const struct rule *rule,
    struct arena *arena) MUST_CHECK;

const char *mode_name(enum mode mode);
const char *action_name(enum action action);
const char *operation_name(enum operation operation);
const char *ciphers_name(enum ciphers ciphers);
const char *peer_name(enum peer peer);

#endif
