#include "milter/maillog/deliveries.h"

#include <stdlib.h>
#include <string.h>

#include "milter/maillog/loghash.h"
#include "milter/maillog/origin.h"
#include "milter/maillog/postfixlog.h"
#include "milter/maillog/processes.h"
#include "milter/maillog/senders.h"
#include "milter/maillog/sendmaillog.h"
#include "milter/maillog/tlslines.h"
#include "policy/address.h"

struct deliveries {
	deliveries_sink *sink;
	void *context;
	struct logclock clock;
	struct processes *processes;
	struct senders *senders;
	struct tlslines tlslines;
	struct deliveries_counts counts;
	int64_t last;
	bool rehearse;
};

enum status
deliveries_new(deliveries_sink *sink, void *context, struct deliveries **out)
{
	struct deliveries *deliveries = calloc(1, sizeof(*deliveries));
	enum status status;

	if (deliveries == NULL)
		return STATUS_NOMEM;
	deliveries->sink = sink;
	deliveries->context = context;
	logclock_init(&deliveries->clock, 0);
	status = processes_new(&deliveries->processes);
	if (status == STATUS_OK)
		status = senders_new(&deliveries->senders);
	if (status != STATUS_OK) {
		deliveries_free(&deliveries);
		return status;
	}
	*out = deliveries;
	return STATUS_OK;
}

void
deliveries_free(struct deliveries **deliveries)
{
	if (*deliveries == NULL)
		return;
	processes_free(&(*deliveries)->processes);
	senders_free(&(*deliveries)->senders);
	free(*deliveries);
	*deliveries = NULL;
}

void
deliveries_rehearse(struct deliveries *deliveries, bool rehearse)
{
	deliveries->rehearse = rehearse;
}

int64_t
deliveries_time(const struct deliveries *deliveries)
{
	return deliveries->last;
}

const struct deliveries_counts *
deliveries_counts(const struct deliveries *deliveries)
{
	return &deliveries->counts;
}

/* Sendmail: `TLSv1/SSLv3` is what old ones call TLS 1.0 or later. */
static void
copy_version(char *out, size_t size, struct slice text)
{
	struct slice rest = text;

	delivery_copy_token(out, size, slice_cut(&rest, '/'));
}

static void
note_tls(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	struct process *process;
	bool lost;

	process =
	    processes_touch(deliveries->processes, origin->process, &lost);
	process->relay = origin_relay(event);
	process->message = 0;
	process->cert = event->cert;
	process->bits = event->bits;
	copy_version(
	    process->version, sizeof(process->version), event->version);
	delivery_copy_token(
	    process->cipher, sizeof(process->cipher), event->cipher);
	tlslines_note(&deliveries->tlslines, origin->host, origin->program,
	    origin->time);
}

static void
note_broken(struct deliveries *deliveries, const struct origin *origin)
{
	bool lost;

	processes_touch(deliveries->processes, origin->process, &lost)
	    ->relay = 0;
}

static void
note_sender(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	struct domain domain;

	address_domain(event->sender, &domain);
	senders_put(deliveries->senders, origin->message, &domain);
}

/* Is the session that the process spoke of last the one of this delivery? */
static bool
is_same_session(const struct process *process, const struct origin *origin,
    const struct mailevent *event)
{
	return process->relay != 0 && process->relay == origin_relay(event) &&
	    (process->message == 0 || process->message == origin->message);
}

/* Sendmail keeps connections open and does not say when it uses one again. */
static bool
may_be_kept_open(const struct process *process, const struct mailevent *event)
{
	return !event->is_postfix && process->relay != 0 &&
	    process->relay == origin_relay(event);
}

static enum delivery_event
judge_without_line(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	if (event->level == MAILEVENT_LEVEL_NONE)
		return DELIVERY_SENT_PLAIN;
	if (event->level == MAILEVENT_LEVEL_TLS)
		return DELIVERY_SENT_TLS;
	if (tlslines_known(&deliveries->tlslines, origin->program,
		origin->time, DELIVERIES_MEMORY_MS))
		return DELIVERY_SENT_PLAIN;
	if (!deliveries->rehearse)
		deliveries->counts.unlogged++;
	return DELIVERY_SENT_UNKNOWN;
}

