#include "milter/ledger/entry.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/utf8.h"

void
entry_clean(char *out, size_t size, const char *text)
{
	struct slice rest = slice_of(text);
	size_t used = 0;
	size_t len;

	while (rest.len > 0) {
		len = utf8_length(rest);
		if (used + (len > 0 ? len : 1) >= size)
			break;
		if (len == 0 || (len == 1 && (*rest.at < ' ' ||
		    *rest.at == 0x7f))) {
			out[used++] = '?';
			len = 1;
		} else {
			memcpy(out + used, rest.at, len);
			used += len;
		}
		rest = slice_make(rest.at + len, rest.len - len);
	}
	out[used] = '\0';
}

static int64_t
time_bounded(int64_t time)
{
	if (time < 0)
		return 0;
	return time > ENTRY_TIME_MAX ? ENTRY_TIME_MAX : time;
}

/* What stands for the protocol when the MTA named none. */
static const char *
tls_text(const struct ledger_record *record)
{
	if (record->tls != NULL && record->tls[0] != '\0')
		return record->tls;
	return record->tls_state == TLS_NONE ? "none" : "unknown";
}

void
entry_copy(struct entry *entry, const struct ledger_record *record,
    unsigned part)
{
	entry->seq = 0;
	entry->part = part;
	entry->time = time_bounded(record->time);
	entry->direction = record->direction;
	entry->event = record->event;
	entry->mode = record->mode;
	entry->side = record->side;
	entry->cert = record->cert;
	entry->bits = record->bits;
	entry->requiretls = record->requiretls;
	entry->has_rule = record->has_rule;
	entry_clean(entry->sender, sizeof(entry->sender), record->sender);
	entry_clean(
	    entry->recipient, sizeof(entry->recipient), record->recipient);
	entry_clean(entry->policy, sizeof(entry->policy), record->policy);
	entry_clean(entry->peer, sizeof(entry->peer), record->peer);
	entry_clean(entry->address, sizeof(entry->address), record->address);
	entry_clean(entry->tls, sizeof(entry->tls), tls_text(record));
	entry_clean(entry->cipher, sizeof(entry->cipher), record->cipher);
	entry_clean(entry->cn, sizeof(entry->cn), record->cn);
	entry_clean(
	    entry->queue_id, sizeof(entry->queue_id), record->queue_id);
	entry_clean(
	    entry->stamp_id, sizeof(entry->stamp_id), record->stamp_id);
}

void
entry_put_json(struct buf *out, const char *text)
{
	const char *from = text;
	const char *at;

	buf_putc(out, '"');
	for (at = text; *at != '\0'; at++) {
		if ((unsigned char)*at >= ' ' && *at != '"' && *at != '\\')
			continue;
		buf_put(out, from, (size_t)(at - from));
		if (*at == '"' || *at == '\\') {
			buf_putc(out, '\\');
			buf_putc(out, *at);
		} else
			buf_printf(out, "\\u%04x", (unsigned)*at);
		from = at + 1;
	}
	buf_put(out, from, (size_t)(at - from));
	buf_putc(out, '"');
}

/*
 * Year, month and day of a day counted from 1970. The reckoning in eras of
 * 400 years needs no table and no library; years begin in March.
 */
static void
civil_of(int64_t day, unsigned *year, unsigned *month, unsigned *mday)
{
	unsigned days = (unsigned)(day + 719468);
	unsigned era = days / 146097;
	unsigned doe = days % 146097;
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned shifted = (5 * doy + 2) / 153;

	*mday = doy - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = era * 400 + yoe + (*month <= 2 ? 1 : 0);
}

static void
put_digits(char *at, unsigned value, unsigned digits)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

void
entry_put_time(struct buf *out, int64_t time)
{
	char text[] = "0000-00-00T00:00:00.000Z";
	int64_t bounded = time_bounded(time);
	unsigned ms = (unsigned)(bounded % ENTRY_DAY_MS);
	unsigned year, month, mday;

	civil_of(bounded / ENTRY_DAY_MS, &year, &month, &mday);
	put_digits(text, year, 4);
	put_digits(text + 5, month, 2);
	put_digits(text + 8, mday, 2);
	put_digits(text + 11, ms / 3600000, 2);
	put_digits(text + 14, ms / 60000 % 60, 2);
	put_digits(text + 17, ms / 1000 % 60, 2);
	put_digits(text + 20, ms % 1000, 3);
	buf_put(out, text, sizeof(text) - 1);
}

static void
put_number(struct buf *out, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_put(out, digits + at, sizeof(digits) - at);
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
	buf_puts(out, key);
	entry_put_json(out, text);
}

void
entry_line(const struct entry *entry, const char *host, struct buf *out)
{
	buf_puts(out, "{\"v\":1,\"seq\":");
	put_number(out, entry->seq);
	buf_puts(out, ",\"time\":\"");
	entry_put_time(out, entry->time);
	put_text(out, "\",\"direction\":",
	    record_direction_name(entry->direction));
	put_text(out, ",\"event\":", record_event_name(entry->event));
	put_text(out, ",\"mode\":", mode_name(entry->mode));
	put_text(out, ",\"sender\":", entry->sender);
	put_text(out, ",\"recipient\":", entry->recipient);
	put_text(out, ",\"policy\":", entry->policy);
	put_text(out, ",\"side\":", side_name(entry->side));
	put_text(out, ",\"peer\":", entry->peer);
	put_text(out, ",\"address\":", entry->address);
	put_text(out, ",\"tls\":", entry->tls);
	put_text(out, ",\"cipher\":", entry->cipher);
	buf_puts(out, ",\"bits\":");
	put_number(out, entry->bits);
	put_text(out, ",\"cert\":", cert_state_name(entry->cert));
	put_text(out, ",\"cn\":", entry->cn);
	buf_puts(out, ",\"requiretls\":");
	buf_puts(out, entry->requiretls ? "true" : "false");
	put_text(out, ",\"queue\":", entry->queue_id);
	put_text(out, ",\"stamp\":", entry->stamp_id);
	put_text(out, ",\"host\":", host);
	buf_puts(out, ",\"part\":");
	put_number(out, entry->part);
	buf_putc(out, '}');
}

const char *
entry_partner(const struct entry *entry)
{
	const char *name = entry->direction == RECORD_OUT ? entry->recipient
							  : entry->sender;

	return name[0] == '\0' ? "<>" : name;
}

void
entry_network(const struct entry *entry, char out[ENTRY_NETWORK_TEXT])
{
	struct ipaddr addr;
	struct network net;
	char text[IPADDR_TEXT];
	unsigned bits;

	if (!ipaddr_parse(slice_of(entry->address), &addr)) {
		memcpy(out, "-", 2);
		return;
	}
	network_of_client(&addr, &net);
	ipaddr_print(&net.base, text);
	bits = ipaddr_is_v4(&addr) ? net.bits - 96 : net.bits;
	(void)snprintf(out, ENTRY_NETWORK_TEXT, "%s/%u", text, bits);
}

bool
entry_counts(const struct entry *entry)
{
	return entry->part == 0 && record_event_is_message(entry->event);
}

int64_t
entry_day(int64_t time)
{
	return time_bounded(time) / ENTRY_DAY_MS;
}
