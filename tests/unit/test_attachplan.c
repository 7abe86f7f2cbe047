#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <grp.h>
#include <pwd.h>

#include "milter/ctl/attachplan.h"
#include "tests/unit/check.h"
#include "tests/unit/workspace.h"

/* Ours, so that whoever runs the tests may give the folder to himself. */
static void
step_for(const char *folder, struct step *out)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = getgrgid(getegid());

	assert_non_null(user);
	assert_non_null(group);
	*out = (struct step){.kind = STEP_FOLDER, .target = folder,
	    .owner = user->pw_name, .group = group->gr_name, .mode = 0750};
}

static mode_t
mode_of(const char *folder)
{
	struct stat info;

	assert_int_equal(stat(folder, &info), 0);
	return info.st_mode & 07777;
}

static void
makes_a_folder(void **state)
{
	struct fault fault;
	struct step step;

	(void)state;
	step_for("new", &step);
	assert_int_equal(plan_make_folder(&step, &fault), STATUS_OK);
	assert_int_equal(mode_of("new"), 0750);
	assert_int_equal(chmod("new", 0700), 0);
	assert_int_equal(plan_make_folder(&step, &fault), STATUS_OK);
	assert_int_equal(mode_of("new"), 0750);
	assert_int_equal(rmdir("new"), 0);
}

/* Who may write above it could have put a link there in between. */
static void
gives_no_other_folder_away(void **state)
{
	struct fault fault;
	struct step step;

	(void)state;
	assert_int_equal(mkdir("other", 0711), 0);
	assert_int_equal(symlink("other", "link"), 0);
	step_for("link", &step);
	assert_int_equal(plan_make_folder(&step, &fault), STATUS_IO);
	assert_int_equal(mode_of("other"), 0711);
	assert_int_equal(rmdir("other"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(makes_a_folder),
	    check_unit_test(gives_no_other_folder_away),
	};

	return cmocka_run_group_tests_name("attachplan", tests,
	    workspace_enter, workspace_leave);
}
