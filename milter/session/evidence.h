/*
 * evidence: what one transaction leaves in the ledger.
 *
 * Collects the accepted recipient domains with their verdicts, and makes
 * the records of LEDGER.md of them: one per recipient domain, one per
 * refusal, one each beside them for stripped stamps and a stamp that could
 * not be made. Without a ledger (env->ledger NULL) nothing is recorded.
 *
 * Threads: one owner; lists lie in the transaction's arena.
 */
#ifndef HOPSEAL_SESSION_EVIDENCE_H
#define HOPSEAL_SESSION_EVIDENCE_H

#include "milter/ledger/ledger.h"
#include "milter/session/client.h"
#include "policy/base/arena.h"

struct evidence_domain;

struct evidence {
	struct evidence_domain *domains; /* the last one met first */
	size_t count;
	struct ledger *announced; /* the ledger expects it; or NULL */
	unsigned announcement;	  /* what it wants back then */
};

/* What all records of a transaction share; borrowed. */
struct evidence_facts {
	struct ledger *ledger; /* NULL: none is kept */
	const struct table *table;
	const struct client *client;
	const struct domain *sender; /* NULL: null sender */
	const struct tlsinfo *tls;
	bool requiretls;
	const char *queue_id; /* NULL: not known */
	const char *stamp_id; /* NULL: not stamped */
	size_t stripped;
	bool stamp_fault;
};

/*
 * Forget the domains (their memory is the arena's), and that the ledger
 * was told to expect them. The struct begins as zeroes.
 */
void evidence_reset(struct evidence *evidence);

/* Tell the ledger (NULL: none) that the message may come to an end. */
void evidence_announce(struct evidence *evidence, struct ledger *ledger);

/* A recipient was accepted. Fails: NOMEM. */
enum status evidence_add(struct evidence *evidence, struct arena *arena,
    const struct domain *domain, const struct verdict *verdict) MUST_CHECK;

/*
 * Record a refusal; nobody waits for it. A record that the ledger cannot
 * take is counted there.
 */
void evidence_refused(const struct evidence_facts *facts,
    const struct domain *recipient, const struct verdict *verdict);

/*
 * Record the accepted message and wait until it is committed. message is the
 * verdict over all, the From field included. Allocates nothing. Fails: as
 * ledger_submit and ledger_wait.
 */
enum status evidence_accepted(struct evidence *evidence,
    const struct evidence_facts *facts,
    const struct verdict *message) MUST_CHECK;

#endif
