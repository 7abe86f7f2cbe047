/*
 * vectors: read the files of tests/vectors.
 *
 * Include it after cmocka.h in a test_<module>.c.
 */
#ifndef HOPSEAL_TESTS_UNIT_VECTORS_H
#define HOPSEAL_TESTS_UNIT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>

#include "policy/base/buf.h"

enum { VECTOR_MAX = 1024 * 1024 };

/* Read tests/vectors/NAME; give back with buf_clear. */
static inline void
vector_read(const char *name, struct buf *out)
{
	const char *top = getenv("abs_top_srcdir");
	char path[1024], piece[4096];
	size_t got;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/%s",
	    top == NULL ? "." : top, name);
	buf_init(out, VECTOR_MAX);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("cannot open %s; run it in the top folder, or set "
			 "abs_top_srcdir", path);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_put(out, piece, got);
	(void)fclose(file);
	assert_int_equal(buf_status(out), STATUS_OK);
}

#endif
