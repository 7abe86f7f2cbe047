#include "milter/fleet/ship.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "milter/fleet/hostrow.h"
#include "milter/fleet/insert.h"
#include "milter/system/clock.h"
#include "milter/system/random.h"

enum {
	LOOK_MS = 500,	     /* for new records */
	HEARTBEAT_MS = 5000, /* at least so often the centre hears of us */
	SUMMARY_MS = 10000,
	PAUSE_FIRST_MS = 1000,
	PAUSE_LAST_MS = 60000,
	HOST_MAX = 256
};

/* One process ships one ledger. */
struct shipper {
	const struct job_env *env;
	struct board_shipping *board;
	struct centre *centre; /* NULL: none */
	struct shipment *shipment;
	struct shipment_piece piece;
	struct cells cells; /* summaries, checkpoints */
	struct hostrow row;
	uint64_t size; /* leaves of the ledger */
	int64_t first_day; /* whose summaries have changed; -1: not known */
	int64_t told_ms; /* monotonic: the last time the row was written */
	int64_t summary_ms;
	int64_t pause_ms; /* after the next fault */
	enum status told; /* the fault that the log knows of; OK: none */
	char host[HOST_MAX];
};

bool
ship_is_wanted(const struct config *config)
{
	return config->ledger.ship != NULL && config->ledger.path != NULL;
}

