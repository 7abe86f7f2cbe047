/*
 * workspace: a folder of the test's own, entered, and emptied at the end.
 *
 * Include it after cmocka.h. Files are named without a folder, so that
 * sentences about them are the same in every run.
 */
#ifndef HOPSEAL_TESTS_UNIT_WORKSPACE_H
#define HOPSEAL_TESTS_UNIT_WORKSPACE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char workspace_path[] = "/tmp/hopseal-test-XXXXXX";

static inline int
workspace_enter(void **state)
{
	(void)state;
	return mkdtemp(workspace_path) == NULL || chdir(workspace_path) != 0;
}

static inline int
workspace_leave(void **state)
{
	DIR *folder = opendir(".");
	struct dirent *entry;

	(void)state;
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlink(entry->d_name);
	if (folder != NULL)
		(void)closedir(folder);
	return chdir("/") != 0 || rmdir(workspace_path) != 0;
}

static inline void
workspace_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(name, 0600), 0);
}

#endif
