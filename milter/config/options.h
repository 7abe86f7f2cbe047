/*
 * options: which sections and keys hopseal.conf knows.
 *
 * Plain tables; the parser makes libconfuse's of them, the "did you mean"
 * of unknown options looks into them. Values are read elsewhere (globals,
 * draft). Source: POLICY.md, "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_OPTIONS_H
#define HOPSEAL_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct key {
	const char *name;
	bool is_list;
	const char *initial; /* of a list that `+=` extends; else NULL */
};

struct kind {
	const char *name; /* "" for what stands outside of sections */
	bool is_titled;
	const struct key *keys;
	size_t key_count;
};

enum {
	KIND_GLOBAL, /* always the first */
	KIND_STAMP,
	KIND_LEDGER,
	KIND_NEXTHOP,
	KIND_METRICS,
	KIND_OUTBOUND,
	KIND_CLASS,
	KIND_POLICY,
	KIND_CLIENT,
	KIND_COUNT
};

extern const struct kind option_kinds[KIND_COUNT];

/* The name known to this kind that is nearest to name; NULL: none is near. */
const char *option_nearest(const struct kind *kind, const char *name);

/* The section, if any, that knows the key: for "it belongs in ...". */
const char *option_home(const char *name);

#endif
