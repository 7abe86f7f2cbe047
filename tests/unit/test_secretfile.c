#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/system/secretfile.h"
#include "tests/unit/check.h"

static char folder[] = "/tmp/hopseal-secret-XXXXXX";
static char path[64];

/* Write a file of len octets with this mode, whatever the umask. */
static void
make_file(size_t len, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	while (len-- > 0)
		(void)fputc('x', file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/key.pem", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
minds_the_mode(void **state)
{
	static const struct {
		mode_t mode;
		enum status want;
		const char *remedy;
	} rows[] = {
	    {0600, STATUS_OK, NULL},
	    {0400, STATUS_OK, NULL},
	    {0640, STATUS_OK, NULL},
	    {0440, STATUS_OK, NULL},
	    {0700, STATUS_OK, NULL},
	    {0644, STATUS_DENIED, "chmod 600 "},
	    {0604, STATUS_DENIED, "chmod 600 "},
	    {0602, STATUS_DENIED, "chmod 600 "},
	    {0601, STATUS_DENIED, "chmod 600 "},
	    {0660, STATUS_DENIED, "chmod 640 "},
	    {0620, STATUS_DENIED, "chmod 640 "},
	    {0666, STATUS_DENIED, "chmod 600 "},
	};
	struct secret secret;
	struct fault fault;
	char row[16];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status;

		(void)snprintf(row, sizeof(row), "%04o", rows[i].mode);
		make_file(5, rows[i].mode);
		status = secret_read(path, &secret, &fault);
		check_number(row, status, rows[i].want);
		if (status == STATUS_OK) {
			check_text(row, secret.data, "xxxxx");
			check_number(row, (long)secret.len, 5);
			secret_clear(&secret);
			check_number(row, secret.data == NULL, true);
		} else if (rows[i].remedy != NULL &&
		    (!slice_holds(slice_of(fault.text), rows[i].remedy) ||
			!slice_holds(slice_of(fault.text), path))) {
			check_text(row, fault.text, rows[i].remedy);
		}
		(void)chmod(path, 0600);
	}
}

static void
minds_the_size(void **state)
{
	static const struct {
		size_t len;
		enum status want;
	} rows[] = {
	    {0, STATUS_OK},
	    {SECRETFILE_MAX, STATUS_OK},
	    {SECRETFILE_MAX + 1, STATUS_LIMIT},
	};
	struct secret secret;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		make_file(rows[i].len, 0600);
		check_number("size", secret_read(path, &secret, &fault),
		    rows[i].want);
		if (rows[i].want != STATUS_OK)
			continue;
		check_number("length", (long)secret.len, (long)rows[i].len);
		check_number("NUL", secret.data[secret.len], 0);
		secret_clear(&secret);
	}
}

static void
wants_a_regular_file(void **state)
{
	struct secret secret;
	struct fault fault;

	(void)state;
	(void)unlink(path);
	check_number("none", secret_read(path, &secret, &fault),
	    STATUS_NOTFOUND);
	check_number("folder", secret_read(folder, &secret, &fault),
	    STATUS_DENIED);
	/* Must not wait for a writer. */
	assert_int_equal(mkfifo(path, 0600), 0);
	check_number("FIFO", secret_read(path, &secret, &fault),
	    STATUS_DENIED);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(minds_the_mode),
	    check_unit_test(minds_the_size),
	    check_unit_test(wants_a_regular_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
