#include "milter/config/snapshot.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A key may outlive the snapshot that read it: snapshot_reread. */
struct shared_key {
	_Atomic size_t references;
	struct stamp_key *key;
};

struct snapshot {
	pthread_mutex_t lock; /* guards references */
	size_t references;
	struct config *config;
	struct shared_key *key; /* NULL: no stamping */
};

struct snapshot_slot {
	pthread_mutex_t lock; /* guards current */
	struct snapshot *current;
};

static void
shared_key_release(struct shared_key *shared)
{
	if (shared == NULL || atomic_fetch_sub(&shared->references, 1) > 1)
		return;
	stamp_key_free(&shared->key);
	free(shared);
}

static void
snapshot_free(struct snapshot *snapshot)
{
	shared_key_release(snapshot->key);
	config_free(&snapshot->config);
	(void)pthread_mutex_destroy(&snapshot->lock);
	free(snapshot);
}

static enum status
snapshot_new(struct snapshot **out)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot == NULL)
		return STATUS_NOMEM;
	if (pthread_mutex_init(&snapshot->lock, NULL) != 0) {
		free(snapshot);
		return STATUS_NOMEM;
	}
	snapshot->references = 1;
	*out = snapshot;
	return STATUS_OK;
}

static enum status
load_key(struct keyholder *keys, const char *file, struct shared_key **out,
    struct fault *fault)
{
	struct shared_key *shared = calloc(1, sizeof(*shared));
	enum status status;

	if (shared == NULL)
		return fault_set(fault, STATUS_NOMEM, "no memory");
	shared->references = 1;
	status = keyholder_read_key(keys, file, &shared->key, fault);
	if (status == STATUS_OK)
		*out = shared;
	else
		shared_key_release(shared);
	return status;
}

/*
 * As root the key file was readable, as the daemon's user it may not be.
 * The key of the same path then stays in use: a reload must not need a
 * restart because a key is well protected. Another domain or selector
 * means another key.
 */
static bool
keep_key(struct snapshot *snapshot, const struct snapshot *previous)
{
	const struct stamp_config *next = &snapshot->config->stamp;
	const struct stamp_config *held = &previous->config->stamp;

	if (previous->key == NULL ||
	    !slice_is(slice_of(next->key_file), held->key_file) ||
	    !slice_is(slice_of(next->domain), held->domain) ||
	    !slice_is(slice_of(next->selector), held->selector))
		return false;
	atomic_fetch_add(&previous->key->references, 1);
	snapshot->key = previous->key;
	return true;
}

static enum status
find_key(const struct snapshot_source *source,
    const struct snapshot *previous, struct snapshot *snapshot)
{
	const struct stamp_config *stamp = &snapshot->config->stamp;
	char sentence[2 * FAULT_MAX];
	struct fault fault = {STATUS_OK, ""};
	enum status status;

	if (stamp->key_file == NULL)
		return STATUS_OK;
	status = load_key(source->keys, stamp->key_file, &snapshot->key,
	    &fault);
	if (status == STATUS_DENIED && previous != NULL &&
	    access(stamp->key_file, R_OK) != 0 && keep_key(snapshot, previous))
		return STATUS_OK;
	if (status == STATUS_OK)
		return STATUS_OK;
	(void)snprintf(sentence, sizeof(sentence),
	    "%s:%u: option key in stamp: %s", stamp->key_place.file,
	    stamp->key_place.line, fault.text);
	source->report(source->context, sentence);
	return status;
}

/*
 * An older policy of the fleet is no newer one: a rollback has a version of
 * its own, and nobody else may turn the hands back.
 */
static enum status
check_edition(const struct snapshot_source *source,
    const struct snapshot *previous, const struct snapshot *snapshot)
{
	const struct edition *next = snapshot->config->edition;
	const struct edition *held = previous == NULL ? NULL :
	    previous->config->edition;
	char sentence[FAULT_MAX];

	if (next == NULL || held == NULL || next->version >= held->version)
		return STATUS_OK;
	(void)snprintf(sentence, sizeof(sentence), "%s holds version %" PRIu64
	    " of the policy, version %" PRIu64 " is in force; to go back, "
	    "push: hopseal policy rollback %" PRIu64,
	    snapshot->config->policy_snapshot, next->version,
	    held->version, next->version);
	source->report(source->context, sentence);
	return STATUS_EXISTS;
}

enum status
snapshot_read(const struct snapshot_source *source, struct snapshot **out)
{
	return snapshot_reread(source, NULL, out);
}

enum status
snapshot_reread(const struct snapshot_source *source,
    const struct snapshot *previous, struct snapshot **out)
{
	struct snapshot *snapshot;
	enum status status = snapshot_new(&snapshot);

	if (status != STATUS_OK) {
		source->report(source->context,
		    "no memory for a configuration");
		return status;
	}
	status = config_read(source->file, source->report, source->context,
	    &snapshot->config);
	if (status == STATUS_OK)
		status = check_edition(source, previous, snapshot);
	if (status == STATUS_OK)
		status = find_key(source, previous, snapshot);
	if (status == STATUS_OK)
		*out = snapshot;
	else
		snapshot_free(snapshot);
	return status;
}

const struct config *
snapshot_config(const struct snapshot *snapshot)
{
	return snapshot->config;
}

const struct stamp_key *
snapshot_key(const struct snapshot *snapshot)
{
	return snapshot->key == NULL ? NULL : snapshot->key->key;
}

struct snapshot *
snapshot_acquire(struct snapshot *snapshot)
{
	(void)pthread_mutex_lock(&snapshot->lock);
	snapshot->references++;
	(void)pthread_mutex_unlock(&snapshot->lock);
	return snapshot;
}

void
snapshot_release(struct snapshot **snapshot)
{
	struct snapshot *held = *snapshot;
	size_t left;

	if (held == NULL)
		return;
	*snapshot = NULL;
	(void)pthread_mutex_lock(&held->lock);
	left = --held->references;
	(void)pthread_mutex_unlock(&held->lock);
	if (left == 0)
		snapshot_free(held);
}

enum status
snapshot_slot_new(struct snapshot *first, struct snapshot_slot **out)
{
	struct snapshot_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return STATUS_NOMEM;
	if (pthread_mutex_init(&slot->lock, NULL) != 0) {
		free(slot);
		return STATUS_NOMEM;
	}
	slot->current = first;
	*out = slot;
	return STATUS_OK;
}

void
snapshot_slot_free(struct snapshot_slot **slot)
{
	if (*slot == NULL)
		return;
	snapshot_release(&(*slot)->current);
	(void)pthread_mutex_destroy(&(*slot)->lock);
	free(*slot);
	*slot = NULL;
}

struct snapshot *
snapshot_slot_acquire(struct snapshot_slot *slot)
{
	struct snapshot *current;

	(void)pthread_mutex_lock(&slot->lock);
	current = snapshot_acquire(slot->current);
	(void)pthread_mutex_unlock(&slot->lock);
	return current;
}

void
snapshot_slot_swap(struct snapshot_slot *slot, struct snapshot *next)
{
	struct snapshot *old;

	(void)pthread_mutex_lock(&slot->lock);
	old = slot->current;
	slot->current = next;
	(void)pthread_mutex_unlock(&slot->lock);
	snapshot_release(&old);
}
