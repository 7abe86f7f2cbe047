#include "milter/maillog/deliveries.h"

#include <stdlib.h>
#include <string.h>

#include "milter/maillog/loghash.h"
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

/* Whom a line is of, as hashes. */
struct origin {
	uint64_t host;
	uint64_t program;
	uint64_t process;
	uint64_t message;
	int64_t time;
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

/* A copy for the record, without what has no place in a log or reply. */
static void
copy_token(char *out, size_t size, struct slice text)
{
	size_t used = 0, i;

	for (i = 0; i < text.len && used + 1 < size; i++)
		if (ascii_is_alnum(text.at[i]) || text.at[i] == '-' ||
		    text.at[i] == '_' || text.at[i] == '.')
			out[used++] = text.at[i];
	out[used] = '\0';
}

/* Sendmail: `TLSv1/SSLv3` is what old ones call TLS 1.0 or later. */
static void
copy_version(char *out, size_t size, struct slice text)
{
	struct slice rest = text;

	copy_token(out, size, slice_cut(&rest, '/'));
}

static void
origin_of(const struct logline *line, const struct mailevent *event,
    struct origin *out)
{
	out->host = loghash_of(0, line->host);
	out->program = loghash_of(out->host, line->program);
	out->process = loghash_of(out->program, line->pid);
	out->message = loghash_of(out->host, event->queue_id);
	out->time = line->time;
}

/* With Postfix the address counts too, Sendmail's TLS line has none. */
static uint64_t
relay_of(const struct mailevent *event)
{
	uint64_t hash = loghash_of(1, event->relay);

	return event->is_postfix ? loghash_of(hash, event->address) : hash;
}

static void
note_tls(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	struct process *process;
	bool lost;

	process =
	    processes_touch(deliveries->processes, origin->process, &lost);
	process->relay = relay_of(event);
	process->message = 0;
	process->cert = event->cert;
	process->bits = event->bits;
	copy_version(
	    process->version, sizeof(process->version), event->version);
	copy_token(process->cipher, sizeof(process->cipher), event->cipher);
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

/*
 * A content filter, a delivery agent, the submission of local mail: no mail
 * leaves through them.
 */
static bool
is_local(const struct mailevent *event)
{
	struct slice relay = event->relay;
	struct ipaddr addr;

	if (event->address.len == 0)
		return event->fate == MAILEVENT_SENT;
	if (!ipaddr_parse(event->address, &addr))
		return true; /* a unix socket */
	return slice_is_nocase(relay, "localhost") ||
	    slice_is_nocase(relay, "localhost.localdomain") ||
	    slice_is(relay, "127.0.0.1") || slice_is(relay, "[127.0.0.1]") ||
	    slice_is(relay, "::1") || slice_is(relay, "[IPv6:::1]");
}

/* Is the session that the process spoke of last the one of this delivery? */
static bool
is_same_session(const struct process *process, const struct origin *origin,
    const struct mailevent *event)
{
	return process->relay != 0 && process->relay == relay_of(event) &&
	    (process->message == 0 || process->message == origin->message);
}

/* Sendmail keeps connections open and does not say when it uses one again. */
static bool
may_be_kept_open(const struct process *process, const struct mailevent *event)
{
	return !event->is_postfix && process->relay != 0 &&
	    process->relay == relay_of(event);
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

static void
fill(const struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event, const struct process *process,
    struct delivery *out)
{
	struct ipaddr addr;
	struct domain relay;

	memset(out, 0, sizeof(*out));
	out->time = origin->time;
	out->cert = CERT_UNKNOWN;
	copy_token(out->queue_id, sizeof(out->queue_id), event->queue_id);
	if (ipaddr_parse(event->address, &addr))
		ipaddr_print(&addr, out->address);
	domain_normalize(event->relay, &relay);
	if (relay.kind == DOMAIN_NAME && !ipaddr_parse(event->relay, &addr) &&
	    !slice_is(event->relay, "none"))
		memcpy(out->relay, relay.text, relay.len + 1);
	out->sender_known = senders_find(
	    deliveries->senders, origin->message, &out->sender);
	if (!out->sender_known)
		domain_init(&out->sender);
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

static void
note_delivery(struct deliveries *deliveries, const struct origin *origin,
    const struct mailevent *event)
{
	struct slice rest = event->recipients, recipient;
	struct delivery delivery;
	struct process *process;
	enum delivery_event what;
	unsigned count;
	bool lost;

	if (event->fate == MAILEVENT_NOT_SENT)
		return;
	if (is_local(event)) {
		if (!deliveries->rehearse)
			deliveries->counts.local++;
		return;
	}
	process =
	    processes_touch(deliveries->processes, origin->process, &lost);
	what = judge(deliveries, origin, event, process, lost);
	fill(deliveries, origin, event, process, &delivery);
	delivery.event = what;
	if (what != DELIVERY_SENT_TLS) {
		delivery.cert = CERT_UNKNOWN;
		delivery.bits = 0;
		delivery.version[0] = delivery.cipher[0] = '\0';
	}
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

	origin_of(line, event, &origin);
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
