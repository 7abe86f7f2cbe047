/*
 * reach: can another user use a socket or a file, from where it lives?
 *
 * A child process takes on the user's groups and identity, enters the root
 * directory that the MTA's process has, and tries: no rule of modes and
 * groups is guessed at. Without root's rights only what this user sees is
 * known.
 *
 * Threads: forks; call with one thread. Limits: REACH_SECONDS. Source:
 * chroot(2); the order of Postfix's chroot_uid().
 */
#ifndef HOPSEAL_CTL_REACH_H
#define HOPSEAL_CTL_REACH_H

#include "policy/base/status.h"

enum { REACH_SECONDS = 5 };

struct reach {
	const char *user;   /* whose view it is */
	const char *root;   /* its root directory, or NULL */
	const char *folder; /* its working directory, for a relative path */
	const char *path;   /* of the socket, as that process names it */
};

/*
 * Fails: NOTFOUND (no such user; no such path), DENIED (a folder or the
 * socket may not be used), BUSY (nobody listens), TIMEOUT, IO; the sentence
 * says what was tried.
 */
enum status reach_socket(const struct reach *reach,
    struct fault *fault) MUST_CHECK;

/*
 * Can user read the file, or write to it (for a folder: make files in it)?
 * Fails: NOTFOUND, DENIED, IO.
 */
enum status reach_read(const char *user, const char *path,
    struct fault *fault) MUST_CHECK;
enum status reach_write(const char *user, const char *path,
    struct fault *fault) MUST_CHECK;

#endif
