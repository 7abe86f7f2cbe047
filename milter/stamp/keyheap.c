#include "milter/stamp/keyheap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* OpenSSL tells where in its source it asks, for those who count. */

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void
give_back(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* Never in place: the tail that a smaller block gives up would not be seen. */
static void *
take_other(void *memory, size_t size, const char *file, int line)
{
	size_t had = memory == NULL ? 0 : malloc_usable_size(memory);
	void *other = size == 0 ? NULL : take(size, file, line);

	if (other == NULL && size > 0)
		return NULL;
	if (had > 0 && size > 0)
		memcpy(other, memory, had < size ? had : size);
	give_back(memory, file, line);
	return other;
}

bool
keyheap_wipe_freed(void)
{
	return CRYPTO_set_mem_functions(take, take_other, give_back) == 1;
}
