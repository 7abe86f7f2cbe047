#include "milter/ledger/record.h"

static const char *const event_names[RECORD_EVENTS] = {
    [RECORD_PASS] = "pass",
    [RECORD_FALLBACK] = "fallback",
    [RECORD_DOWNGRADE] = "downgrade",
    [RECORD_REJECT] = "reject",
    [RECORD_DEFER] = "defer",
    [RECORD_WOULD_REJECT] = "would-reject",
    [RECORD_WOULD_DEFER] = "would-defer",
    [RECORD_STRIP] = "strip",
    [RECORD_STAMP_FAULT] = "stamp-fault",
    [RECORD_TRUSTED] = "trusted",
    [RECORD_SENT_TLS] = "sent-tls",
    [RECORD_SENT_PLAIN] = "sent-plain",
    [RECORD_TLS_FAILED] = "tls-failed",
    [RECORD_SENT_UNKNOWN] = "sent-unknown",
};

const char *
record_direction_name(enum record_direction direction)
{
	return direction == RECORD_OUT ? "out" : "in";
}

const char *
record_event_name(enum record_event event)
{
	return event_names[event];
}

bool
record_event_parse(struct slice text, enum record_event *out)
{
	unsigned i;

	for (i = 0; i < RECORD_EVENTS; i++) {
		if (slice_is(text, event_names[i])) {
			*out = (enum record_event)i;
			return true;
		}
	}
	return false;
}

enum record_event
record_event_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_TRUSTED:
		return RECORD_TRUSTED;
	case OUTCOME_PASS:
		return RECORD_PASS;
	case OUTCOME_FALLBACK:
		return RECORD_FALLBACK;
	case OUTCOME_WOULD_DEFER:
		return RECORD_WOULD_DEFER;
	case OUTCOME_WOULD_REJECT:
		return RECORD_WOULD_REJECT;
	case OUTCOME_DOWNGRADE:
		return RECORD_DOWNGRADE;
	case OUTCOME_DEFER:
		return RECORD_DEFER;
	case OUTCOME_REJECT:
		return RECORD_REJECT;
	}
	return RECORD_DEFER;
}

bool
record_event_is_message(enum record_event event)
{
	switch (event) {
	case RECORD_PASS:
	case RECORD_FALLBACK:
	case RECORD_WOULD_REJECT:
	case RECORD_WOULD_DEFER:
	case RECORD_TRUSTED:
	case RECORD_SENT_TLS:
	case RECORD_SENT_PLAIN:
	case RECORD_SENT_UNKNOWN:
		return true;
	case RECORD_DOWNGRADE:
	case RECORD_REJECT:
	case RECORD_DEFER:
	case RECORD_STRIP:
	case RECORD_STAMP_FAULT:
	case RECORD_TLS_FAILED:
		return false;
	}
	return false;
}
