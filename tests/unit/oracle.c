#include "tests/unit/oracle.h"

#include <stdio.h>
#include <string.h>

/* "reject > defer > downgrade > fallback > pass"; would-* refuses nothing. */
static const char *const order[] = {"trusted", "pass", "fallback",
    "would-defer", "would-reject", "downgrade", "defer", "reject"};

int
oracle_rank(const char *outcome)
{
	int i;

	for (i = 0; i < 8; i++)
		if (strcmp(order[i], outcome) == 0)
			return i;
	return -1;
}

bool
oracle_name_matches(const char *name, const char *pattern)
{
	const char *dot = strchr(name, '.');

	if (strncmp(pattern, "*.", 2) != 0)
		return strcmp(name, pattern) == 0;
	return dot != NULL && dot != name && strcmp(dot + 1, pattern + 2) == 0;
}

static bool
name_is_wanted(const struct oracle_rule *rule, const char *name)
{
	char below[512];
	int i;

	if (name[0] == '\0')
		return false;
	for (i = 0; i < 3 && rule->names[i] != NULL; i++)
		if (oracle_name_matches(name, rule->names[i]))
			return true;
	if (i > 0)
		return false;
	(void)snprintf(below, sizeof(below), "*.%s", rule->title);
	return oracle_name_matches(name, rule->title) ||
	    oracle_name_matches(name, below);
}

static bool
cipher_is_good(const struct oracle_rule *rule, const struct oracle_session *s)
{
	if (rule->min_bits > 0 && (s->weak || !s->cipher_named))
		return false;
	if (rule->ciphers == 'f')
		return s->forward_secret;
	if (rule->ciphers == 'b')
		return s->forward_secret && s->aead;
	return true;
}

char
oracle_lack(const struct oracle_rule *rule, const struct oracle_session *s)
{
	const struct {
		bool missing;
		char lack;
	} rows[] = {
	    {s->state == 'u', 'u'},
	    {s->state == 'n', 'n'},
	    {s->version < rule->min_version, 'v'},
	    {s->bits < 0 || s->bits < rule->min_bits, 'b'},
	    {!cipher_is_good(rule, s), 'c'},
	    {rule->peer != 'a' && !s->trusted, 't'},
	    {rule->peer == 'n' && !name_is_wanted(rule, s->name), 'm'},
	};
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].missing)
			return rows[i].lack;
	return '-';
}

/*
 * The table of "Decision": `refuse` is settled by the action, `history` by
 * the ledger.
 */
static const char *
table_cell(char lack, char mode)
{
	static const struct {
		const char *lacks;
		const char *require, *prefer, *fallback;
	} rows[] = {
	    {"-", "pass", "pass", "pass"},
	    {"vbctm", "refuse", "history", "fallback"},
	    {"n", "refuse", "history", "fallback"},
	    {"u", "defer", "fallback", "fallback"},
	};
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (strchr(rows[i].lacks, lack) == NULL)
			continue;
		return mode == 'r' ? rows[i].require :
		    mode == 'p'	   ? rows[i].prefer :
				     rows[i].fallback;
	}
	return "?";
}

static bool
history_defers(const struct oracle_case *c, const struct oracle_rule *rule)
{
	if (c->sender == NULL || c->at_eom)
		return false;
	/* Within memory; a memory of no seconds remembers nothing. */
	if (c->history.met_ago < 0 || c->history.met_ago >= rule->memory)
		return false;
	return c->history.plain_ago < 0 ||
	    c->history.plain_ago < rule->patience;
}

static const char *
rule_outcome(const struct oracle_case *c, const struct oracle_rule *rule,
    char lack)
{
	const char *cell = table_cell(lack, rule->mode);
	bool refuses;

	if (strcmp(cell, "refuse") == 0)
		cell = rule->action == 'r' ? "reject" : "defer";
	if (strcmp(cell, "history") == 0)
		cell = history_defers(c, rule) ? "downgrade" : "fallback";
	refuses = oracle_rank(cell) >= oracle_rank("downgrade");
	if (!refuses || rule->operation == 'e')
		return cell;
	return strcmp(cell, "reject") == 0 ? "would-reject" : "would-defer";
}

