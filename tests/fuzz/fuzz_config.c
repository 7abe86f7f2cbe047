/*
 * fuzz_config: any octets as hopseal.conf.
 *
 * Whatever the file holds, config_read comes back with a configuration or
 * with at least one sentence; nothing leaks, nothing is left in libconfuse's
 * lexer: the empty file behind it is good. That takes as long as all else, so
 * a campaign asks one input of EMPTY_EVERY, by its octets, as inputs must
 * repeat; what is replayed is asked each time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/config/config.h"

#ifndef EMPTY_EVERY
#define EMPTY_EVERY 1
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count(void *context, const char *sentence)
{
	size_t *counted = context;

	if (strlen(sentence) == 0)
		abort();
	(*counted)++;
}

static void
write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(name, "w");

	if (file == NULL || fwrite(data, 1, size, file) != size ||
	    fclose(file) != 0)
		abort();
}

static enum status
read_file(const char *name, size_t *said)
{
	struct config *config = NULL;
	enum status status = config_read(name, count, said, &config);

	if ((status == STATUS_OK) != (config != NULL) ||
	    (status == STATUS_OK) != (*said == 0))
		abort();
	config_free(&config);
	return status;
}

/* One folder for all inputs: making files costs more than reading them. */
static char folder[] = "/tmp/hopseal-fuzz-XXXXXX";
static char any[sizeof(folder) + 2], empty[sizeof(folder) + 2];

static void
remove_folder(void)
{
	if (unlink(any) != 0 || unlink(empty) != 0 || rmdir(folder) != 0)
		abort();
}

static void
make_folder(void)
{
	if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
		abort();
	(void)snprintf(any, sizeof(any), "%s/c", folder);
	(void)snprintf(empty, sizeof(empty), "%s/e", folder);
	write_file(empty, "", 0);
}

static bool
is_asked(const uint8_t *data, size_t size)
{
	size_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += data[i];
	return sum % EMPTY_EVERY == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t said = 0;

	if (any[0] == '\0')
		make_folder();
	write_file(any, data, size);
	if (read_file(any, &said) == STATUS_OK || !is_asked(data, size))
		return 0;
	said = 0;
	if (read_file(empty, &said) != STATUS_OK)
		abort();
	return 0;
}
