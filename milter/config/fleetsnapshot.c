#include "milter/config/fleetsnapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "milter/config/fleetpolicy.h"
#include "milter/system/input.h"

enum status
fleetsnapshot_read(const struct config *config, struct buf *file,
    struct edition *out, struct slice *text, struct fault *fault)
{
	struct fault cause = {STATUS_OK, ""};
	enum status status;

	if (access(config->policy_snapshot, F_OK) != 0)
		return fault_set(fault, STATUS_NOTFOUND, "%s is not there; "
		    "hopseald fetches it from policy-source when it starts, "
		    "and keeps it", config->policy_snapshot);
	status = input_read_unnamed(config->policy_snapshot, file, NULL,
	    &cause);
	if (status == STATUS_OK)
		status = edition_read_snapshot(buf_slice(file),
		    &config->policy_keys, out, text, &cause);
	if (status != STATUS_OK)
		return fault_set(fault, status, "%s: %s; remove the file, and "
		    "hopseald fetches the policy anew when it starts",
		    config->policy_snapshot, cause.text);
	return STATUS_OK;
}

/* What findings call the text: lines are those of what was pushed. */
static const char *
name_of(const struct edition *edition, struct arena *arena)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "policy version %" PRIu64,
	    edition->version);
	return arena_copy(arena, slice_of(name));
}

static enum status
read_and_add(const struct rules *rules, struct arena *arena,
    struct findings *findings, struct config *config, struct buf *file)
{
	struct edition *edition = arena_alloc(arena, sizeof(*edition));
	const struct config_place *place = &config->policy_source_place;
	struct fault fault = {STATUS_OK, ""};
	struct slice text;
	const char *name;
	enum status status;

	if (edition == NULL)
		return STATUS_NOMEM;
	status = fleetsnapshot_read(config, file, edition, &text, &fault);
	if (status != STATUS_OK) {
		findings_add(findings, place->file, place->line,
		    "option policy-source: %s", fault.text);
		return STATUS_SYNTAX;
	}
	name = name_of(edition, arena);
	if (name == NULL)
		return STATUS_NOMEM;
	config->edition = edition;
	return fleetpolicy_add(text, name, rules, findings,
	    &config->left_out);
}

enum status
fleetsnapshot_add(const struct rules *rules, struct arena *arena,
    struct findings *findings, struct config *config)
{
	struct buf file;
	enum status status;

	if (config->policy_source == NULL)
		return STATUS_OK;
	buf_init(&file, EDITION_FILE_MAX);
	status = read_and_add(rules, arena, findings, config, &file);
	buf_clear(&file);
	return status;
}
