#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "milter/system/endpoint.h"
#include "tests/unit/check.h"
#include "tests/unit/workspace.h"

static void
reads_what_a_configuration_says(void **state)
{
	static const struct {
		const char *in;
		int status;
		int family;
		const char *where;
		long port;
	} rows[] = {
	    {"local:/run/x", STATUS_OK, AF_UNIX, "/run/x", 0},
	    {"unix:/run/x", STATUS_OK, AF_UNIX, "/run/x", 0},
	    {"inet:8891@127.0.0.1", STATUS_OK, AF_INET, "127.0.0.1", 8891},
	    {"inet:8891", STATUS_OK, AF_INET, "", 8891},
	    {"inet6:8891@[::1]", STATUS_OK, AF_INET6, "::1", 8891},
	    {"local:x", STATUS_SYNTAX, 0, "", 0},
	    {"local:", STATUS_SYNTAX, 0, "", 0},
	    {"/run/x", STATUS_SYNTAX, 0, "", 0},
	    {"inet:0", STATUS_SYNTAX, 0, "", 0},
	    {"inet:65536", STATUS_SYNTAX, 0, "", 0},
	    {"inet:1@", STATUS_SYNTAX, 0, "", 0},
	    {"", STATUS_SYNTAX, 0, "", 0},
	};
	struct endpoint got;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		enum status status =
		    endpoint_parse(slice_of(rows[i].in), &got, NULL);

		check_number(rows[i].in, (long)status, rows[i].status);
		if (status != STATUS_OK)
			continue;
		check_number(rows[i].in, got.family, rows[i].family);
		check_number(rows[i].in, got.port, rows[i].port);
		check_text(rows[i].in,
		    got.family == AF_UNIX ? got.path : got.host,
		    rows[i].where);
	}
}

/* The endpoint of that name in the workspace. */
static void
place(const char *name, struct endpoint *out)
{
	memset(out, 0, sizeof(*out));
	out->family = AF_UNIX;
	(void)snprintf(out->path, sizeof(out->path), "%s/%s", workspace_path,
	    name);
}

/* The folder may belong to somebody who is not root. */
static void
owns_no_file_behind_a_link(void **state)
{
	struct endpoint_owner owner = {(uid_t)-1, (gid_t)-1, 0666};
	struct endpoint endpoint;
	struct stat info;

	(void)state;
	workspace_write("secret", "x");
	assert_int_equal(symlink("secret", "socket"), 0);
	place("socket", &endpoint);
	assert_int_not_equal(endpoint_own(&endpoint, &owner, NULL),
	    STATUS_OK);
	assert_int_equal(stat("secret", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

/* A process that listens and does not accept still lives. */
static void
waits_for_no_busy_process(void **state)
{
	struct endpoint_owner owner = {(uid_t)-1, (gid_t)-1, 0640};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct endpoint endpoint;
	struct stat info;
	int fd, queued[8];
	size_t i;

	(void)state;
	place("busy", &endpoint);
	assert_int_equal(endpoint_listen(&endpoint, &owner, &fd, NULL),
	    STATUS_OK);
	assert_int_equal(stat("busy", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_int_equal(listen(fd, 0), 0);
	memcpy(address.sun_path, endpoint.path, sizeof(endpoint.path));
	for (i = 0; i < LENGTH(queued); i++) {
		queued[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(queued[i], (struct sockaddr *)&address,
		    sizeof(address));
	}
	(void)alarm(10);
	assert_int_equal(endpoint_vacate(&endpoint, NULL), STATUS_BUSY);
	endpoint_knock(&endpoint);
	(void)alarm(0);
	for (i = 0; i < LENGTH(queued); i++)
		(void)close(queued[i]);
	(void)close(fd);
	assert_int_equal(endpoint_vacate(&endpoint, NULL), STATUS_OK);
	assert_int_not_equal(stat("busy", &info), 0);
}

/* TCP tries again for minutes to get into a backlog that is full. */
static void
waits_not_long_for_a_busy_port(void **state)
{
	struct endpoint_owner owner = {(uid_t)-1, (gid_t)-1, 0};
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	struct endpoint endpoint = {.family = AF_INET, .host = "127.0.0.1"};
	int fd, queued[8];
	size_t i;

	(void)state;
	assert_int_equal(endpoint_listen(&endpoint, &owner, &fd, NULL),
	    STATUS_OK);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len),
	    0);
	endpoint.port = ntohs(address.sin_port);
	for (i = 0; i < LENGTH(queued); i++) {
		queued[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(queued[i], (struct sockaddr *)&address, len);
	}
	(void)alarm(4 * ENDPOINT_CONNECT_S);
	endpoint_knock(&endpoint);
	assert_int_equal(endpoint_connect(&endpoint), -1);
	(void)alarm(0);
	for (i = 0; i < LENGTH(queued); i++)
		(void)close(queued[i]);
	(void)close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    check_unit_test(reads_what_a_configuration_says),
	    cmocka_unit_test(owns_no_file_behind_a_link),
	    cmocka_unit_test(waits_for_no_busy_process),
	    cmocka_unit_test(waits_not_long_for_a_busy_port),
	};

	return cmocka_run_group_tests_name("endpoint", tests,
	    workspace_enter, workspace_leave);
}
