/*
 * Sendmail's side of attach: a filter in sendmail.mc and in sendmail.cf.
 *
 * Both are edited, each in its own language, so that a sendmail.cf that is
 * made anew from the .mc file says the same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/ctl/attach.h"
#include "milter/system/input.h"
#include "milter/ctl/sendmailcf.h"
#include "milter/system/textfile.h"
#include "milter/system/endpoint.h"

/* How long Sendmail waits: to connect, to send, to read, for the end. */
#define TIMEOUTS "T=C:30s;S:30s;R:30s;E:5m"

enum { LINE_LEN = 512 };

/* `S=SOCKET, F=T, T=...`: F=T lets mail wait while hopseald is down. */
static void
put_equates(const char *socket, char out[LINE_LEN])
{
	(void)snprintf(out, LINE_LEN, "S=%s, F=T, " TIMEOUTS, socket);
}

/* The line behind which ours comes: the last filter, or before a mailer. */
static struct slice
find_place(struct slice text, bool *is_behind)
{
	struct slice rest = text, line, filter = {NULL, 0}, mailer = {NULL, 0};

	while (rest.at != NULL && rest.len > 0) {
		line = slice_cut(&rest, '\n');
		if (slice_begins_nocase(line, "INPUT_MAIL_FILTER("))
			filter = line;
		else if (mailer.at == NULL &&
		    slice_begins_nocase(line, "MAILER("))
			mailer = line;
	}
	*is_behind = filter.at != NULL;
	return *is_behind ? filter : mailer;
}

/* The last line of a file may lack its end. */
static void
end_line(struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
}

static void
put_inserted(struct slice text, struct slice place, bool is_behind,
    const char *line, struct buf *out)
{
	size_t at = place.at == NULL ? text.len
				     : (size_t)(place.at - text.at);

	if (is_behind)
		at += place.len + 1;
	if (at > text.len)
		at = text.len;
	buf_put_slice(out, slice_make(text.at, at));
	end_line(out);
	buf_puts(out, line);
	buf_putc(out, '\n');
	buf_put_slice(out, slice_make(text.at + at, text.len - at));
}

/* A file that is to get text, of which shown is new. */
static enum status
add_file(struct attach *attach, const char *file, const struct buf *text,
    const char *shown, const char *why)
{
	struct step *step = plan_add(&attach->plan, STEP_FILE, file);

	if (step == NULL || buf_status(text) != STATUS_OK)
		return STATUS_NOMEM;
	step->value = arena_copy(attach->plan.arena, buf_slice(text));
	step->shown = plan_text(&attach->plan, shown);
	step->why = why;
	return step->value == NULL || step->shown == NULL ? STATUS_NOMEM
							  : STATUS_OK;
}

/* A statement that is not behind `dnl`. */
static bool
mc_holds(struct slice text, const char *word)
{
	while (text.at != NULL && text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (!slice_begins_nocase(slice_trim(line), "dnl") &&
		    slice_holds(line, word))
			return true;
	}
	return false;
}

static enum status
plan_mc(struct attach *attach, const char *socket, struct fault *fault)
{
	char equates[LINE_LEN], line[2 * LINE_LEN];
	struct buf text, new;
	enum status status;
	struct slice place;
	bool is_behind;

	buf_init(&text, TEXTFILE_MAX);
	buf_init(&new, TEXTFILE_MAX);
	status = input_read_regular(attach->mc, &text, fault);
	put_equates(socket, equates);
	(void)snprintf(line, sizeof(line),
	    "INPUT_MAIL_FILTER(`hopseal', `%s')dnl", equates);
	if (status == STATUS_OK &&
	    mc_holds(buf_slice(&text), "confINPUT_MAIL_FILTERS"))
		status = fault_set(fault, STATUS_SYNTAX, "%s lists its "
		    "filters in confINPUT_MAIL_FILTERS; add hopseal to that "
		    "list by hand, and this line before it:\n  "
		    "MAIL_FILTER(`hopseal', `%s')dnl", attach->mc, equates);
	if (status == STATUS_OK && !mc_holds(buf_slice(&text), socket)) {
		place = find_place(buf_slice(&text), &is_behind);
		put_inserted(buf_slice(&text), place, is_behind, line, &new);
		status = add_file(attach, attach->mc, &new, line,
		    is_behind ? "hopseal comes last, behind filters that may "
				"change the message"
			      : "Sendmail asks hopseald about all mail that "
				"comes in by SMTP");
	}
	buf_clear(&new);
	buf_clear(&text);
	return status;
}

/* `O InputMailFilters=a, b` with ours behind them. */
static void
put_filters(struct slice text, const char *line, struct buf *out)
{
	struct slice rest = text, current;
	struct slice last = {NULL, 0};

	while ((current = sendmailcf_next(&rest)).at != NULL)
		if (sendmailcf_value(current, "InputMailFilters").at != NULL)
			last = current;
	if (last.at == NULL) {
		buf_put_slice(out, text);
		end_line(out);
		buf_puts(out, line);
		buf_putc(out, '\n');
		return;
	}
	buf_put_slice(out, slice_make(text.at, (size_t)(last.at - text.at)));
	buf_puts(out, line);
	buf_putc(out, '\n');
	last.len += last.at + last.len < text.at + text.len;
	buf_put_slice(out, slice_make(last.at + last.len,
	    (size_t)(text.at + text.len - (last.at + last.len))));
}

