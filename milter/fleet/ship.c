#include "milter/fleet/ship.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "milter/fleet/shipper.h"
#include "milter/fleet/sums.h"
#include "milter/system/clock.h"
#include "milter/system/random.h"

enum {
	LOOK_MS = 500, /* for new records */
	PAUSE_LAST_MS = 60000
};

bool
ship_is_wanted(const struct config *config)
{
	return config->ledger.ship != NULL && config->ledger.path != NULL;
}

static void
wait_ms(int64_t ms)
{
	const struct timespec wait = {(time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000};

	(void)nanosleep(&wait, NULL);
}

static void
name_host(struct shipper *shipper)
{
	const char *name = shipper->env->config->hostname;

	if (name != NULL)
		(void)snprintf(shipper->host, sizeof(shipper->host), "%s",
		    name);
	else
		(void)gethostname(shipper->host, sizeof(shipper->host) - 1);
}

static enum status
attach(struct shipper *shipper, struct fault *fault)
{
	const struct ledger_config *ledger = &shipper->env->config->ledger;
	enum status status;

	status = shipment_open(ledger->path, &shipper->shipment, fault);
	if (status == STATUS_OK)
		status = centre_open(ledger->ship, "hopseal ship",
		    &shipper->centre, fault);
	if (status == STATUS_OK)
		status = hostrow_attach(shipper->centre, shipper->shipment,
		    shipper->host, &shipper->row, fault);
	if (status == STATUS_OK && !shipper->row.is_summed) {
		status = sums_join(shipper->centre, shipper->row.ledger,
		    fault);
		shipper->row.is_summed = true;
	}
	if (status != STATUS_OK)
		return status;
	shipper->first_day = -1;
	shipper->summary_ms = 0;
	shipper->told_ms = shipper_now_ms() - SHIPPER_HEARTBEAT_MS;
	atomic_store(&shipper->board->next, shipper->row.next);
	return STATUS_OK;
}

static void
detach(struct shipper *shipper)
{
	atomic_store(&shipper->board->connected, 0);
	centre_close(&shipper->centre);
	shipment_close(&shipper->shipment);
}

/* What the metrics say of the backlog. */
static enum status
look(struct shipper *shipper, int64_t *oldest, struct fault *fault)
{
	enum status status =
	    shipment_size(shipper->shipment, &shipper->size, fault);

	*oldest = 0;
	if (status == STATUS_OK && shipper->row.next < shipper->size)
		status = shipment_time(shipper->shipment, shipper->row.next,
		    oldest, fault);
	if (status != STATUS_OK)
		return status;
	atomic_store(&shipper->board->oldest, *oldest);
	atomic_store(&shipper->board->backlog,
	    shipper->size - shipper->row.next);
	return STATUS_OK;
}

/* Ship what there is, until there is no more to do for now. */
static enum status
ship_all(struct shipper *shipper, struct fault *fault)
{
	int64_t oldest;
	uint64_t before;
	enum status status;

	if (!shipment_is_in_place(shipper->shipment))
		return fault_set(fault, STATUS_IO, "the ledger was replaced "
		    "by another one");
	do {
		before = shipper->row.next;
		status = look(shipper, &oldest, fault);
		if (status == STATUS_OK)
			status = shippiece_send(shipper, fault);
		if (status == STATUS_OK)
			status = shipdays_send(shipper, fault);
	} while (status == STATUS_OK && shipper->row.next > before);
	if (status == STATUS_OK)
		status = look(shipper, &oldest, fault);
	return status;
}

/* Somewhere between half and all of it: hosts must not come back at once. */
static int64_t
with_jitter(int64_t ms)
{
	uint32_t chance = 0;

	if (random_fill(&chance, sizeof(chance)) != STATUS_OK)
		return ms;
	return ms / 2 + (int64_t)(chance % (uint32_t)(ms / 2 + 1));
}

static void
fail(struct shipper *shipper, const struct fault *fault)
{
	bool is_final = fault->status == STATUS_EXISTS;

	atomic_fetch_add(&shipper->board->faults, 1);
	if (shipper->told != fault->status)
		log_line(shipper->env->log,
		    is_final ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		    "fleet: %s; records wait in the ledger", fault->text);
	shipper->told = fault->status;
}

/* The backlog grows while nothing is shipped: the metrics must show it. */
static void
pause_after_fault(struct shipper *shipper)
{
	int64_t until = shipper_now_ms() + with_jitter(shipper->pause_ms);
	const char *path = shipper->env->config->ledger.path;
	struct fault fault;
	int64_t oldest;

	shipper->pause_ms *= 2;
	if (shipper->pause_ms > PAUSE_LAST_MS)
		shipper->pause_ms = PAUSE_LAST_MS;
	while (shipper_now_ms() < until) {
		wait_ms(LOOK_MS);
		if (shipper->shipment != NULL ||
		    shipment_open(path, &shipper->shipment, &fault) ==
			STATUS_OK)
			(void)look(shipper, &oldest, &fault);
	}
	shipment_close(&shipper->shipment);
}

void
ship_run(const struct job_env *env)
{
	struct shipper shipper = {.env = env, .board = &env->board->shipping,
	    .pause_ms = SHIPPER_PAUSE_MS};
	struct fault fault = {STATUS_NOMEM, "no memory"};
	enum status status = shipment_piece_init(&shipper.piece);

	if (status == STATUS_OK)
		status = cells_init(&shipper.cells);
	name_host(&shipper);
	while (status == STATUS_OK) {
		status = attach(&shipper, &fault);
		while (status == STATUS_OK) {
			status = ship_all(&shipper, &fault);
			if (status == STATUS_OK)
				wait_ms(LOOK_MS);
		}
		/* At the first start the ledger is made a moment later. */
		if (status != STATUS_NOTFOUND || shipper.shipment != NULL)
			fail(&shipper, &fault);
		detach(&shipper);
		pause_after_fault(&shipper);
		status = STATUS_OK;
	}
	log_line(env->log, LOG_LEVEL_ERROR, "fleet: %s", fault.text);
}
