/*
 * Carries out hopseal's own side of attach: hopseal.conf is tried before it
 * takes the place of the old one.
 */
#include "milter/ctl/attach.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/textfile.h"

enum { NAME_LEN = 1200 };

static void
keep_first(void *context, const char *sentence)
{
	struct fault *fault = context;

	if (fault->text[0] == '\0')
		(void)fault_set(fault, STATUS_SYNTAX, "%s", sentence);
}

/* Is the new text a configuration? It is tried beside the old one. */
static enum status
try_conf(const struct step *step, struct fault *fault)
{
	char name[NAME_LEN];
	struct config *config;
	struct fault found = {STATUS_OK, ""};
	enum status status;

	(void)snprintf(name, sizeof(name), "%s.attach-%ld", step->target,
	    (long)getpid());
	status = textfile_replace(name, slice_of(step->value), NULL, fault);
	if (status != STATUS_OK)
		return status;
	status = config_read(name, keep_first, &found, &config);
	if (status == STATUS_OK)
		config_free(&config);
	else
		(void)fault_set(fault, status, "with the sockets put in, the "
		    "configuration would have errors (%s); write them into "
		    "%s by hand:\n%s", found.text, step->target,
		    step->shown);
	(void)unlink(name);
	return status;
}

static enum status
do_conf(const struct step *step, struct fault *fault)
{
	struct stat info;
	bool is_there = stat(step->target, &info) == 0;
	enum status status;
	char folder[NAME_LEN];

	if (!is_there) {
		(void)snprintf(folder, sizeof(folder), "%s", step->target);
		if (mkdir(dirname(folder), 0755) != 0 && errno != EEXIST)
			return fault_errno(fault, STATUS_IO, errno,
			    "cannot make the folder of %s", step->target);
	}
	status = try_conf(step, fault);
	if (status == STATUS_OK)
		status = textfile_replace(step->target,
		    slice_of(step->value), is_there ? &info : NULL, fault);
	return status;
}

enum status
attach_do_hopseal(const struct attach *attach, struct fault *fault)
{
	enum status status = STATUS_OK;
	size_t i;

	for (i = 0; status == STATUS_OK && i < attach->plan.count; i++) {
		const struct step *step = &attach->plan.step[i];

		if (!step->is_ours)
			continue;
		if (step->kind == STEP_FOLDER) {
			status = plan_make_folder(step, fault);
			if (status == STATUS_OK)
				status = attachstate_note(&attach->state,
				    "folders", step->target, fault);
		} else {
			status = do_conf(step, fault);
		}
	}
	return status;
}
