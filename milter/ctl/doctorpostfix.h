/*
 * doctorpostfix: what the parts that look at Postfix share.
 *
 * Threads: one owner.
 */
#ifndef HOPSEAL_CTL_DOCTORPOSTFIX_H
#define HOPSEAL_CTL_DOCTORPOSTFIX_H

#include "milter/ctl/doctor.h"
#include "milter/ctl/postfixconf.h"
#include "milter/ctl/postfixlist.h"

struct postfix_view {
	const struct doctor *doctor;
	struct diagnosis *d;
	const struct postfixconf *conf;
};

/* What a level of Postfix promises. */
enum postfix_strength {
	POSTFIX_CLEAR, /* nothing */
	POSTFIX_TLS,
	POSTFIX_PEER /* and who it is */
};

enum postfix_strength postfix_strength(struct slice level);

/* The value of main.cf, "" when there is none such. */
const char *postfix_value(const struct postfix_view *view, const char *name);

/* What holds for the service, "" when there is none such. */
const char *postfix_for(const struct postfix_view *view,
    const struct postfix_service *service, const char *name);

/* The words behind postconf that set name for the service, where it counts. */
void postfix_put_override(const struct postfix_view *view,
    const struct postfix_service *service, const char *name, struct buf *out);

/*
 * The next service that runs command, from *i on; NULL: no more. Those of
 * `inet` and `pass` count as listeners.
 */
const struct postfix_service *postfix_next(const struct postfix_view *view,
    const char *command, size_t *i);

/* Is it a listener of this host alone? */
bool postfix_is_loopback(const struct postfix_service *service);

/*
 * Is socket, as service names it (unix:PATH, inet:HOST:PORT), the one that
 * ours names in hopseal.conf?
 */
bool postfix_is_ours(const struct postfix_view *view,
    const struct postfix_service *service, struct slice socket,
    const char *ours);

/*
 * The filter of a list of milters that is hopseald; false: there is none.
 * *is_last: no other follows it.
 */
bool postfix_find_ours(const struct postfix_view *view,
    const struct postfix_service *service, struct slice list,
    struct postfix_milter *out, bool *is_last);

/* Are there clients of the service whose mail does not pass hopseald? */
void postfix_check_clients(const struct postfix_view *view,
    const struct postfix_service *service);

/* Add a finding if the service's process cannot use that unix socket. */
void postfix_check_reach(const struct postfix_view *view,
    const struct postfix_service *service, struct slice socket,
    const char *name);

/*
 * Check all that PREFIX_chain_files, PREFIX_cert_file and so on name.
 * Returns whether there is any certificate.
 */
bool postfix_check_certificates(const struct postfix_view *view,
    const char *prefix, bool is_server);

/* The name under which hopseald answers for next hops. */
#define POSTFIX_NEXTHOP_MAP "nexthop"

/* Octets of keys that one question holds. */
enum { POSTFIX_KEYS_MAX = 1024 * 1024 };

/*
 * Is each domain that a rule binds bound by the policy maps of the service, in
 * front of hopseald's?
 */
void postfix_check_domains(const struct postfix_view *view,
    const struct postfix_service *service);

/*
 * Next hops that are not the recipient's domain. wanted: what the level of
 * Postfix's own must promise to hold where the maps say nothing.
 */
void postfix_check_hops(const struct postfix_view *view,
    enum postfix_strength wanted);

/* Does a rule bind mail to that next hop? */
bool postfix_binds(const struct postfix_view *view, struct slice hop);

/* Is that next hop this host? What does not leave it needs no TLS. */
bool postfix_is_here(struct slice hop);

/* Is it one or the other? */
bool postfix_hop_keeps(const struct postfix_view *view, struct slice hop);

/* Is service the way to a content filter on this host? It needs no rule. */
bool postfix_is_leg(const struct postfix_view *view,
    const struct postfix_service *service);

/* Does `transport:nexthop` keep mail to the rules, or on this host? */
bool postfix_keeps(const struct postfix_view *view, struct slice value);

/* Do all addresses of a list, by their domains? */
bool postfix_addresses_keep(const struct postfix_view *view,
    struct slice list);

/* What follows the last @; len 0: nothing, or there is none. */
struct slice postfix_domain(struct slice address);

/* The program behind a transport; "" when there is none. */
const char *postfix_command(const struct postfix_view *view,
    struct slice transport);

/* Do transport_maps take a domain that a rule binds to where none does? */
bool postfix_maps_lead_away(const struct postfix_view *view,
    const char *maps);

/* Append `NAME = VALUE`, behind a semicolon if it is not the first. */
void postfix_put_setting(struct buf *out, const char *name,
    const char *value);

/* Append the settings whose maps lead mail past the rule of its domain. */
void postfix_put_maps(const struct postfix_view *view, struct buf *out);

/*
 * Are there domains in that list of main.cf that a rule binds? and_below: it
 * speaks of those below its names, too.
 */
bool postfix_list_binds(const struct postfix_view *view, const char *list,
    bool and_below);

/* Does it lead past the rules? Of a value of main.cf or master.cf. */
typedef bool postfix_leads_past(const struct postfix_view *view,
    const char *value);

/* Append a setting that does, in main.cf, or for one service in master.cf. */
void postfix_put_if_past(const struct postfix_view *view, const char *name,
    postfix_leads_past *leads_past, struct buf *out);

/* Append the transports of this host's own domains that do. */
void postfix_put_local(const struct postfix_view *view, struct buf *out);

/* Append the checks of content, and of access, that do. */
void postfix_put_checks(const struct postfix_view *view, struct buf *out);

/* Settings by which mail goes past the rule of its domain. */
void postfix_check_ways(const struct postfix_view *view);

/* Is a message that an author marks sent by a transport that needs TLS? */
void postfix_check_route(const struct postfix_view *view);

/* The two directions, beyond the filter itself. */
void postfix_check_inbound(const struct postfix_view *view);
void postfix_check_outbound(const struct postfix_view *view);

#endif
