#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "milter/stamp/keyheap.h"
#include "policy/base/attributes.h"
#include "tests/unit/check.h"

enum { SIZE = 68 };

/* Does memory that may have been freed hold the octet there? */
static bool
still_holds(uintptr_t at, unsigned char octet, size_t len)
{
	unsigned char found[SIZE];
	size_t i, same = 0;
	int memory = open("/proc/self/mem", O_RDONLY);

	assert_true(memory >= 0);
	assert_int_equal(pread(memory, found, len, (off_t)at), (ssize_t)len);
	(void)close(memory);
	for (i = 0; i < len; i++)
		same += found[i] == octet;
	return same > len / 2;
}

static void
wipes_what_is_freed(void **state)
{
	unsigned char *block = OPENSSL_malloc(SIZE);
	uintptr_t at = (uintptr_t)block;

	(void)state;
	assert_non_null(block);
	memset(block, 'k', SIZE);
	check_number("before", still_holds(at, 'k', SIZE), true);
	OPENSSL_free(block);
	check_number("freed", still_holds(at, 'k', SIZE), false);
	OPENSSL_free(NULL);
}

static void
wipes_what_is_moved(void **state)
{
	static const size_t sizes[] = {1, SIZE / 2, SIZE, SIZE + 1, 100000};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(sizes); i++) {
		unsigned char *block = OPENSSL_realloc(NULL, SIZE), *other;
		uintptr_t at = (uintptr_t)block;
		size_t kept = sizes[i] < SIZE ? sizes[i] : SIZE;

		assert_non_null(block);
		memset(block, 'm', SIZE);
		other = OPENSSL_realloc(block, sizes[i]);
		assert_non_null(other);
		check_number("moved", still_holds(at, 'm', SIZE), false);
		check_number("kept", still_holds((uintptr_t)other, 'm', kept),
		    true);
		OPENSSL_free(other);
	}
	assert_null(OPENSSL_realloc(OPENSSL_malloc(SIZE), 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(wipes_what_is_freed),
	    check_unit_test(wipes_what_is_moved),
	};

	if (!keyheap_wipe_freed())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
