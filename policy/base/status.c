#include "policy/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The analyzer's macros, see status.h. */
#undef fault_set
#undef fault_errno

static void
fault_write(struct fault *fault, enum status status, const char *format,
    va_list args)
{
	fault->status = status;
	if (vsnprintf(fault->text, sizeof(fault->text), format, args) < 0)
		fault->text[0] = '\0';
}

enum status
fault_set(struct fault *fault, enum status status, const char *format, ...)
{
	va_list args;
	int saved = errno;

	if (fault != NULL) {
		va_start(args, format);
		fault_write(fault, status, format, args);
		va_end(args);
	}
	errno = saved;
	return status;
}

enum status
fault_errno(struct fault *fault, enum status status, int error,
    const char *format, ...)
{
	va_list args;
	char words[128];
	size_t used;
	int saved = errno;

	if (fault != NULL) {
		va_start(args, format);
		fault_write(fault, status, format, args);
		va_end(args);
		if (strerror_r(error, words, sizeof(words)) != 0)
			(void)snprintf(words, sizeof(words), "error %d", error);
		used = strlen(fault->text);
		(void)snprintf(fault->text + used, sizeof(fault->text) - used,
		    ": %s", words);
	}
	errno = saved;
	return status;
}
