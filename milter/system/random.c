#include "milter/system/random.h"

#include <sys/random.h>

enum status
random_fill(void *out, size_t len)
{
	/* Requests of up to 256 octets are never cut short: getrandom(2). */
	if (len > 256 || getrandom(out, len, 0) != (ssize_t)len)
		return STATUS_IO;
	return STATUS_OK;
}
