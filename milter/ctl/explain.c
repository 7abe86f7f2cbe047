/*
 * hopseal explain: what the daemon would do with a message, and why.
 *
 * Runs the same decide() as the daemon over facts given as options, and
 * prints the rules that apply, the verdict and the reply.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "milter/ctl/commandline.h"
#include "milter/ctl/commands.h"
#include "milter/ctl/policyfile.h"
#include "milter/session/envelope.h"
#include "policy/decide.h"
#include "policy/nexthop.h"

struct question {
	const char *file;
	const char *from;
	const char *to;
	const char *header_from;
	const char *client;
	const char *client_name;
	const char *cert;
	bool plain;
	bool unknown;
	bool requiretls;
	struct tls_macros tls;
};

/* What the answer is made of; facts points into it. */
struct answer {
	struct tlsinfo tls;
	struct envelope sender, recipient;
	struct ipaddr addr;
	struct domain client_name;
	struct facts facts;
};

static int
usage(void)
{
	(void)fputs(
	    "usage: hopseal explain [-c file] --from address --to address\n"
	    "           [--plain | --unknown | --tls version --cipher suite "
	    "--bits n]\n"
	    "           [--cert trusted|failed|none] [--cn name] "
	    "[--client address]\n"
	    "           [--client-name name] [--requiretls] "
	    "[--header-from address]\n",
	    stderr);
	return EX_USAGE;
}

/* Speak to tlsinfo in Sendmail's dialect, which can say everything. */
static bool
take_cert(struct question *q)
{
	static const struct {
		const char *name, *verify;
	} states[] = {{"trusted", "OK"}, {"failed", "FAIL"}, {"none", "NO"}};
	size_t i;

	if (q->cert == NULL)
		return q->tls.cn_subject == NULL;
	for (i = 0; i < LENGTH(states); i++)
		if (slice_is(slice_of(q->cert), states[i].name))
			q->tls.verify = states[i].verify;
	return q->tls.verify != NULL;
}

/* A session over TLS of which nothing more is said is a good one. */
static void
fill_tls(struct question *q)
{
	q->tls.asked = !q->unknown;
	if (q->plain || q->unknown) {
		q->tls.version = NULL;
		return;
	}
	if (q->tls.version == NULL)
		q->tls.version = "TLSv1.3";
	if (q->tls.cipher == NULL)
		q->tls.cipher =
		    tls_version_parse(slice_of(q->tls.version)) >=
			TLS_VERSION_1_3
		    ? "TLS_AES_256_GCM_SHA384"
		    : "ECDHE-RSA-AES256-GCM-SHA384";
	if (q->tls.bits == NULL)
		q->tls.bits = "256";
}

static bool
read_question(int argc, char **argv, struct question *q)
{
	const struct commandline_option options[] = {
	    {"c", .text = &q->file},
	    {"from", .text = &q->from},
	    {"to", .text = &q->to},
	    {"plain", .flag = &q->plain},
	    {"unknown", .flag = &q->unknown},
	    {"tls", .text = &q->tls.version},
	    {"cipher", .text = &q->tls.cipher},
	    {"bits", .text = &q->tls.bits},
	    {"cert", .text = &q->cert},
	    {"cn", .text = &q->tls.cn_subject},
	    {"client", .text = &q->client},
	    {"client-name", .text = &q->client_name},
	    {"requiretls", .flag = &q->requiretls},
	    {"header-from", .text = &q->header_from},
	    {.name = NULL}};

	memset(q, 0, sizeof(*q));
	q->file = CONFIG_DEFAULT_FILE;
	if (commandline_read(argc, argv, options, q) != argc ||
	    q->from == NULL || q->to == NULL || !take_cert(q))
		return false;
	fill_tls(q);
	return true;
}

/* Returns false when --client is no address. */
static bool
collect(const struct config *config, const struct question *q,
    struct answer *a)
{
	struct facts *facts = &a->facts;

	memset(a, 0, sizeof(*a));
	tlsinfo_from_macros(&q->tls, &a->tls);
	envelope_read(q->from, NULL, &a->sender);
	envelope_read(q->to, NULL, &a->recipient);
	facts->tls = &a->tls;
	facts->senders = a->sender.domains;
	facts->sender_count = a->sender.count;
	facts->recipients = a->recipient.domains;
	facts->recipient_count = a->recipient.count;
	facts->requiretls = q->requiretls;
	facts->operation = config->operation;
	facts->exempt = recipient_is_exempt(config, q->to, NULL);
	facts->judged = true;
	if (q->client_name != NULL) {
		domain_normalize(slice_of(q->client_name), &a->client_name);
		facts->client_name = &a->client_name;
	}
	if (q->client == NULL)
		return true;
	facts->client_addr = &a->addr;
	if (!ipaddr_parse(slice_of(q->client), &a->addr))
		return false;
	facts->judged = !config_trusts(config, &a->addr);
	return true;
}

