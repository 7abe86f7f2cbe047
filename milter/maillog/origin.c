#include "milter/maillog/origin.h"

#include "milter/maillog/loghash.h"

void
origin_read(const struct logline *line, const struct mailevent *event,
    struct origin *out)
{
	out->host = loghash_of(0, line->host);
	out->program = loghash_of(out->host, line->program);
	out->process = loghash_of(out->program, line->pid);
	out->message = loghash_of(out->host, event->queue_id);
	out->time = line->time;
}

uint64_t
origin_relay(const struct mailevent *event)
{
	uint64_t hash = loghash_of(1, event->relay);

	return event->is_postfix ? loghash_of(hash, event->address) : hash;
}
