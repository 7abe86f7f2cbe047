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
