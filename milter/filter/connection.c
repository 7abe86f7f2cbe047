#include "milter/filter/connection.h"

#include <stdatomic.h>
#include <stdlib.h>

struct connection *
connection_new(struct filter *filter, SMFICTX *ctx)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	connection->filter = filter;
	if (txn_new(&filter->env, &connection->txn) != STATUS_OK ||
	    smfi_setpriv(ctx, connection) != MI_SUCCESS) {
		txn_free(&connection->txn);
		free(connection);
		return NULL;
	}
	atomic_fetch_add(&filter->connections, 1);
	counter_add(&filter->env.counters->connections, 1);
	return connection;
}

struct connection *
connection_of(SMFICTX *ctx)
{
	return smfi_getpriv(ctx);
}

void
connection_free(SMFICTX *ctx)
{
	struct connection *connection = connection_of(ctx);

	if (connection == NULL)
		return;
	(void)smfi_setpriv(ctx, NULL);
	txn_free(&connection->txn);
	atomic_fetch_sub(&connection->filter->connections, 1);
	free(connection);
}
