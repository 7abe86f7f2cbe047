#include "milter/session/message.h"

#include <string.h>

void
message_init(struct message *message, struct arena *arena)
{
	memset(message, 0, sizeof(*message));
	message->arena = arena;
}

void
message_clear(struct message *message)
{
	stamper_free(&message->stamper);
}

enum status
message_begin(struct message *message, const char *ours, bool stamping,
    struct fault *fault)
{
	enum status status = STATUS_OK;

	message->ours = ours;
	message->stamping = false;
	message->seen = 0;
	edits_reset(&message->strips);
	message->failed = false;
	if (!stamping)
		return STATUS_OK;
	if (message->stamper == NULL)
		status = stamper_new(&message->stamper, fault);
	else
		stamper_reset(message->stamper);
	message->stamping = status == STATUS_OK;
	return status;
}

/* The occurrence that was just seen must go. */
static void
message_strip(struct message *message)
{
	struct edit edit = {
	    .kind = EDIT_DELETE_FIELD,
	    .name = STAMP_FIELD_NAME,
	    .occurrence = message->seen,
	};

	if (edits_push(&message->strips, message->arena, &edit) != STATUS_OK)
		message->failed = true;
}

void
message_header(struct message *message, struct slice name,
    struct slice value)
{
	if (message->ours != NULL && slice_is_nocase(name, STAMP_FIELD_NAME)) {
		message->seen++;
		if (stamp_claims_ours(value, slice_of(message->ours)))
			message_strip(message);
	}
	if (message->stamping)
		stamper_header(message->stamper, name, value);
}

void
message_body(struct message *message, const void *data, size_t len)
{
	if (message->stamping)
		stamper_body(message->stamper, data, len);
}
