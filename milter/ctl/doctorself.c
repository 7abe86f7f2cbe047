/*
 * hopseal's own set-up: does hopseald run, does it do what is written?
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "milter/ctl/doctor.h"
#include "milter/ctl/figures.h"
#include "milter/ctl/reach.h"
#include "milter/system/endpoint.h"
#include "milter/system/privileges.h"

static void
take_level(const struct rule *rule, struct doctor_needs *needs)
{
	if (rule->level.peer != PEER_ANY && rule->to == MODE_REQUIRE)
		needs->outbound_peer = true;
	if (rule->level.min_tls > needs->min_tls)
		needs->min_tls = rule->level.min_tls;
}

static bool
take_needs(void *context, const struct match *match, enum scope scope)
{
	struct doctor_needs *needs = context;
	const struct rule *rule = match->rule;

	(void)scope;
	if (rule->from != MODE_FALLBACK_ALLOWED) {
		needs->inbound = true;
		needs->peer |= rule->level.peer != PEER_ANY;
	}
	if (rule->to == MODE_REQUIRE && !needs->outbound) {
		struct buf name;

		needs->outbound = true;
		buf_init_fixed(&name, needs->domain, sizeof(needs->domain));
		buf_put_slice(&name, match->domain);
		(void)buf_text(&name);
	}
	if (rule->from != MODE_FALLBACK_ALLOWED || rule->to == MODE_REQUIRE)
		take_level(rule, needs);
	return true;
}

void
doctor_needs_of(const struct table *table, struct doctor_needs *out)
{
	struct domain none;
	struct match match;

	memset(out, 0, sizeof(*out));
	out->min_tls = TLS_VERSION_1_2;
	table_each(table, take_needs, out);
	domain_init(&none);
	table_find(table, &none, &match);
	out->outbound_all = match.rule->to == MODE_REQUIRE;
	(void)take_needs(out, &match, SCOPE_TREE);
}

static const char *
words_of_errno(int error)
{
	switch (error) {
	case ENOENT:
		return ": there is no such socket, so it does not run, or was "
		       "started with another configuration";
	case ECONNREFUSED:
		return ": nobody listens, so it does not run";
	case EACCES:
		return ": this user may not use it; run hopseal doctor as "
		       "root";
	default:
		return "";
	}
}

static const char why_milter[] =
    "Mail waits at the MTA, or goes past the policy, as the MTA's default "
    "action says.";
static const char why_nexthop[] =
    "Postfix cannot ask what TLS a domain needs, so mail to all domains "
    "waits in its queue.";

/* Does somebody answer on a socket of hopseald's own? */
static bool
check_listener(const struct doctor *doctor, const char *setting,
    const char *socket, const char *why)
{
	struct endpoint endpoint;
	struct fault fault;
	int fd, error;

	if (socket == NULL ||
	    endpoint_parse(slice_of(socket), &endpoint, &fault) != STATUS_OK)
		return true;
	fd = endpoint_connect(&endpoint);
	error = errno;
	if (fd >= 0) {
		(void)close(fd);
		return true;
	}
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
	    why == why_nexthop ? "nexthop-silent" : "hopseald-silent",
	    "hopseald does not answer on %s (%s of %s)%s", socket, setting,
	    doctor->config_file, words_of_errno(error));
	diagnosis_why(doctor->diagnosis, why);
	diagnosis_remedy(doctor->diagnosis,
	    "systemctl status hopseald; hopseald -n -c %s",
	    doctor->config_file);
	return false;
}

static void
check_user(const struct doctor *doctor)
{
	struct account account;
	struct fault fault;

	if (doctor->config->user == NULL ||
	    account_find(doctor->config->user, &account, &fault) == STATUS_OK)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR, "user-missing",
	    "%s", fault.text);
	diagnosis_why(doctor->diagnosis, "hopseald does not start without "
	    "the user that it is to run as.");
	diagnosis_remedy(doctor->diagnosis, "adduser --system --group "
	    "--no-create-home %s", doctor->config->user);
}

static void
check_operation(const struct doctor *doctor)
{
	if (doctor->config->operation != OPERATION_OBSERVE)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_NOTE, "observing",
	    "%s: operation is \"observe\": mail is recorded, nothing is "
	    "refused or stamped", doctor->config_file);
	diagnosis_why(doctor->diagnosis, "That is the right start; hopseal "
	    "report shows what would have been refused.");
	diagnosis_remedy(doctor->diagnosis, "hopseal report; hopseal suggest");
}

/* 0.0.0.0/0 and ::/0, or nearly. */
static void
check_trusted(const struct doctor *doctor)
{
	const struct config *config = doctor->config;
	char text[IPADDR_TEXT];
	size_t i;

	for (i = 0; i < config->trusted_host_count; i++) {
		const struct network *net = &config->trusted_hosts[i];
		unsigned most = ipaddr_is_v4(&net->base) ? 96 + 7 : 15;

		if (net->bits > most)
			continue;
		ipaddr_print(&net->base, text);
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "trusts-everyone", "%s: trusted-hosts holds the network "
		    "of %s, which is a good part of the Internet",
		    doctor->config_file, text);
		diagnosis_why(doctor->diagnosis, "What trusted hosts send is "
		    "neither judged nor stamped, and stamps that they forge "
		    "are kept.");
		diagnosis_remedy(doctor->diagnosis, "# name only your own "
		    "relays in trusted-hosts");
	}
}

static void
check_mail_log(const struct doctor *doctor)
{
	const char *file = doctor->config->outbound.mail_log;
	struct fault fault;

	if (file == NULL || strcmp(file, "journal") == 0 ||
	    doctor->config->user == NULL || !doctor->is_root)
		return;
	if (reach_read(doctor->config->user, file, &fault) == STATUS_OK)
		return;
	diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
	    "mail-log-unreadable", "hopseald cannot read mail-log: %s",
	    fault.text);
	diagnosis_why(doctor->diagnosis, "There is no evidence of what left.");
	diagnosis_remedy(doctor->diagnosis, "adduser %s adm   # or the group "
	    "that ls -l %s shows; then restart hopseald",
	    doctor->config->user, file);
}

static void
check_reload(const struct doctor *doctor)
{
	const char *socket = doctor->config->metrics.socket;
	struct fault fault;
	struct buf text;
	double failed = 0;

	if (socket == NULL)
		return;
	buf_init(&text, FIGURES_MAX);
	if (figures_ask(socket, &text, &fault) == STATUS_OK &&
	    figures_find(buf_slice(&text), "reload_failed", &failed) &&
	    failed > 0) {
		diagnosis_add(doctor->diagnosis, SEVERITY_ERROR,
		    "reload-refused", "hopseald refused the last reload of "
		    "%s; an older policy is in force", doctor->config_file);
		diagnosis_why(doctor->diagnosis, "What you changed does not "
		    "hold.");
		diagnosis_remedy(doctor->diagnosis, "hopseald -n -c %s",
		    doctor->config_file);
	}
	buf_clear(&text);
}

void
doctor_self(const struct doctor *doctor)
{
	const struct config *config = doctor->config;

	check_user(doctor);
	if (check_listener(doctor, "socket", config->socket, why_milter))
		(void)check_listener(doctor, "nexthop { socket }",
		    config->nexthop.socket, why_nexthop);
	check_operation(doctor);
	check_trusted(doctor);
	check_mail_log(doctor);
	check_reload(doctor);
}
