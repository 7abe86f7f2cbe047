#include "milter/ctl/attachstate.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ctl/input.h"
#include "milter/ctl/textfile.h"

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
	return access(state->folder, F_OK) == 0;
}

static bool
is_private(const char *folder)
{
	struct stat info;

	return lstat(folder, &info) == 0 && S_ISDIR(info.st_mode) &&
	    info.st_uid == geteuid() &&
	    (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

enum status
attachstate_check(const struct attachstate *state, struct fault *fault)
{
	char above[ATTACHSTATE_PATH];

	memcpy(above, state->folder, sizeof(above));
	if (is_private(state->folder) && is_private(dirname(above)))
		return STATUS_OK;
	return fault_set(fault, STATUS_DENIED, "%s is refused: it, or the "
	    "folder above it, belongs to another user or may be written to "
	    "by others, so that what lies there may not be what attach kept",
	    state->folder);
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
attachstate_keep(const struct attachstate *state, unsigned n,
    const char *file, struct fault *fault)
{
	char before[NAME_LEN], path[NAME_LEN];
	enum status status = make_folders(state, fault);

	(void)name_of(state, n, "before", before);
	if (status != STATUS_OK || access(before, F_OK) == 0)
		return status;
	status = textfile_replace(name_of(state, n, "path", path),
	    slice_of(file), NULL, fault);
	if (status == STATUS_OK)
		status = textfile_copy(file, before, fault);
	return status;
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
	status = input_read(name, &text, NULL);
	return status == STATUS_OK && text.len > 0 ? STATUS_OK
						   : STATUS_NOTFOUND;
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
	    input_read(name, out, NULL) != STATUS_OK)
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
