/*
 * oracle: the verdicts of POLICY.md, written down a second time.
 *
 * It shares no type, table or line with policy/: what it says is read off the
 * tables and sentences of POLICY.md ("What a rule says", "Levels",
 * "Decision", "Replies", "Rulings"). test_level.c and test_decide.c compare
 * the two over their whole products.
 */
#ifndef HOPSEAL_TESTS_UNIT_ORACLE_H
#define HOPSEAL_TESTS_UNIT_ORACLE_H

#include <stdbool.h>

/* One session as the policy sees it. */
struct oracle_session {
	char state;  /* 'u'nknown, 'n'one, 'e'stablished */
	int version; /* ten times the TLS version: 13 is 1.3; 0: no TLS */
	int bits;    /* -1: no number */
	bool cipher_named, weak, forward_secret, aead;
	bool trusted;
	const char *name; /* of the certificate, normalized */
	const char *version_text, *cipher_text;
};

struct oracle_rule {
	const char *title; /* policy domain or client */
	char side;	   /* 'f'rom, 't'o, 'c'lient, 'R'EQUIRETLS */
	char mode;	   /* 'r'equire, 'p'refer, 'f'allback-allowed */
	char action;	   /* 'r'eject, 'd'efer */
	char operation;	   /* 'o'bserve, 's'tamp, 'e'nforce */
	int min_version;
	int min_bits;
	char ciphers;	    /* 'a'ny, 'f'orward-secret, 'b'cp195 */
	char peer;	    /* 'a'ny, 't'rusted, 'n'amed */
	const char *names[3]; /* none: the title and `*.` of it */
	const char *help;   /* NULL: none */
	long patience, memory;
};

struct oracle_history {
	long met_ago;	/* -1: never */
	long plain_ago; /* -1: no episode open */
};

struct oracle_case {
	struct oracle_session session;
	const struct oracle_rule *rules[8]; /* in the order of POLICY.md */
	int rule_count;
	struct oracle_history history;
	const char *sender; /* NULL: null sender or literal, no memory */
	bool exempt;
	bool at_eom;
};

struct oracle_verdict {
	const char *outcome; /* as outcome_name() spells it */
	const struct oracle_rule *decided;
	char lack; /* see oracle_lack() */
	char code[4], xcode[8], text[1024];
	const char *help;
	bool met;
};

/*
 * What the session lacks of the rule's level: '-' nothing, 'u' state not
 * known, 'n' no TLS, 'v'ersion, 'b'its, 'c'ipher, 't'rust, na'm'e.
 */
char oracle_lack(const struct oracle_rule *rule,
    const struct oracle_session *session);

void oracle_decide(const struct oracle_case *c, struct oracle_verdict *out);

/* Does the certificate name match (`*.` for exactly one label)? */
bool oracle_name_matches(const char *name, const char *pattern);

/* The place of an outcome in the order of strictness. */
int oracle_rank(const char *outcome);

#endif