static int64_t
now_ms(void)
{
	return clock_monotonic_us() / 1000;
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

/* Move our row to where `to` says, and tell the news. */
static enum status
advance(struct shipper *shipper, const struct hostrow *to, int64_t time,
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

/* The centre has it: so have we. */
static void
settle(struct shipper *shipper, const struct hostrow *to)
{
	shipper->row = *to;
	shipper->told_ms = now_ms();
	shipper->pause_ms = PAUSE_FIRST_MS;
	atomic_store(&shipper->board->next, to->next);
	atomic_store(&shipper->board->success, clock_wall_ms());
	atomic_store(&shipper->board->connected, 1);
	if (shipper->told != STATUS_OK)
		log_line(shipper->env->log, LOG_LEVEL_INFO,
		    "fleet: the ledger is shipped again");
	shipper->told = STATUS_OK;
}

/* Checkpoints that speak of leaves that are there. */
static enum status
ship_checkpoints(struct shipper *shipper, struct hostrow *to,
    struct fault *fault)
{
	struct cells *cells = &shipper->cells;
	enum status status = shipment_checkpoints(shipper->shipment,
	    to->checkpoint_size, to->next, cells, fault);
	unsigned long size;

	if (status != STATUS_OK || cells->rows == 0)
		return status;
	status = insert_cells(shipper->centre, &insert_checkpoints,
	    to->ledger, cells, fault);
	if (slice_number(slice_of(cells_at(cells, cells->rows - 1, 0)),
		~0ul, &size))
		to->checkpoint_size = size;
	return status;
}

static enum status
ship_rows(struct shipper *shipper, struct hostrow *to, struct fault *fault)
{
	const struct shipment_piece *piece = &shipper->piece;
	enum status status;

	status = insert_cells(shipper->centre, &insert_records, to->ledger,
	    &piece->records, fault);
	if (status == STATUS_OK)
		status = insert_cells(shipper->centre, &insert_leaves,
		    to->ledger, &piece->others, fault);
	if (status != STATUS_OK)
		return status;
	to->next = piece->next;
	to->lost += piece->lost;
	memcpy(to->tip, piece->tip, sizeof(to->tip));
	return ship_checkpoints(shipper, to, fault);
}

static void
count_piece(struct shipper *shipper)
{
	const struct shipment_piece *piece = &shipper->piece;

	atomic_fetch_add(&shipper->board->shipped, piece->records.rows);
	atomic_fetch_add(&shipper->board->batches, 1);
	atomic_fetch_add(&shipper->board->dropped, piece->lost);
	if (piece->lost > 0)
		log_line(shipper->env->log, LOG_LEVEL_WARNING, "fleet: %"
		    PRIu64 " records were removed by retention before they "
		    "were shipped; the centre has their hashes: "
		    "ship-backlog-days is longer than an outage may be",
		    piece->lost);
	if (piece->first_day >= 0 && shipper->first_day >= 0 &&
	    piece->first_day < shipper->first_day)
		shipper->first_day = piece->first_day;
}

/* One transaction: some leaves, and our row. */
static enum status
ship_piece(struct shipper *shipper, struct fault *fault)
{
	struct hostrow to = shipper->row;
	enum status status = shipment_read(shipper->shipment, to.next,
	    &shipper->piece, fault);

	if (status != STATUS_OK)
		return status;
	if (shipper->piece.next == to.next &&
	    now_ms() < shipper->told_ms + HEARTBEAT_MS)
		return STATUS_OK;
	status = centre_run(shipper->centre, "BEGIN", fault);
	if (status == STATUS_OK && shipper->piece.next > to.next)
		status = ship_rows(shipper, &to, fault);
	else if (status == STATUS_OK)
		status = ship_checkpoints(shipper, &to, fault);
	if (status == STATUS_OK)
		status = advance(shipper, &to, shipper->piece.time, fault);
	if (status == STATUS_OK)
		status = centre_run(shipper->centre, "COMMIT", fault);
	if (status != STATUS_OK)
		return status;
	if (shipper->piece.next > shipper->row.next)
		count_piece(shipper);
	settle(shipper, &to);
	return STATUS_OK;
}

/* All summaries of a day that changed, piece by piece. */
static enum status
ship_day(struct shipper *shipper, int64_t day, struct fault *fault)
{
	const char *after[SHIPMENT_SUMMARY_KEYS];
	struct cells *cells = &shipper->cells;
	char storage[SHIPMENT_SUMMARY_KEYS][512];
	const char *const *behind = NULL;
	enum status status;
	size_t i;

	do {
		status = shipment_summaries(shipper->shipment, day,
		    shipper->row.summary_next, behind, cells, fault);
		if (status == STATUS_OK && cells->rows > 0)
			status = insert_cells(shipper->centre,
			    &insert_summaries, shipper->row.ledger, cells,
			    fault);
		for (i = 0; cells->rows > 0 && i < SHIPMENT_SUMMARY_KEYS;
		    i++) {
			(void)snprintf(storage[i], sizeof(storage[i]), "%s",
			    cells_at(cells, cells->rows - 1, i));
			after[i] = storage[i];
		}
		behind = after;
	} while (status == STATUS_OK && cells->rows == SHIPMENT_ROWS);
	return status;
}

/* From the first day that has a record the centre's summaries know not. */
static enum status
ship_days(struct shipper *shipper, struct fault *fault)
{
	int64_t day = shipper->first_day;
	enum status status = STATUS_OK;

	if (day < 0)
		status = shipment_first_day(shipper->shipment,
		    shipper->row.summary_next, &day, fault);
	while (status == STATUS_OK) {
		status = shipment_day(shipper->shipment, day, &day, fault);
		if (status == STATUS_OK)
			status = ship_day(shipper, day, fault);
		day++;
	}
	return status == STATUS_NOTFOUND ? STATUS_OK : status;
}

/*
 * Each statement stands for itself: summaries say how things are, and may be
 * said twice. Only when all are there our row says so.
 */
static enum status
ship_summaries(struct shipper *shipper, struct fault *fault)
{
	struct hostrow to = shipper->row;
	enum status status;

	if (shipper->row.summary_next >= shipper->size ||
	    now_ms() < shipper->summary_ms)
		return STATUS_OK;
	to.summary_next = shipper->size;
	status = ship_days(shipper, fault);
	if (status == STATUS_OK)
		status = advance(shipper, &to, -1, fault);
	if (status != STATUS_OK)
		return status;
	settle(shipper, &to);
	shipper->summary_ms = now_ms() + SUMMARY_MS;
	/* Records that are being written have times of today or later. */
	shipper->first_day = clock_wall_ms() / INT64_C(86400000) - 1;
	return STATUS_OK;
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
	if (status != STATUS_OK)
		return status;
	shipper->first_day = -1;
	shipper->summary_ms = 0;
	shipper->told_ms = now_ms() - HEARTBEAT_MS;
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
			status = ship_piece(shipper, fault);
		if (status == STATUS_OK)
			status = ship_summaries(shipper, fault);
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
	int64_t until = now_ms() + with_jitter(shipper->pause_ms);
	const char *path = shipper->env->config->ledger.path;
	struct fault fault;
	int64_t oldest;

	shipper->pause_ms *= 2;
	if (shipper->pause_ms > PAUSE_LAST_MS)
		shipper->pause_ms = PAUSE_LAST_MS;
	while (now_ms() < until) {
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
	    .pause_ms = PAUSE_FIRST_MS};
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
