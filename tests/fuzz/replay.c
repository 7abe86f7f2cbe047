/*
 * replay: runs the files named as arguments through one fuzz target.
 *
 * Linked with a fuzz_<name>.c where there is no libFuzzer, so that its seeds,
 * and every input that once broke it, are part of the ordinary test command.
 * A folder stands for the files in it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

/* The input in memory of exactly its size: readers beyond it are caught. */
static int
replay_file(const char *path)
{
	static uint8_t input[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t size;

	if (file == NULL) {
		perror(path);
		return 1;
	}
	size = fread(input, 1, sizeof(input), file);
	(void)fclose(file);
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		return 1;
	memcpy(exact, input, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

static int
replay_folder(const char *path, int *count)
{
	char name[4096];
	struct dirent *entry;
	DIR *folder = opendir(path);
	int failures = 0;

	if (folder == NULL) {
		perror(path);
		return 1;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path,
		    entry->d_name);
		failures += replay_file(name);
		(*count)++;
	}
	(void)closedir(folder);
	return failures;
}

int
main(int argc, char **argv)
{
	struct stat found;
	int failures = 0, count = 0, i;

	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &found) == 0 && S_ISDIR(found.st_mode)) {
			failures += replay_folder(argv[i], &count);
			continue;
		}
		failures += replay_file(argv[i]);
		count++;
	}
	(void)printf("%s: %d inputs, %d not read\n", argv[0], count,
	    failures);
	return failures > 0 || count == 0;
}
