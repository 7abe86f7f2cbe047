/*
 * value: one written value, checked and turned into what it stands for.
 *
 * Every function returns NULL when the text is good, else what is wrong and
 * what is allowed, as a clause that follows the option's name and the value;
 * then *out is undefined. "none" is the caller's affair.
 *
 * Threads: no state. Source: POLICY.md, "hopseal.conf" and "Rulings".
 */
#ifndef HOPSEAL_CONFIG_VALUE_H
#define HOPSEAL_CONFIG_VALUE_H

#include <sys/types.h>

#include "policy/base/slice.h"
#include "policy/domain.h"

enum {
	VALUE_URL_MAX = 200, /* a help-url is one line of a reply */
	VALUE_TEXT_MAX = 200, /* marks, header values */
	VALUE_NAME_MAX = 64, /* class names, header names, users */
	VALUE_DATABASE_MAX = 1000
};

/* A whole line of printable ASCII: at most VALUE_TEXT_MAX octets. */
const char *value_printable(const char *text);

/* The same, without blanks. */
const char *value_word(const char *text);

/* The prefix of a local-part: what needs no quoting there. */
const char *value_prefix(const char *text);

const char *value_bool(const char *text, bool *out);

/* Permission bits as three or four octal digits. */
const char *value_mode(const char *text, mode_t *out);

/* `http://HOST...` or `https://HOST...`. */
const char *value_url(const char *text);

/* `postgresql://...`, as libpq writes it; what follows is not looked at. */
const char *value_database(const char *text);

/*
 * local:PATH, unix:PATH, inet:PORT@HOST, inet6:PORT@HOST; PATH is absolute
 * and fits a sockaddr_un, HOST an address of the family or a name.
 */
const char *value_socket(const char *text);

/*
 * A name that policy may speak of: DOMAIN_NAME or DOMAIN_LITERAL. Refused:
 * stars, empty labels, leading dots, what cannot be normalized.
 */
const char *value_domain(struct slice text, struct domain *out);

/* A selector: labels of letters, digits and hyphens (RFC 6376, 3.1). */
const char *value_selector(const char *text);

/* A class name: letters, digits, hyphen, underscore, dot. */
const char *value_class(const char *text);

/* A user or group name, as shadow's useradd allows it. */
const char *value_account(const char *text);

/*
 * `Name: value`: a field name (RFC 5322, 3.6.8) and a value that is not
 * empty. *name_len and *value_at are set to find both in text.
 */
const char *value_header(const char *text, size_t *name_len,
    size_t *value_at);

/*
 * A peer name: a domain name, or one below `*.`; written normalized to out,
 * of PEER_NAME_SIZE octets.
 */
enum { PEER_NAME_SIZE = DOMAIN_MAX + 3 };
const char *value_peer_name(const char *text, char out[PEER_NAME_SIZE]);

#endif
