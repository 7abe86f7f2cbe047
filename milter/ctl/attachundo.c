/*
 * hopseal attach --undo: give the MTA its files back.
 */
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/ctl/attach.h"

enum { TEXT_MAX = 64 * 1024 };

static int
complain(const struct fault *fault, int code)
{
	(void)fprintf(stderr, "hopseal: %s\n", fault->text);
	return code;
}

/* Folders that attach made; one that is in use stays, and that is said. */
static void
remove_folders(const struct attach *attach)
{
	struct slice rest;
	struct buf list;

	buf_init(&list, TEXT_MAX);
	attachstate_list(&attach->state, "folders", &list);
	rest = buf_slice(&list);
	while (rest.at != NULL && rest.len > 0) {
		char folder[ATTACHSTATE_PATH];
		struct slice line = slice_cut(&rest, '\n');

		(void)snprintf(folder, sizeof(folder), "%.*s", (int)line.len,
		    line.at);
		if (folder[0] == '/' && access(folder, F_OK) == 0 &&
		    rmdir(folder) != 0)
			(void)printf("%s is not empty, and stays. hopseald "
			    "has its socket there: stop it, then rmdir %s\n",
			    folder, folder);
	}
	buf_clear(&list);
}

/* A main.cf that was changed since: parameter by parameter. */
static enum status
undo_parameters(struct attach *attach, const struct fault *why,
    struct fault *fault)
{
	enum status status;
	struct buf done;

	(void)printf("%s\nSo only what attach set is taken back:\n",
	    why->text);
	buf_init(&done, TEXT_MAX);
	status = attach_postfix_unset(attach, &done, fault);
	(void)fputs(buf_text(&done), stdout);
	buf_clear(&done);
	return status;
}

static enum status
undo_file(struct attach *attach, unsigned n, bool is_postfix,
    struct fault *fault)
{
	char path[ATTACHSTATE_PATH], folder[ATTACHSTATE_PATH];
	struct fault why;
	enum status status = attachstate_file(&attach->state, n, path);

	/* Number n was never used. */
	if (status == STATUS_NOTFOUND)
		return STATUS_OK;
	status = attachstate_restore(&attach->state, n, &why);
	if (status == STATUS_OK) {
		(void)printf("%s is as it was before.\n", path);
		return status;
	}
	*fault = why;
	if (status != STATUS_EXISTS || !is_postfix)
		return status;
	memcpy(folder, path, sizeof(folder));
	attach->config_dir = dirname(folder);
	return undo_parameters(attach, &why, fault);
}

static int
undo(struct attach *attach, const char *mta, bool reload)
{
	bool is_postfix = strcmp(mta, "postfix") == 0;
	char path[ATTACHSTATE_PATH];
	enum status status = STATUS_OK;
	struct fault fault;
	unsigned n;

	for (n = 0; status == STATUS_OK && n < ATTACHSTATE_FILES; n++)
		status = undo_file(attach, n, is_postfix, &fault);
	if (status != STATUS_OK)
		return complain(&fault, EX_CANTCREAT);
	remove_folders(attach);
	if (reload && is_postfix) {
		if (attachstate_file(&attach->state, 0, path) == STATUS_OK)
			attach->config_dir = dirname(path);
		if (attach_postfix_reload(attach, &fault) != STATUS_OK)
			return complain(&fault, EX_UNAVAILABLE);
	}
	if (attachstate_forget(&attach->state, &fault) != STATUS_OK)
		return complain(&fault, EX_CANTCREAT);
	(void)printf("hopseald is no longer attached to %s.%s\n", mta,
	    reload ? "" : is_postfix ? " Now: postfix reload"
				     : " Now: systemctl restart sendmail");
	return EX_OK;
}

int
attach_undo(const char *top, const char *mta, bool reload)
{
	static const char *const mtas[] = {"postfix", "sendmail"};
	int code = EX_OK;
	size_t i, found = 0;

	for (i = 0; i < LENGTH(mtas); i++) {
		struct attach attach;
		struct fault fault;

		memset(&attach, 0, sizeof(attach));
		if (mta != NULL && strcmp(mta, mtas[i]) != 0)
			continue;
		if (attachstate_at(top, mtas[i], &attach.state, &fault) !=
		    STATUS_OK)
			return complain(&fault, EX_USAGE);
		if (!attachstate_exists(&attach.state))
			continue;
		found++;
		if (attachstate_check(&attach.state, &fault) != STATUS_OK)
			code = complain(&fault, EX_NOPERM);
		else if (undo(&attach, mtas[i], reload) != EX_OK)
			code = EX_CANTCREAT;
	}
	if (found == 0)
		(void)printf("hopseald is not attached by hopseal attach; "
		    "there is nothing to undo.\n");
	return code;
}