/* Does a filter in the list have that socket? */
static bool
cf_has(struct slice cf, const char *socket)
{
	struct slice names = sendmailcf_option(cf, "InputMailFilters");

	while (names.at != NULL) {
		struct slice name = slice_trim(slice_cut(&names, ','));
		struct slice equates = sendmailcf_filter(cf, name);

		if (slice_is(sendmailcf_equate(equates, "S"), socket))
			return true;
	}
	return false;
}

static enum status
plan_cf(struct attach *attach, const char *socket, struct fault *fault)
{
	char equates[LINE_LEN];
	struct buf text, new, shown;
	struct slice names;
	enum status status;

	buf_init(&text, TEXTFILE_MAX);
	buf_init(&new, TEXTFILE_MAX);
	buf_init(&shown, TEXTFILE_MAX);
	status = input_read_regular(attach->cf, &text, fault);
	put_equates(socket, equates);
	names = sendmailcf_option(buf_slice(&text), "InputMailFilters");
	if (status == STATUS_OK &&
	    sendmailcf_filter(buf_slice(&text), slice_of("hopseal")).at !=
		NULL && !cf_has(buf_slice(&text), socket))
		status = fault_set(fault, STATUS_EXISTS, "%s has a filter "
		    "hopseal already, which is not in InputMailFilters or "
		    "has another socket than %s; correct or remove it by "
		    "hand", attach->cf, socket);
	if (status == STATUS_OK && !cf_has(buf_slice(&text), socket)) {
		buf_puts(&shown, "O InputMailFilters=");
		buf_put_slice(&shown, names);
		buf_puts(&shown, names.len == 0 ? "hopseal" : ", hopseal");
		put_filters(buf_slice(&text), buf_text(&shown), &new);
		end_line(&new);
		buf_printf(&new, "Xhopseal, %s\n", equates);
		buf_printf(&shown, "\nXhopseal, %s", equates);
		status = add_file(attach, attach->cf, &new, buf_text(&shown),
		    "the same, in the file that Sendmail reads");
	}
	buf_clear(&shown);
	buf_clear(&new);
	buf_clear(&text);
	return status;
}

/* Sendmail does without a filter whose folder others may write to. */
static void
note_folder(const char *socket, struct buf *notes)
{
	struct endpoint endpoint;
	struct stat info;
	char *slash;

	if (endpoint_parse(slice_of(socket), &endpoint, NULL) != STATUS_OK ||
	    endpoint.family != AF_UNIX)
		return;
	while ((slash = strrchr(endpoint.path, '/')) != NULL &&
	    slash != endpoint.path) {
		*slash = '\0';
		if (stat(endpoint.path, &info) == 0 &&
		    (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
			buf_printf(notes, "Others may write to %s, and "
			    "Sendmail does without a filter whose socket "
			    "lies there: chmod go-w %s\n", endpoint.path,
			    endpoint.path);
	}
}

enum status
attach_sendmail_plan(struct attach *attach, struct buf *notes,
    struct fault *fault)
{
	struct attach_view view = {NULL, NULL, false, NULL, NULL};
	enum status status = attach_plan_hopseal(attach, &view, fault);

	if (status != STATUS_OK)
		return status;
	(void)fault_set(fault, STATUS_NOMEM, "no memory");
	if (attach->mc != NULL)
		status = plan_mc(attach, view.socket, fault);
	if (status == STATUS_OK)
		status = plan_cf(attach, view.socket, fault);
	if (attach->mc == NULL)
		buf_printf(notes, "There is no sendmail.mc, so only %s is "
		    "changed: who makes it anew must add the filter.\n",
		    attach->cf);
	note_folder(view.socket, notes);
	return status;
}

enum status
attach_sendmail_do(const struct attach *attach, struct fault *fault)
{
	enum status status = STATUS_OK;
	unsigned n = 0;
	size_t i;

	for (i = 0; status == STATUS_OK && i < attach->plan.count; i++) {
		const struct step *step = &attach->plan.step[i];
		struct stat info;

		if (step->is_ours || step->kind != STEP_FILE)
			continue;
		status = attachstate_keep(&attach->state, n, step->target,
		    fault);
		if (status == STATUS_OK && stat(step->target, &info) != 0)
			status = fault_set(fault, STATUS_NOTFOUND,
			    "there is no %s", step->target);
		if (status == STATUS_OK)
			status = textfile_replace(step->target,
			    slice_of(step->value), &info, fault);
		if (status == STATUS_OK)
			status = attachstate_seal(&attach->state, n++, fault);
	}
	return status;
}
