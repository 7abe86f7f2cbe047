#include "milter/fleet/ship.h"

#include <unistd.h>

#include "milter/fleet/centre.h"

bool
ship_is_wanted(const struct config *config)
{
	return config->ledger.ship != NULL && config->ledger.path != NULL;
}

void
ship_run(const struct job_env *env)
{
	struct centre *centre = NULL;
	struct fault fault;

	if (centre_open(env->config->ledger.ship, "hopseal ship", &centre,
		&fault) != STATUS_OK) {
		log_line(env->log, LOG_LEVEL_WARNING, "fleet: %s", fault.text);
		return;
	}
	atomic_store(&env->board->shipping.connected, 1);
	for (;;)
		(void)pause();
}
