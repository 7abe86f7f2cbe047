/*
 * ledger: the parts of hopseal ledger.
 *
 *	ledger.c	options, which part is meant; checkpoint, export,
 *			vkey, backup
 *	ledgerverify.c	verify
 *	ledgerproof.c	prove, check-proof
 *
 * Exit code: 0 done and good, 1 something does not fit, 64 wrong usage, 65
 * not found, 69 the ledger cannot be used, 78 configuration.
 */
#ifndef HOPSEAL_CTL_LEDGER_H
#define HOPSEAL_CTL_LEDGER_H

#include "milter/ctl/period.h"
#include "policy/base/buf.h"

enum { LEDGER_MISFIT = 1 };

/* What the command line says. */
struct ledger_request {
	const char *config_file;
	const char *ledger;
	const char *key;
	const char *checkpoint;
	const char *domain;
	int64_t seq;
	struct period period;
	const char *argument; /* QUEUE-ID, BUNDLE or FILE; NULL: none */
	const char *path;     /* of the ledger */
};

/* Say how it is used; returns the exit code. */
int ledger_usage(void);

/* Complain, and the exit code that belongs to the status. */
int ledger_complain(enum status status, const struct fault *fault);

/*
 * Append all of a file, or of standard input for "-". Fails: NOTFOUND, after
 * a complaint; LIMIT, NOMEM.
 */
enum status ledger_file(const char *name, struct buf *out) MUST_CHECK;

/*
 * A verifier key as text, or the name of a file that holds it; NULL: nothing.
 * Fails: as ledger_file.
 */
enum status ledger_key(const char *key, struct buf *out) MUST_CHECK;

/* The parts. Each returns the exit code. */
int ledger_verify(const struct ledger_request *request);
int ledger_prove(const struct ledger_request *request);
int ledger_check_proof(const struct ledger_request *request);

#endif
