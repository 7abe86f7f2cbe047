#include "milter/filter/macros.h"

const char *
macro(SMFICTX *ctx, const char *name)
{
	/* libmilter's interface wants a writable text. */
	return smfi_getsymval(ctx, (char *)(uintptr_t)name);
}

bool
macro_is_set(SMFICTX *ctx, const char *name)
{
	const char *value = macro(ctx, name);

	return value != NULL && value[0] != '\0';
}

static bool
any_came(SMFICTX *ctx, const char *const names[], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (macro(ctx, names[i]) != NULL)
			return true;
	return false;
}

bool
macros_came_with_connect(SMFICTX *ctx)
{
	static const char *const names[] = {"j", "v", "_", "{daemon_name}",
	    "{client_resolve}"};

	return any_came(ctx, names, LENGTH(names));
}

/* Those that come with no step before. */
static bool
own_came_with_mail(SMFICTX *ctx)
{
	static const char *const names[] = {"{mail_addr}", "{mail_host}",
	    "{mail_mailer}", "i", "{auth_type}", "{auth_authen}",
	    "{auth_ssf}", "{auth_author}"};

	return any_came(ctx, names, LENGTH(names));
}

bool
macros_came_with_mail(SMFICTX *ctx)
{
	static const char *const names[] = {"{cipher}", "{cipher_bits}",
	    "{verify}"};

	return own_came_with_mail(ctx) ||
	    any_came(ctx, names, LENGTH(names));
}

bool
macros_were_lost(SMFICTX *ctx, const struct connection *connection)
{
	return connection->lists_macros &&
	    connection->greeted != own_came_with_mail(ctx);
}

bool
macros_of_rcpt_were_lost(SMFICTX *ctx, const struct connection *connection)
{
	return connection->lists_macros && macro(ctx, "{mail_addr}") != NULL &&
	    macro(ctx, "{rcpt_addr}") == NULL;
}
