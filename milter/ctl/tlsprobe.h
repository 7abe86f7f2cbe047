/*
 * tlsprobe: one TLS handshake as a client, and what the server showed in it.
 *
 * The handshake accepts any certificate; what is wrong with it is told, so
 * that a probe can say how each policy would fare. The socket must be
 * non-blocking; every wait ends at the deadline.
 *
 * Threads: one owner per session. Limits: TLSPROBE_NAMES names. Source:
 * RFC 8446; RFC 9525 (names); ssl(7). With tlsreport, and beside the
 * certificate checks, the only file of the command that knows OpenSSL.
 */
#ifndef HOPSEAL_CTL_TLSPROBE_H
#define HOPSEAL_CTL_TLSPROBE_H

#include <stdint.h>
#include <sys/types.h>

#include "policy/base/status.h"
#include "policy/domain.h"
#include "policy/tlsinfo.h"

enum { TLSPROBE_NAMES = 20 };

/* Why a handshake did not come about. */
enum tls_failure {
	TLS_FAILURE_NONE,
	TLS_FAILURE_PROTOCOL, /* no protocol version in common */
	TLS_FAILURE_CIPHER,   /* no cipher suite in common */
	TLS_FAILURE_CERTIFICATE_WANTED, /* it insists on a client certificate */
	TLS_FAILURE_NOT_TLS,  /* what came is no TLS */
	TLS_FAILURE_CLOSED,   /* it hung up in the middle */
	TLS_FAILURE_TIMEOUT,
	TLS_FAILURE_OTHER /* words tells */
};

/* What is wrong with the chain. */
enum chain_state {
	CHAIN_GOOD,
	CHAIN_EXPIRED,
	CHAIN_NOT_YET,
	CHAIN_SELF_SIGNED,
	CHAIN_UNKNOWN_ISSUER,
	CHAIN_WEAK,
	CHAIN_OTHER /* chain_words tells */
};

struct tls_report {
	enum tls_failure failure;
	char words[128]; /* OpenSSL's, for TLS_FAILURE_OTHER */
	struct tlsinfo info;
	enum chain_state chain;
	char chain_words[128];
	bool name_matches; /* the certificate is for host */
	size_t name_count;
	char names[TLSPROBE_NAMES][DOMAIN_MAX + 1]; /* DNS names */
	char issuer[128];
	int days_left; /* of the server's certificate; negative: expired */
};

struct tlsprobe;

struct tlsprobe_options {
	const char *ca_file;   /* NULL: the system's */
	const char *cert_file; /* client certificate chain, or NULL */
	const char *key_file;
};

/* Gives *out. Fails: IO, CRYPTO with a sentence that names the file. */
enum status tlsprobe_new(const struct tlsprobe_options *options,
    struct tlsprobe **out, struct fault *fault) MUST_CHECK;
void tlsprobe_free(struct tlsprobe **probe);

struct tls_session;

/*
 * Shake hands on fd with host; only: that version and no other, or
 * TLS_VERSION_OTHER for all from 1.0 on. *session is NULL when it failed;
 * report tells why. Fails: NOMEM alone. Borrows fd.
 */
struct tls_target {
	int fd;
	const char *host;
	enum tls_version only;
	int64_t deadline_us; /* clock_monotonic_us() */
};

enum status tlsprobe_handshake(struct tlsprobe *probe,
    const struct tls_target *target, struct tls_session **session,
    struct tls_report *report) MUST_CHECK;

/* Does the server's certificate bear that name (a pattern `*.x` counts)? */
bool tls_session_bears(const struct tls_session *session, const char *name);

/* Octets, 0 at the end, -1 for a fault or when the deadline has come. */
ssize_t tls_session_read(struct tls_session *session, void *data, size_t len,
    int64_t deadline_us);
bool tls_session_write(struct tls_session *session, const void *data,
    size_t len, int64_t deadline_us);

/* Says good-bye as far as that needs no wait; fd stays open. */
void tls_session_free(struct tls_session **session);

/* Wait until fd can be read (or written). Returns false at the deadline. */
bool wait_for_socket(int fd, bool to_write, int64_t deadline_us);

#endif
