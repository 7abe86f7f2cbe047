#include "milter/ctl/attachstate.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/input.h"
#include "milter/system/textfile.h"

enum { NAME_LEN = ATTACHSTATE_PATH + 32, LIST_MAX = 64 * 1024 };

static const char *const lists[] = {"folders", "values"};

enum status
attachstate_at(const char *top, const char *mta, struct attachstate *out,
    struct fault *fault)
{
	int len = snprintf(out->folder, sizeof(out->folder), "%s/%s", top,
	    mta);

	if (len < 0 || (size_t)len >= sizeof(out->folder))
		return fault_set(fault, STATUS_LIMIT,
		    "the name of the state folder is too long: %s", top);
	return STATUS_OK;
}

bool
attachstate_exists(const struct attachstate *state)
{
	return access(state->folder, F_OK) == 0 || errno != ENOENT;
}

static bool
is_private(const char *folder)
{
	struct stat info;

	return lstat(folder, &info) == 0 && S_ISDIR(info.st_mode) &&
	    info.st_uid == geteuid() &&
	    (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Whoever may rename what lies in a folder can put another in its place. */
static bool
is_safe_above(const char *folder)
{
	struct stat info;

	return stat(folder, &info) == 0 &&
	    (info.st_uid == 0 || info.st_uid == geteuid()) &&
	    ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
		(info.st_mode & S_ISVTX) != 0);
}

enum status
attachstate_check(const struct attachstate *state, struct fault *fault)
{
	char storage[ATTACHSTATE_PATH];
	char *at = storage;
	bool is_safe = is_private(state->folder);

	if (access(state->folder, R_OK | X_OK) != 0 && errno == EACCES)
		return fault_set(fault, STATUS_DENIED, "%s cannot be read by "
		    "this user; run hopseal attach as root", state->folder);
	memcpy(storage, state->folder, sizeof(storage));
	if (is_safe) {
		at = dirname(at);
		is_safe = is_private(at);
	}
	while (is_safe && strcmp(at, "/") != 0 && strcmp(at, ".") != 0) {
		at = dirname(at);
		is_safe = is_safe_above(at);
	}
	if (is_safe)
		return STATUS_OK;
	return fault_set(fault, STATUS_DENIED, "%s is refused: %s belongs to "
	    "another user or may be written to by others, so that what lies "
	    "there may not be what attach kept", state->folder, at);
}

static const char *
name_of(const struct attachstate *state, unsigned n, const char *what,
    char out[NAME_LEN])
{
	(void)snprintf(out, NAME_LEN, "%s/%u.%s", state->folder, n, what);
	return out;
}

/* The folder and those above it; what is kept may hold secrets. */
static enum status
make_folders(const struct attachstate *state, struct fault *fault)
{
	char path[NAME_LEN];
	char *at = path;

	(void)snprintf(path, sizeof(path), "%s/", state->folder);
	while ((at = strchr(at + 1, '/')) != NULL) {
		*at = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return fault_errno(fault, STATUS_IO, errno,
			    "cannot make the folder %s", path);
		*at = '/';
	}
	return attachstate_check(state, fault);
}

enum status
attachstate_file(const struct attachstate *state, unsigned n,
    char path[ATTACHSTATE_PATH])
{
	char name[NAME_LEN];
	enum status status;
	struct buf text;

	buf_init_fixed(&text, path, ATTACHSTATE_PATH);
	if (access(name_of(state, n, "path", name), R_OK) != 0)
		return STATUS_NOTFOUND;
	status = input_read_regular(name, &text, NULL);
	return status == STATUS_OK && text.len > 0 ? STATUS_OK
						   : STATUS_NOTFOUND;
}

/* A copy can only be trusted while nobody but attach changed the file. */
static enum status
check_kept(const struct attachstate *state, unsigned n, const char *kept,
    const char *file, struct fault *fault)
{
	char before[NAME_LEN], after[NAME_LEN];

	if (strcmp(kept, file) != 0)
		return fault_set(fault, STATUS_EXISTS, "%s keeps %s already; "
		    "for %s name another folder with --state-dir",
		    state->folder, kept, file);
	if (textfile_same(file, name_of(state, n, "before", before)) ||
	    textfile_same(file, name_of(state, n, "after", after)))
		return STATUS_OK;
	return fault_set(fault, STATUS_EXISTS, "%s was changed since hopseal "
	    "attach; so that --undo loses nothing, first run: hopseal attach "
	    "--undo; then this again", file);
}

/* The path is last: with it, the copy is whole. */
static enum status
keep(const struct attachstate *state, unsigned n, const char *file,
    struct fault *fault)
{
	char name[NAME_LEN], kept[ATTACHSTATE_PATH];
	enum status status;

	if (attachstate_file(state, n, kept) == STATUS_OK)
		return check_kept(state, n, kept, file, fault);
	status = textfile_copy(file, name_of(state, n, "before", name),
	    fault);
	if (status == STATUS_OK)
		status = textfile_replace(name_of(state, n, "path", name),
		    slice_of(file), NULL, fault);
	return status;
}

/* By its whole name: who takes it back may be in another folder. */
enum status
attachstate_keep(const struct attachstate *state, unsigned n,
    const char *file, struct fault *fault)
{
	enum status status = make_folders(state, fault);
	char *real;

	if (status != STATUS_OK)
		return status;
	real = realpath(file, NULL);
	if (real == NULL)
		return fault_errno(fault, errno == ENOENT ? STATUS_NOTFOUND
		    : STATUS_IO, errno, "%s", file);
	if (strlen(real) < ATTACHSTATE_PATH)
		status = keep(state, n, real, fault);
	else
		status = fault_set(fault, STATUS_LIMIT,
		    "the name of the file is too long: %s", real);
	free(real);
	return status;
}

enum status
attachstate_seal(const struct attachstate *state, unsigned n,
    struct fault *fault)
{
	char path[ATTACHSTATE_PATH], after[NAME_LEN];

	if (attachstate_file(state, n, path) != STATUS_OK)
		return fault_set(fault, STATUS_IO, "%s is not complete",
		    state->folder);
	return textfile_copy(path, name_of(state, n, "after", after), fault);
}

void
attachstate_list(const struct attachstate *state, const char *list,
    struct buf *out)
{
	char name[NAME_LEN];

	(void)snprintf(name, sizeof(name), "%s/%s", state->folder, list);
	if (access(name, R_OK) == 0 &&
	    input_read_regular(name, out, NULL) != STATUS_OK)
		buf_reset(out);
}

enum status
attachstate_note(const struct attachstate *state, const char *list,
    const char *line, struct fault *fault)
{
	char name[NAME_LEN];
	enum status status = make_folders(state, fault);
	struct buf text;

	if (status != STATUS_OK)
		return status;
	buf_init(&text, LIST_MAX);
	attachstate_list(state, list, &text);
	buf_printf(&text, "%s\n", line);
	(void)snprintf(name, sizeof(name), "%s/%s", state->folder, list);
	status = textfile_replace(name, buf_slice(&text), NULL, fault);
	buf_clear(&text);
	return status;
}

enum status
attachstate_restore(const struct attachstate *state, unsigned n,
    struct fault *fault)
{
	char path[ATTACHSTATE_PATH], before[NAME_LEN], after[NAME_LEN];

	(void)name_of(state, n, "before", before);
	(void)name_of(state, n, "after", after);
	if (attachstate_file(state, n, path) != STATUS_OK)
		return fault_set(fault, STATUS_IO, "%s is not complete",
		    state->folder);
	/* One that was kept, but never changed, is as it was. */
	if (textfile_same(path, before))
		return textfile_copy(before, path, fault);
	if (!textfile_same(path, after))
		return fault_set(fault, STATUS_EXISTS,
		    "%s was changed since hopseal attach; as it was before, "
		    "it is in %s", path, before);
	return textfile_copy(before, path, fault);
}

enum status
attachstate_forget(const struct attachstate *state, struct fault *fault)
{
	static const char *const kinds[] = {"path", "before", "after"};
	char name[NAME_LEN];
	unsigned n;
	size_t i;

	for (n = 0; n < ATTACHSTATE_FILES; n++)
		for (i = 0; i < LENGTH(kinds); i++)
			(void)unlink(name_of(state, n, kinds[i], name));
	for (i = 0; i < LENGTH(lists); i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", state->folder,
		    lists[i]);
		(void)unlink(name);
	}
	if (rmdir(state->folder) != 0)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot remove %s", state->folder);
	return STATUS_OK;
}
