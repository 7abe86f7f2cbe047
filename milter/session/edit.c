#include "milter/session/edit.h"

void
edits_reset(struct edits *edits)
{
	edits->first = NULL;
	edits->last = NULL;
	edits->count = 0;
}

static struct edit *
edit_copy(struct arena *arena, const struct edit *edit)
{
	struct edit *copy = arena_alloc(arena, sizeof(*copy));

	if (copy != NULL)
		*copy = *edit;
	return copy;
}

enum status
edits_add(struct edits *edits, struct arena *arena, const struct edit *edit)
{
	struct edit *copy = edit_copy(arena, edit);

	if (copy == NULL)
		return STATUS_NOMEM;
	copy->next = NULL;
	if (edits->last == NULL)
		edits->first = copy;
	else
		edits->last->next = copy;
	edits->last = copy;
	edits->count++;
	return STATUS_OK;
}

enum status
edits_push(struct edits *edits, struct arena *arena, const struct edit *edit)
{
	struct edit *copy;

	if (edits->count >= EDITS_PUSHED_MAX)
		return STATUS_LIMIT;
	copy = edit_copy(arena, edit);
	if (copy == NULL)
		return STATUS_NOMEM;
	copy->next = edits->first;
	edits->first = copy;
	if (edits->last == NULL)
		edits->last = copy;
	edits->count++;
	return STATUS_OK;
}

enum status
edits_append(struct edits *edits, struct arena *arena,
    const struct edits *from)
{
	const struct edit *edit;
	enum status status = STATUS_OK;

	for (edit = from->first; edit != NULL && status == STATUS_OK;
	     edit = edit->next)
		status = edits_add(edits, arena, edit);
	return status;
}
