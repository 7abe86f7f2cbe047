/*
 * stampwrite: what a stamp says, as the tags of its field.
 *
 *	stampwrite_check -> stampwrite_facts -> coverage_put_names
 *	    -> stampwrite_hash -> (sign what was written)
 *	    -> stampwrite_signature
 *
 * stampread.h reads it again: both ask grammar.h.
 *
 * Threads: no state. Limits: none here; what is written to has one, and
 * remembers that it was passed. Source: STAMP.md, "Shape".
 */
#ifndef HOPSEAL_STAMP_STAMPWRITE_H
#define HOPSEAL_STAMP_STAMPWRITE_H

#include "milter/stamp/binding.h"
#include "milter/stamp/digest.h"
#include "milter/stamp/fold.h"
#include "milter/stamp/key.h"
#include "policy/decide.h"

/* What the stamp says; every pointer is borrowed. */
struct stamp_facts {
	const char *domain;   /* d= */
	const char *selector; /* s= */
	int64_t time;	      /* t=, seconds since 1970 UTC */
	const char *by;	      /* by= */
	const char *queue_id; /* id=, or NULL */
	const struct tlsinfo *tls;
	const struct ipaddr *client; /* ip=, or NULL */
	const struct domain *sender; /* DOMAIN_NONE for <> */
	const struct domain *recipient; /* shared by all, or NULL */
	/*
	 * Address for rs= and rc=, without brackets, if exactly one recipient
	 * was accepted; else NULL. Its domain part is normalized here.
	 */
	const char *address;
	enum mode mode;
	bool requiretls;
	bool next_require; /* next=require */
	bool is_sendmail; /* leave out of h= what Sendmail will rewrite */
};

/*
 * Do they fit into the tags that must be there? Fails: SYNTAX (the sentence
 * names the fact).
 */
enum status stampwrite_check(const struct stamp_facts *facts,
    struct fault *fault) MUST_CHECK;

/*
 * v= to next=, of facts that were checked. salt is for rs=; an address that
 * cannot be bound is left out. Fails: CRYPTO.
 */
enum status stampwrite_facts(const struct stamp_facts *facts,
    enum stamp_algorithm algorithm, const unsigned char salt[BINDING_SALT],
    struct fold *fold) MUST_CHECK;

/* bh=, and `b=` without its value, each on a line of its own. */
void stampwrite_hash(const unsigned char body_hash[DIGEST_LEN],
    struct fold *fold);

/* The value of b=, in lines of Base64 that are folded with LF. */
void stampwrite_signature(const unsigned char *signature, size_t len,
    struct buf *out);

#endif
