/*
 * postfixconf: one Postfix instance's main.cf and master.cf, read by
 * postconf(1), so that defaults, `$name` and included values are as Postfix
 * has them.
 *
 * Threads: one owner. Limits: POSTFIXCONF_SERVICES services. Source:
 * postconf(1), -x, -F and -P; master(5).
 */
#ifndef HOPSEAL_CTL_POSTFIXCONF_H
#define HOPSEAL_CTL_POSTFIXCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/status.h"

enum { POSTFIXCONF_SERVICES = 500 };

struct postfixconf;

/* A line of master.cf. Texts are borrowed from the struct postfixconf. */
struct postfix_service {
	const char *name;    /* smtp, 127.0.0.1:10026 */
	const char *type;    /* inet, unix, pass, ... */
	const char *command; /* smtpd, without its arguments */
	bool is_chrooted;    /* `-` has been looked up */
};

/*
 * folder is that of main.cf, absolute; NULL: postconf's own. Gives *out.
 * Fails: as program_run; NOTFOUND says which package is missing.
 */
enum status postfixconf_read(const char *folder, struct postfixconf **out,
    struct fault *fault) MUST_CHECK;
void postfixconf_free(struct postfixconf **conf);

/* The value of a parameter, expanded; NULL: this Postfix has none such. */
const char *postfixconf_value(const struct postfixconf *conf,
    const char *name);

/* The `-o name=value` of a service, expanded; NULL: it has none. */
const char *postfixconf_override(const struct postfixconf *conf,
    const struct postfix_service *service, const char *name);

/* What holds for the service: its override, or the value of main.cf. */
const char *postfixconf_for(const struct postfixconf *conf,
    const struct postfix_service *service, const char *name);

/* Service number i in the order of master.cf; NULL behind the last. */
const struct postfix_service *postfixconf_service(
    const struct postfixconf *conf, size_t i);

#endif