static enum delivery_event
judge(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event, struct process *process, bool lost)
{
	if (event->fate == MAILEVENT_TLS_FAILED)
		return DELIVERY_TLS_FAILED;
	if (event->level != MAILEVENT_LEVEL_NONE &&
	    is_same_session(process, origin, event)) {
		process->message = origin->message;
		return DELIVERY_SENT_TLS;
	}
	if (lost || may_be_kept_open(process, event))
		return DELIVERY_SENT_UNKNOWN;
	process->relay = 0;
	return judge_without_line(deliveries, origin, event);
}

/* The facts of the session that the delivery went through, if it did. */
static void
put_tls(const struct process *process, const struct origin *origin,
    struct delivery *out)
{
	if (process->relay == 0 || process->message != origin->message)
		return;
	out->cert = process->cert;
	out->bits = process->bits;
	memcpy(out->version, process->version, sizeof(out->version));
	memcpy(out->cipher, process->cipher, sizeof(out->cipher));
}

/* A domain is told once for a message, however many mailboxes it has. */
static void
tell(struct deliveries *deliveries, const struct origin *origin,
    struct process *process, struct delivery *delivery)
{
	uint64_t key = loghash_number(origin->message, delivery->event);

	key = loghash_of(key, domain_slice(&delivery->recipient));
	if (key == process->told)
		return;
	process->told = key;
	if (deliveries->rehearse)
		return;
	deliveries->counts.events[delivery->event]++;
	deliveries->sink(deliveries->context, delivery);
}

/* What the delivery of that line was, and in whose process. */
static struct process *
join(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event, struct delivery *out)
{
	struct process *process;
	bool lost;

	process =
	    processes_touch(deliveries->processes, origin->process, &lost);
	delivery_read(event, origin->time, out);
	out->event = judge(deliveries, origin, event, process, lost);
	if (out->event == DELIVERY_SENT_TLS)
		put_tls(process, origin, out);
	out->sender_known = senders_find(
	    deliveries->senders, origin->message, &out->sender);
	return process;
}

static void
note_delivery(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	struct slice rest = event->recipients, recipient;
	struct delivery delivery;
	struct process *process;
	unsigned count;

	if (event->fate == MAILEVENT_NOT_SENT)
		return;
	if (delivery_is_local(event)) {
		if (!deliveries->rehearse)
			deliveries->counts.local++;
		return;
	}
	process = join(deliveries, origin, event, &delivery);
	for (count = 0; count < DELIVERIES_PER_LINE &&
	    mailevent_recipient(&rest, &recipient); count++) {
		address_domain(recipient, &delivery.recipient);
		tell(deliveries, origin, process, &delivery);
	}
}

static bool
read_event(const struct logline *line, struct mailevent *out)
{
	if (postfixlog_is_ours(line))
		return postfixlog_read(line, out);
	memset(out, 0, sizeof(*out));
	out->kind = MAILEVENT_OTHER;
	return !sendmaillog_is_ours(line) || sendmaillog_read(line, out);
}

static void
note(struct deliveries *deliveries, const struct logline *line,
    const struct mailevent *event)
{
	struct origin origin;

	origin_read(line, event, &origin);
	switch (event->kind) {
	case MAILEVENT_TLS:
		note_tls(deliveries, &origin, event);
		break;
	case MAILEVENT_BROKEN:
		note_broken(deliveries, &origin);
		break;
	case MAILEVENT_DELIVERY:
		note_delivery(deliveries, &origin, event);
		break;
	case MAILEVENT_SENDER:
		note_sender(deliveries, &origin, event);
		break;
	case MAILEVENT_RESTART:
		tlslines_forget(&deliveries->tlslines, origin.host);
		break;
	case MAILEVENT_OTHER:
		break;
	}
}

void
deliveries_feed(struct deliveries *deliveries, struct slice text, int64_t now)
{
	struct logline line;
	struct mailevent event;
	bool understood;

	deliveries->clock.now = now;
	understood = logline_read(&deliveries->clock, text, &line);
	if (understood) {
		deliveries->last = line.time;
		understood = read_event(&line, &event);
	}
	if (!deliveries->rehearse) {
		deliveries->counts.lines++;
		if (!understood)
			deliveries->counts.unknown++;
	}
	if (understood && event.kind != MAILEVENT_OTHER)
		note(deliveries, &line, &event);
}
