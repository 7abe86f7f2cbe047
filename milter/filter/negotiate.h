/*
 * negotiate: ask the MTA for what is needed and for nothing else.
 *
 * The protocol is what a filter costs (FACTS.md, "Speed"): steps that no
 * configured feature needs are declined, and on unix sockets replies that
 * carry nothing are too.
 */
#ifndef HOPSEAL_FILTER_NEGOTIATE_H
#define HOPSEAL_FILTER_NEGOTIATE_H

#include "milter/filter/connection.h"

/* What the filter may do to a message, and that it sets macro lists. */
#define FILTER_ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_ADDRCPT | \
    SMFIF_DELRCPT | SMFIF_SETSYMLIST)

/* What the MTA offers, and what we take of it. */
struct negotiation {
	unsigned long actions; /* SMFIF_ */
	unsigned long steps;   /* SMFIP_ */
};

/*
 * Choose from offer, note the choice in connection and set the macro
 * lists. Fails: NOMEM; the connection must then end.
 */
enum status negotiate(struct connection *connection, SMFICTX *ctx,
    struct negotiation offer, struct negotiation *out) MUST_CHECK;

#endif
