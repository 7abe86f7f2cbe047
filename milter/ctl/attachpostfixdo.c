/*
 * Postfix's side of attach: carry out, undo, reload.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "milter/ctl/attach.h"
#include "milter/ctl/program.h"

enum { OUTPUT_MAX = 64 * 1024 };

enum status
attach_postconf(const struct attach *attach, const char *flag, const char *text,
    struct buf *out, struct fault *fault)
{
	const char *argv[6] = {"postconf"};
	size_t n = 1;

	if (attach->config_dir != NULL) {
		argv[n++] = "-c";
		argv[n++] = attach->config_dir;
	}
	argv[n++] = flag;
	argv[n] = text;
	return program_run(argv, out, fault);
}

enum status
attach_ask_postconf(const struct attach *attach, const char *flag,
    const char *name, char out[ATTACH_VALUE], struct fault *fault)
{
	enum status status;
	struct slice text;
	struct buf answer;

	buf_init(&answer, OUTPUT_MAX);
	status = attach_postconf(attach, flag, name, &answer, fault);
	text = slice_trim(buf_slice(&answer));
	(void)snprintf(out, ATTACH_VALUE, "%.*s", (int)text.len,
	    text.at == NULL ? "" : text.at);
	buf_clear(&answer);
	return status;
}

/* main.cf of this instance. */
static enum status
find_main_cf(const struct attach *attach, char file[ATTACHSTATE_PATH],
    struct fault *fault)
{
	char folder[ATTACH_VALUE];
	enum status status = attach_ask_postconf(attach, "-h",
	    "config_directory", folder, fault);

	(void)snprintf(file, ATTACHSTATE_PATH, "%.*s/main.cf",
	    ATTACHSTATE_PATH - 16, folder);
	return status;
}

/*
 * `+ name = old` as main.cf has it, or `- name` when it has not; then
 * `= name = new`.
 */
static enum status
note_value(const struct attach *attach, const struct step *step,
    struct fault *fault)
{
	char old[ATTACH_VALUE], line[ATTACH_VALUE + 8];
	enum status status = attach_ask_postconf(attach, "-n", step->target,
	    old, fault);

	if (status != STATUS_OK)
		return status;
	(void)snprintf(line, sizeof(line), "%s %s",
	    old[0] == '\0' ? "-" : "+",
	    old[0] == '\0' ? step->target : old);
	status = attachstate_note(&attach->state, "values", line, fault);
	if (status != STATUS_OK)
		return status;
	(void)snprintf(line, sizeof(line), "= %s = %s", step->target,
	    step->value);
	return attachstate_note(&attach->state, "values", line, fault);
}

static enum status
set_value(const struct attach *attach, const struct step *step,
    struct fault *fault)
{
	char text[ATTACH_VALUE];
	struct buf out;
	enum status status = note_value(attach, step, fault);

	if (status != STATUS_OK)
		return status;
	(void)snprintf(text, sizeof(text), "%s = %s", step->target,
	    step->value);
	buf_init(&out, OUTPUT_MAX);
	status = attach_postconf(attach, "-e", text, &out, fault);
	buf_clear(&out);
	return status;
}

enum status
attach_postfix_do(const struct attach *attach, struct fault *fault)
{
	char file[ATTACHSTATE_PATH];
	enum status status = find_main_cf(attach, file, fault);
	struct stat info;
	size_t i;

	/* postconf would put a file in its place. */
	if (status == STATUS_OK && lstat(file, &info) == 0 &&
	    S_ISLNK(info.st_mode))
		return fault_set(fault, STATUS_EXISTS, "%s is a symbolic "
		    "link, and postconf would put a file in its place; make "
		    "these changes by hand where it leads to", file);
	if (status == STATUS_OK)
		status = attachstate_keep(&attach->state, 0, file, fault);
	for (i = 0; status == STATUS_OK && i < attach->plan.count; i++)
		if (attach->plan.step[i].kind == STEP_PARAMETER)
			status = set_value(attach, &attach->plan.step[i],
			    fault);
	if (status == STATUS_OK)
		status = attachstate_seal(&attach->state, 0, fault);
	return status;
}

/* One parameter: old and new are its two lines of `values`. */
static enum status
unset_value(const struct attach *attach, struct slice old, struct slice new,
    struct buf *done, struct fault *fault)
{
	char text[ATTACH_VALUE], now[ATTACH_VALUE], name[ATTACH_VALUE];
	bool was_set = old.at[0] == '+';
	struct slice rest = slice_make(new.at + 2, new.len - 2), mine = rest;
	struct slice word = slice_trim(slice_cut(&rest, '='));
	enum status status;
	struct buf out;

	(void)snprintf(name, sizeof(name), "%.*s", (int)word.len, word.at);
	status = attach_ask_postconf(attach, "-n", name, now, fault);
	if (status != STATUS_OK)
		return status;
	if (!slice_equal(slice_of(now), mine)) {
		buf_printf(done, "  %s is not what attach made of it, and was "
		    "left: see postconf %s\n", name, name);
		return STATUS_OK;
	}
	(void)snprintf(text, sizeof(text), "%.*s", (int)old.len - 2,
	    old.at + 2);
	buf_init(&out, OUTPUT_MAX);
	status = attach_postconf(attach, was_set ? "-e" : "-X", text, &out,
	    fault);
	buf_clear(&out);
	buf_printf(done, "  postconf %s '%s'\n", was_set ? "-e" : "-X", text);
	return status;
}

enum status
attach_postfix_unset(const struct attach *attach, struct buf *done,
    struct fault *fault)
{
	enum status status = STATUS_OK;
	struct slice rest;
	struct buf values;

	buf_init(&values, OUTPUT_MAX);
	attachstate_list(&attach->state, "values", &values);
	rest = buf_slice(&values);
	while (status == STATUS_OK && rest.at != NULL && rest.len > 0) {
		struct slice old = slice_cut(&rest, '\n');
		struct slice new = slice_cut(&rest, '\n');

		if (old.len > 2 && new.len > 2)
			status = unset_value(attach, old, new, done, fault);
	}
	buf_clear(&values);
	return status;
}

enum status
attach_postfix_reload(const struct attach *attach, struct fault *fault)
{
	const char *argv[5] = {"postfix"};
	struct buf out;
	enum status status;
	size_t n = 1;

	if (attach->config_dir != NULL) {
		argv[n++] = "-c";
		argv[n++] = attach->config_dir;
	}
	argv[n] = "reload";
	buf_init(&out, OUTPUT_MAX);
	status = program_run(argv, &out, fault);
	buf_clear(&out);
	return status;
}