/* `named A or B`, from the rule's names or the title's two. */
static void
write_names(const struct oracle_rule *rule, char *out, size_t size)
{
	if (rule->names[0] == NULL)
		(void)snprintf(out, size, "%s or *.%s", rule->title,
		    rule->title);
	else if (rule->names[1] == NULL)
		(void)snprintf(out, size, "%s", rule->names[0]);
	else
		(void)snprintf(out, size, "%s or %s", rule->names[0],
		    rule->names[1]);
}

static const char *
or_another(const char *text)
{
	return text[0] == '\0' ? "another" : text;
}

static void
write_lack(const struct oracle_case *c, struct oracle_verdict *v)
{
	const struct oracle_rule *r = v->decided;
	const struct oracle_session *s = &c->session;
	char names[600], used[24] = "an unknown number";
	const char *cipher = r->ciphers == 'f' ? "a forward-secret cipher" :
	    r->ciphers == 'b' ? "a forward-secret cipher with AEAD" :
				"a cipher that is not weak";

	write_names(r, names, sizeof(names));
	if (s->bits >= 0)
		(void)snprintf(used, sizeof(used), "%d", s->bits);
#define SAY(...) (void)snprintf(v->text, sizeof(v->text), __VA_ARGS__)
	switch (v->lack) {
	case 'n':
		SAY("Encryption needed: mail %s %s must arrive over TLS",
		    r->side == 't' ? "to" :
		    r->side == 'c' ? "from client" : "from", r->title);
		break;
	case 'v':
		SAY("Encryption needed: %s asks for TLS 1.%d or later, "
		    "this session used %s", r->title, r->min_version - 10,
		    or_another(s->version_text));
		break;
	case 'b':
		SAY("Encryption needed: %s asks for %d secret bits or more, "
		    "this session used %s", r->title, r->min_bits, used);
		break;
	case 'c':
		SAY("Encryption needed: %s asks for %s, "
		    "this session used %s", r->title, cipher,
		    or_another(s->cipher_text));
		break;
	case 't':
		SAY("%s asks for a client certificate that is trusted",
		    r->title);
		break;
	case 'm':
		SAY("%s asks for a client certificate that is named %s", r->title,
		    names);
		break;
	default:
		SAY("?");
	}
#undef SAY
}

static void
write_reply(const struct oracle_case *c, struct oracle_verdict *v)
{
	bool rejects = strcmp(v->outcome, "reject") == 0;
	bool downgrade = strcmp(v->outcome, "downgrade") == 0;
	bool peer = v->lack == 't' || v->lack == 'm';
	const char *detail = peer && !downgrade ? "7.1" : "7.10";

	if (oracle_rank(v->outcome) < oracle_rank("downgrade"))
		return;
	v->help = v->decided->help;
	if (downgrade) {
		(void)snprintf(v->text, sizeof(v->text), "Encryption needed: "
		    "%s has used TLS before, please retry with TLS",
		    c->sender);
	} else if (v->lack == 'u') {
		detail = "7.0";
		v->help = NULL;
		(void)snprintf(v->text, sizeof(v->text), "TLS state of this "
		    "session is not known to the policy filter");
	} else if (v->decided->side == 'R') {
		(void)snprintf(v->text, sizeof(v->text), "Encryption needed: "
		    "the sender asked for REQUIRETLS");
	} else {
		write_lack(c, v);
	}
	memcpy(v->code, rejects ? "550" : "451", 4);
	(void)snprintf(v->xcode, sizeof(v->xcode), "%c.%s",
	    rejects ? '5' : '4', detail);
}

void
oracle_decide(const struct oracle_case *c, struct oracle_verdict *out)
{
	const char *outcome;
	char lack;
	int i;

	memset(out, 0, sizeof(*out));
	out->outcome = "pass";
	out->met = true;
	for (i = 0; i < c->rule_count; i++) {
		lack = oracle_lack(c->rules[i], &c->session);
		outcome = rule_outcome(c, c->rules[i], lack);
		if (lack != '-')
			out->met = false;
		if (i > 0 && oracle_rank(outcome) <= oracle_rank(out->outcome))
			continue;
		out->outcome = outcome;
		out->decided = c->rules[i];
		out->lack = lack;
	}
	if (c->exempt && oracle_rank(out->outcome) >= oracle_rank("downgrade"))
		out->outcome = "fallback";
	write_reply(c, out);
}
