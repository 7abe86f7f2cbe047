#include "policy/rule.h"

const struct rule rule_default = {
    .from = MODE_FALLBACK_ALLOWED,
    .to = MODE_FALLBACK_ALLOWED,
    .action = ACTION_REJECT,
    .operation = OPERATION_OBSERVE,
    .level =
	{
	    .min_tls = TLS_VERSION_1_2,
	    .min_bits = 128,
	    .ciphers = CIPHERS_FORWARD_SECRET,
	    .peer = PEER_ANY,
	},
    .patience = 14400,
    .memory = 2592000,
};

const char *
mode_name(enum mode mode)
{
	switch (mode) {
	case MODE_FALLBACK_ALLOWED:
		return "fallback-allowed";
	case MODE_PREFER:
		return "prefer";
	case MODE_REQUIRE:
		return "require";
	}
	return "?";
}

const char *
action_name(enum action action)
{
	switch (action) {
	case ACTION_REJECT:
		return "reject";
	case ACTION_DEFER:
		return "defer";
	}
	return "?";
}

const char *
operation_name(enum operation operation)
{
	switch (operation) {
	case OPERATION_OBSERVE:
		return "observe";
	case OPERATION_STAMP:
		return "stamp";
	case OPERATION_ENFORCE:
		return "enforce";
	}
	return "?";
}

const char *
ciphers_name(enum ciphers ciphers)
{
	switch (ciphers) {
	case CIPHERS_ANY:
		return "any";
	case CIPHERS_FORWARD_SECRET:
		return "forward-secret";
	case CIPHERS_BCP195:
		return "bcp195";
	}
	return "?";
}

const char *
peer_name(enum peer peer)
{
	switch (peer) {
	case PEER_ANY:
		return "any";
	case PEER_TRUSTED:
		return "trusted";
	case PEER_NAMED:
		return "named";
	}
	return "?";
}

static bool
keep_text(struct arena *arena, const char **text)
{
	if (*text == NULL)
		return true;
	*text = arena_copy(arena, slice_of(*text));
	return *text != NULL;
}

static bool
keep_peer_names(struct arena *arena, struct level *level)
{
	const char **names;
	size_t i;

	if (level->peer_names == NULL)
		return true;
	names = arena_alloc(arena,
	    level->peer_name_count * sizeof(*names));
	if (names == NULL)
		return false;
	for (i = 0; i < level->peer_name_count; i++) {
		names[i] = level->peer_names[i];
		if (!keep_text(arena, &names[i]))
			return false;
	}
	level->peer_names = names;
	return true;
}

const struct rule *
rule_copy(const struct rule *rule, struct arena *arena)
{
	struct rule *copy = arena_alloc(arena, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *rule;
	if (!keep_text(arena, &copy->help_url) ||
	    !keep_text(arena, &copy->class_name) ||
	    !keep_peer_names(arena, &copy->level))
		return NULL;
	return copy;
}
