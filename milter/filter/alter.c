#include "milter/filter/alter.h"

/* libmilter's interface wants writable texts. */
static bool
alter(SMFICTX *ctx, const struct edit *edit)
{
	char *name = (char *)(uintptr_t)edit->name;
	char *value = (char *)(uintptr_t)edit->value;
	int done = MI_FAILURE;

	switch (edit->kind) {
	case EDIT_DELETE_FIELD:
		done = smfi_chgheader(ctx, name, (int)edit->occurrence, NULL);
		break;
	case EDIT_CHANGE_FIELD:
		done = smfi_chgheader(ctx, name, (int)edit->occurrence, value);
		break;
	case EDIT_INSERT_FIELD:
		/* Index 1 lies below the MTA's own Received field. */
		done = smfi_insheader(ctx, 1, name, value);
		break;
	case EDIT_DELETE_RCPT:
		done = smfi_delrcpt(ctx, value);
		break;
	case EDIT_ADD_RCPT:
		done = smfi_addrcpt(ctx, value);
		break;
	}
	return done == MI_SUCCESS;
}

bool
alter_message(SMFICTX *ctx, const struct edits *edits)
{
	const struct edit *edit;

	for (edit = edits->first; edit != NULL; edit = edit->next)
		if (!alter(ctx, edit))
			return false;
	return true;
}
