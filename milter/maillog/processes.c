#include "milter/maillog/processes.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = PROCESSES_MAX / PROCESSES_WAYS };

struct bucket {
	struct process places[PROCESSES_WAYS];
	bool lost;
};

struct processes {
	uint64_t touches;
	struct bucket buckets[BUCKETS];
};

enum status
processes_new(struct processes **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? STATUS_NOMEM : STATUS_OK;
}

void
processes_free(struct processes **processes)
{
	free(*processes);
	*processes = NULL;
}

static struct process *
oldest(struct bucket *bucket)
{
	struct process *found = &bucket->places[0];
	size_t i;

	for (i = 1; i < PROCESSES_WAYS; i++)
		if (bucket->places[i].touched < found->touched)
			found = &bucket->places[i];
	return found;
}

struct process *
processes_touch(struct processes *processes, uint64_t key, bool *lost)
{
	struct bucket *bucket = &processes->buckets[key % BUCKETS];
	struct process *process;
	size_t i;

	*lost = false;
	processes->touches++;
	for (i = 0; i < PROCESSES_WAYS; i++) {
		process = &bucket->places[i];
		if (process->key == key) {
			process->touched = processes->touches;
			return process;
		}
	}
	*lost = bucket->lost;
	process = oldest(bucket);
	if (process->relay != 0 && process->message == 0)
		bucket->lost = true;
	memset(process, 0, sizeof(*process));
	process->key = key;
	process->touched = processes->touches;
	return process;
}
