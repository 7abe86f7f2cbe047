#include "milter/fleet/shipper.h"

#include "milter/system/clock.h"

int64_t
shipper_now_ms(void)
{
	return clock_monotonic_us() / 1000;
}

enum status
shipper_advance(struct shipper *shipper, const struct hostrow *to, int64_t time,
    struct fault *fault)
{
	struct board_daemon *daemon = &shipper->env->board->daemon;
	struct hostrow_news news = {
	    .host = shipper->host,
	    .policy = atomic_load(&daemon->policy),
	    .edition = atomic_load(&daemon->version),
	    .size = shipper->size,
	    .time = time,
	};
	enum status status = STATUS_OK;

	if (to->next < shipper->size)
		status = shipment_time(shipper->shipment, to->next,
		    &news.oldest, fault);
	if (status == STATUS_OK)
		status = hostrow_advance(shipper->centre, &shipper->row, to,
		    &news, fault);
	return status;
}

void
shipper_settle(struct shipper *shipper, const struct hostrow *to)
{
	shipper->row = *to;
	shipper->told_ms = shipper_now_ms();
	shipper->pause_ms = SHIPPER_PAUSE_MS;
	atomic_store(&shipper->board->next, to->next);
	atomic_store(&shipper->board->success, clock_wall_ms());
	atomic_store(&shipper->board->connected, 1);
	if (shipper->told != STATUS_OK)
		log_line(shipper->env->log, LOG_LEVEL_INFO,
		    "fleet: the ledger is shipped again");
	shipper->told = STATUS_OK;
}
