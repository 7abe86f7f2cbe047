/*
 * policy: the parts of hopseal policy, the fleet's policy at the centre.
 *
 *	policy.c      options, and which part is meant
 *	policykey.c   keygen; the key that signs
 *	policypush.c  push, rollback
 *	policyshow.c  history, show, diff
 *
 * Exit codes: 0; 64 usage; 65 what was given is refused; 69 the centre cannot
 * be asked; 75 somebody else was quicker; 78 hopseal.conf.
 */
#ifndef HOPSEAL_CTL_POLICY_H
#define HOPSEAL_CTL_POLICY_H

#include "milter/config/config.h"
#include "milter/fleet/centre.h"

#define POLICY_DEFAULT_KEY "/etc/hopseal/policy.pem"

/* What the command line says. */
struct policy_request {
	const char *config_file;
	const char *source; /* NULL: that of the configuration */
	const char *key_file;
	const char *author; /* NULL: the login name */
	const char *comment;
	const char *name; /* keygen */
	const char *out;  /* keygen */
	unsigned long limit;
	unsigned long base; /* 0: not given */
	int count;	    /* of what are no options */
	char **words;
};

/* The centre, and what is needed to believe it. */
struct policy_session {
	struct config *config;
	struct centre *centre;
};

/* Returns -1, or the exit code after a complaint. Pair: policy_close. */
int policy_open(const struct policy_request *request,
    struct policy_session *out);
void policy_close(struct policy_session *session);

/* Complain, and the exit code that belongs to the fault. */
int policy_complain(const struct fault *fault);

/*
 * A version as it was signed, its text appended. Fails: as editions_fetch,
 * edition_open and edition_match.
 */
enum status policy_fetch(const struct policy_session *session,
    uint64_t version, struct edition *edition, struct buf *text,
    struct fault *fault) MUST_CHECK;

/* A version number from the command line. False: a complaint was made. */
bool policy_version(const char *word, uint64_t *out);

/* The key of file, and which of the configured ones it is. */
struct policy_signer {
	struct notary_key *key;
	const struct vkey *vkey; /* lies in config */
};

/* Fails: as secret_read; SYNTAX, NOTFOUND (policy-key does not name it). */
enum status policy_signer_read(const char *file, const struct config *config,
    struct policy_signer *out, struct fault *fault) MUST_CHECK;

int policy_keygen(const struct policy_request *request);
int policy_check(const struct policy_request *request);
int policy_push(const struct policy_request *request);
int policy_rollback(const struct policy_request *request);
int policy_history(const struct policy_request *request);
int policy_show(const struct policy_request *request);
int policy_diff(const struct policy_request *request);

#endif
