#include "milter/system/descriptors.h"

#include <sys/resource.h>
#include <unistd.h>

void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

unsigned long
descriptors_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

bool
descriptors_are_short(void)
{
	/* The kernel gives the lowest that is free. */
	int lowest = dup(STDERR_FILENO);

	if (lowest < 0)
		return true;
	(void)close(lowest);
	return (unsigned long)lowest + DESCRIPTORS_FEW > descriptors_limit();
}
