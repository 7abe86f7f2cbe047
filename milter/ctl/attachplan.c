#include "milter/ctl/attachplan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/privileges.h"

enum { CHUNK = 64 * 1024 };

enum status
plan_init(struct plan *plan, struct fault *fault)
{
	enum status status;

	memset(plan, 0, sizeof(*plan));
	status = arena_new(CHUNK, PLAN_MEMORY, &plan->arena);
	if (status != STATUS_OK)
		return fault_set(fault, status, "no memory");
	return STATUS_OK;
}

void
plan_clear(struct plan *plan)
{
	arena_free(&plan->arena);
}

const char *
plan_text(struct plan *plan, const char *text)
{
	return arena_copy(plan->arena, slice_of(text));
}

struct step *
plan_add(struct plan *plan, enum step_kind kind, const char *target)
{
	struct step *step = &plan->step[plan->count];

	if (plan->count == PLAN_STEPS)
		return NULL;
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->target = plan_text(plan, target);
	if (step->target == NULL)
		return NULL;
	plan->count++;
	return step;
}

bool
plan_changes(const struct plan *plan, bool is_ours)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->step[i].is_ours == is_ours)
			return true;
	return false;
}

/* Lines, each behind a mark. */
static void
print_lines(const char *mark, const char *text)
{
	struct slice rest = slice_of(text);

	while (rest.at != NULL && rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');

		(void)printf("     %s%.*s\n", mark, (int)line.len, line.at);
	}
}

static void
print_step(const struct step *step)
{
	switch (step->kind) {
	case STEP_FILE:
		(void)printf("%s\n", step->target);
		print_lines("", step->shown);
		break;
	case STEP_FOLDER:
		(void)printf("folder %s\n", step->target);
		(void)printf("     owner %s, group %s, mode %04o\n",
		    step->owner, step->group, (unsigned)step->mode);
		break;
	case STEP_PARAMETER:
		(void)printf("postconf -e '%s = %s'\n", step->target,
		    step->value);
		(void)printf("     it is now: %s\n",
		    step->was == NULL ? "not set" : step->was);
		break;
	}
	(void)printf("     why: %s\n", step->why);
}

void
plan_print(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		(void)printf("%s%3zu. ", i == 0 ? "" : "\n", i + 1);
		print_step(&plan->step[i]);
	}
}

/* By descriptor: a link that somebody put there gives nothing else away. */
static bool
give_folder(const struct step *step, uid_t user, gid_t group)
{
	int fd = open(step->target,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error;
	bool good;

	if (fd < 0)
		return false;
	good = fchown(fd, user, group) == 0 && fchmod(fd, step->mode) == 0;
	error = errno;
	(void)close(fd);
	errno = error;
	return good;
}

enum status
plan_make_folder(const struct step *step, struct fault *fault)
{
	struct account account;
	gid_t group;
	enum status status = account_find(step->owner, &account, fault);

	if (status == STATUS_OK)
		status = group_find(step->group, &group, fault);
	if (status != STATUS_OK)
		return status;
	if (mkdir(step->target, step->mode) != 0 && errno != EEXIST)
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot make the folder %s", step->target);
	if (!give_folder(step, account.user, group))
		return fault_errno(fault, STATUS_IO, errno,
		    "cannot give the folder %s its owner", step->target);
	return STATUS_OK;
}
