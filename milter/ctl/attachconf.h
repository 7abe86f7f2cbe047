/*
 * attachconf: the text of hopseal.conf with other sockets in it.
 *
 * The usual socket is replaced where it stands, outside of comments; where it
 * does not, the option is added at the end. All else stays as it is.
 *
 * Threads: no state. Limits: ATTACHCONF_MAX octets of text; a buffer that has
 * that ceiling remembers that it was passed.
 */
#ifndef HOPSEAL_CTL_ATTACHCONF_H
#define HOPSEAL_CTL_ATTACHCONF_H

#include "milter/ctl/attach.h"

#define ATTACHCONF_SOCKET "local:/run/hopseal/milter.sock"
#define ATTACHCONF_NEXTHOP "local:/run/hopseal/nexthop.sock"

enum { ATTACHCONF_MAX = 1024 * 1024 };

/* A file that only observes, with the sockets of view. */
void attachconf_new(const struct attach_view *view, struct buf *out);

/*
 * The text of the file, which is there (attach->config), with those sockets
 * of view put in that it has not; shown gets the lines that change. Fails:
 * IO, LIMIT, NOMEM.
 */
enum status attachconf_edit(const struct attach *attach,
    const struct attach_view *view, struct buf *out, struct buf *shown,
    struct fault *fault) MUST_CHECK;

#endif