static void
print_rule(const char *what, const struct match *match)
{
	(void)printf("%s \"%.*s\"\n", what, (int)match->domain.len,
	    match->domain.at);
	rule_print(match->rule, match->domain);
}

static void
print_rules(const struct config *config, const struct answer *a)
{
	const struct facts *facts = &a->facts;
	struct match match;
	size_t i;

	for (i = 0; i < facts->sender_count; i++) {
		table_find(config->table, &facts->senders[i], &match);
		print_rule("sender's policy", &match);
	}
	for (i = 0; i < facts->recipient_count; i++) {
		table_find(config->table, &facts->recipients[i], &match);
		print_rule("recipient's policy", &match);
	}
	if (table_find_client(config->table, facts->client_addr,
		facts->client_name, &match))
		print_rule("client rule", &match);
	if (facts->requiretls)
		(void)printf("REQUIRETLS: mode require at the default level, "
			     "operation %s\n",
		    operation_name(facts->operation));
}

static void
print_session(const struct tlsinfo *tls)
{
	if (tls->state != TLS_ESTABLISHED) {
		(void)printf("session: TLS %s\n", tls_state_name(tls->state));
		return;
	}
	(void)printf("session: %s %s %u bits, client certificate %s%s%s\n",
	    tls->version_text, tls->cipher, tls->bits,
	    cert_state_name(tls->cert), tls->cn[0] == '\0' ? "" : " ",
	    tls->cn);
}

static void
print_reply(const char *what, const struct reply *reply)
{
	if (reply->code[0] == '\0')
		return;
	if (reply->help == NULL) {
		(void)printf("%s: %s %s %s\n", what, reply->code,
		    reply->xcode, reply->text);
		return;
	}
	(void)printf("%s: %s-%s %s\n", what, reply->code, reply->xcode,
	    reply->text);
	(void)printf("%s: %s %s %s\n", what, reply->code, reply->xcode,
	    reply->help);
}

/* Refused for its form, whatever the session is. */
static void
print_lost(const struct config *config, const struct envelope *recipient)
{
	const struct domain *domain = &recipient->domains[0];
	enum binding binding = nexthop_address_binding(config->table, domain,
	    recipient->address);
	struct reply reply;

	if (!nexthop_is_lost(binding))
		return;
	(void)printf("verdict with Sendmail: reject, as no line of its access "
		     "map binds %s to TLS so\n", domain->text);
	reply_for_unbound(binding, domain, &reply);
	print_reply("reply with Sendmail", &reply);
}

static void
print_verdict(const char *when, const struct verdict *verdict,
    const struct tlsinfo *tls)
{
	struct reply reply;

	(void)printf("verdict%s: %s", when, outcome_name(verdict->outcome));
	if (verdict->outcome == OUTCOME_TRUSTED)
		(void)printf(", not judged: the client is a trusted host");
	if (verdict->side != SIDE_NONE)
		(void)printf(", by the %s side of \"%.*s\", mode %s",
		    side_name(verdict->side), (int)verdict->domain.len,
		    verdict->domain.at, mode_name(verdict->mode));
	(void)printf("%s\n",
	    verdict->exempted ? " (the recipient is exempt)" : "");
	verdict_reply(verdict, tls, &reply);
	print_reply("reply", &reply);
}

static void
print_author(const struct config *config, const struct answer *answer,
    const struct domain *domain)
{
	struct verdict verdict;

	decide_header_from(config->table, &answer->facts, domain, &verdict);
	print_verdict(" on From", &verdict, &answer->tls);
}

/* Of an address without `@` also by the domains that MTAs make of it. */
static void
print_from_field(const struct config *config, const struct answer *answer,
    struct slice address)
{
	struct domain domain, last;
	size_t i;

	address_domain(address, &last);
	print_author(config, answer, &last);
	for (i = 0; i < ADDRESS_DETOURS; i++) {
		if (!address_detour(address, i, &domain) ||
		    domain_equal(&domain, &last))
			continue;
		print_author(config, answer, &domain);
		last = domain;
	}
}

int
cmd_explain(int argc, char **argv)
{
	struct config *config;
	struct question question;
	struct verdict verdict;
	struct answer answer;

	if (!read_question(argc, argv, &question))
		return usage();
	if (policyfile_read(question.file, &config) != STATUS_OK)
		return EX_CONFIG;
	if (!collect(config, &question, &answer)) {
		(void)fprintf(stderr, "hopseal: --client %s is no address\n",
		    question.client);
		config_free(&config);
		return EX_USAGE;
	}
	print_session(&answer.tls);
	print_rules(config, &answer);
	decide_recipient(config->table, &answer.facts, &verdict);
	print_verdict("", &verdict, &answer.tls);
	if (!verdict_refuses(&verdict))
		print_lost(config, &answer.recipient);
	if (question.header_from != NULL)
		print_from_field(config, &answer,
		    address_of_path(slice_of(question.header_from)));
	config_free(&config);
	return EX_OK;
}
