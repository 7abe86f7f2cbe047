/*
 * attach: what the parts of hopseal attach share.
 *
 * Each MTA has two functions: one makes the plan, the other carries out the
 * steps that are not plain files and folders. Threads: one owner. Source:
 * hopseald(8), "POSTFIX" and "SENDMAIL"; FACTS.md.
 */
#ifndef HOPSEAL_CTL_ATTACH_H
#define HOPSEAL_CTL_ATTACH_H

#include "milter/config/config.h"
#include "milter/ctl/attachplan.h"
#include "milter/ctl/attachstate.h"
#include "milter/ctl/postfixconf.h"

enum { ATTACH_VALUE = 8192 /* octets of a parameter's value */ };

struct attach {
	const char *config_file;
	const char *config_dir; /* Postfix's; NULL: postconf's own */
	const char *mc;		/* Sendmail's; NULL: there is none */
	const char *cf;
	struct attachstate state;
	const struct config *config; /* NULL: there is no file yet */
	struct plan plan;
};

/* How the MTA sees sockets of this host. */
struct attach_view {
	const char *queue;   /* a chroot, below which they must lie; or NULL */
	const char *group;   /* of the user that connects; NULL: it is root */
	bool wants_nexthop;
	const char *socket;  /* out: as hopseal.conf has or gets it */
	const char *nexthop; /* out: the same, or NULL */
};

/*
 * Plan hopseal's own side: hopseal.conf, if it is not there or names sockets
 * that the MTA cannot see, and the folder of the sockets. Fails: SYNTAX (the
 * file names other sockets that cannot be seen: the sentence says what to
 * write), NOMEM.
 */
enum status attach_plan_hopseal(struct attach *attach,
    struct attach_view *view, struct fault *fault) MUST_CHECK;

/* Carry out the steps of hopseal's own side. Fails: IO, SYNTAX. */
enum status attach_do_hopseal(const struct attach *attach,
    struct fault *fault) MUST_CHECK;

/*
 * Postfix. Plan; see whether hopseald can be reached from where smtpd lives;
 * carry out (with copies kept); undo; reload. notes gets what is left as it
 * is. Fails: as postfixconf_read and program_run.
 */
struct attach_postfix;
enum status attach_postfix_plan(struct attach *attach,
    struct attach_postfix **out, struct buf *notes,
    struct fault *fault) MUST_CHECK;
void attach_postfix_free(struct attach_postfix **postfix);
enum status attach_postfix_reach(const struct attach_postfix *postfix,
    struct fault *fault) MUST_CHECK;
enum status attach_postfix_do(const struct attach *attach,
    struct fault *fault) MUST_CHECK;
/* Restore parameters one by one, in a file that was changed since. */
enum status attach_postfix_unset(const struct attach *attach,
    struct buf *done, struct fault *fault) MUST_CHECK;
enum status attach_postfix_reload(const struct attach *attach,
    struct fault *fault) MUST_CHECK;

/* `postconf FLAG TEXT` of that instance; its output is appended to out. */
enum status attach_postconf(const struct attach *attach, const char *flag,
    const char *text, struct buf *out, struct fault *fault) MUST_CHECK;

/* What `postconf FLAG NAME` says, without the end of line. */
enum status attach_ask_postconf(const struct attach *attach,
    const char *flag, const char *name, char out[ATTACH_VALUE],
    struct fault *fault) MUST_CHECK;

/* Sendmail: edits of the .mc file, if there is one, and the .cf file. */
enum status attach_sendmail_plan(struct attach *attach, struct buf *notes,
    struct fault *fault) MUST_CHECK;
enum status attach_sendmail_do(const struct attach *attach,
    struct fault *fault) MUST_CHECK;

/*
 * Undo what is kept below the folder top: of one MTA, or of all (NULL).
 * Prints what it does; returns the exit code.
 */
int attach_undo(const char *top, const char *mta, bool reload);

#endif
