#include "milter/maillog/postfixlog.h"

#include <string.h>

enum { QUEUE_ID_MIN = 5 };

bool
postfixlog_is_ours(const struct logline *line)
{
	return line->program.len > 0 &&
	    memchr(line->program.at, '/', line->program.len) != NULL;
}

/* `smtp` of `postfix/relay/smtp`. */
static struct slice
service_of(struct slice program)
{
	size_t i = program.len;

	while (i > 0 && program.at[i - 1] != '/')
		i--;
	return slice_make(program.at + i, program.len - i);
}

/* `NAME[ADDRESS]:PORT`; `none` and other words have no address. */
static void
read_relay(struct slice text, struct mailevent *out)
{
	struct slice rest = text;

	out->relay = slice_cut(&rest, '[');
	out->address = slice_make(NULL, 0);
	if (rest.at != NULL)
		out->address = slice_cut(&rest, ']');
}

static enum cert_state
cert_of(struct slice word)
{
	if (slice_is(word, "Trusted") || slice_is(word, "Verified"))
		return CERT_TRUSTED;
	if (slice_is(word, "Untrusted"))
		return CERT_FAILED;
	return slice_is(word, "Anonymous") ? CERT_NONE : CERT_UNKNOWN;
}

/*
 * `WORD TLS connection established to NAME[ADDRESS]:PORT: PROTOCOL with
 * cipher SUITE (USED/ALL bits) ...`; of a session with SNI or a later
 * version something may stand between port and protocol.
 */
static bool
read_tls(struct slice text, struct slice peer, struct mailevent *out)
{
	struct slice rest = text;
	const char *with = mailevent_find(text, " with cipher ");
	const char *start;

	out->cert = cert_of(slice_cut(&rest, ' '));
	if (with == NULL || with < peer.at)
		return false;
	for (start = with; start > peer.at && start[-1] != ' ';)
		start--;
	read_relay(peer, out);
	out->version = slice_make(start, (size_t)(with - start));
	rest = mailevent_from(text, with, strlen(" with cipher "));
	out->cipher = slice_cut(&rest, ' ');
	if (rest.len > 0 && rest.at[0] == '(')
		rest = slice_make(rest.at + 1, rest.len - 1);
	out->bits = mailevent_bits(slice_cut(&rest, ' '));
	out->kind = MAILEVENT_TLS;
	return out->version.len > 0 && out->cipher.len > 0;
}

/* Why Postfix itself kept a message back; what a server said is not that. */
static bool
is_tls_reason(struct slice reason)
{
	static const char *const reasons[] = {
	    "TLS is required, but ",
	    "Cannot start TLS: ",
	    "Server certificate not ",
	    "TLS policy lookup ",
	    "TLSA lookup error ",
	    "client TLS configuration problem",
	    "non DNSSEC destination",
	    "REQUIRETLS ",
	};
	size_t i;

	for (i = 0; i < LENGTH(reasons); i++)
		if (slice_begins_nocase(reason, reasons[i]))
			return true;
	return false;
}

/*
 * The level of the session: `may`, `dane:encrypt` (the second is what came
 * of it), `!verify` (broken, so nothing was sent), `may/requiretls`. Source:
 * Postfix 3.11, pol_stats_format.
 */
static enum mailevent_level
level_of(struct slice text, bool *broken)
{
	struct slice rest = text, name = slice_cut(&rest, '/'), last = name;

	*broken = mailevent_find(text, "!") != NULL;
	(void)slice_cut(&last, ':');
	if (last.at == NULL)
		last = name;
	if (last.len > 0 && last.at[0] == '!')
		last = slice_make(last.at + 1, last.len - 1);
	if (last.len == 0 || last.at[last.len - 1] == '?')
		return MAILEVENT_LEVEL_UNSAID;
	if (slice_is(last, "none"))
		return MAILEVENT_LEVEL_NONE;
	if (slice_is(last, "may"))
		return MAILEVENT_LEVEL_MAY;
	if (slice_is(last, "encrypt") || slice_is(last, "verify") ||
	    slice_is(last, "secure") || slice_is(last, "fingerprint") ||
	    slice_is(last, "dane-only") || slice_is(last, "dane"))
		return MAILEVENT_LEVEL_TLS;
	return MAILEVENT_LEVEL_UNSAID;
}

/* `sent (250 2.0.0 Ok)` */
static void
read_status(struct slice status, bool broken, struct mailevent *out)
{
	struct slice reason = status, word = slice_cut(&reason, ' ');

	if (reason.len > 0 && reason.at[0] == '(')
		reason = slice_make(reason.at + 1, reason.len - 1);
	if (slice_is(word, "sent"))
		out->fate = MAILEVENT_SENT;
	else if (broken || is_tls_reason(reason))
		out->fate = MAILEVENT_TLS_FAILED;
	else
		out->fate = MAILEVENT_NOT_SENT;
}

/* `NAME=VALUE, ` pairs up to `status=`; unknown ones are passed over. */
static bool
read_pairs(struct slice pairs, struct mailevent *out)
{
	struct slice rest = pairs, pair;
	bool broken = false, has_relay = false;

	while (rest.at != NULL) {
		if (slice_begins_nocase(rest, "status=")) {
			read_status(mailevent_from(rest, rest.at, 7), broken,
			    out);
			return has_relay;
		}
		pair = slice_cut(&rest, ',');
		rest = slice_trim(rest);
		if (slice_begins_nocase(pair, "relay=")) {
			read_relay(mailevent_from(pair, pair.at, 6), out);
			has_relay = true;
		} else if (slice_begins_nocase(pair, "tls=")) {
			out->level = level_of(
			    mailevent_from(pair, pair.at, 4), &broken);
		}
	}
	return false;
}

/* `<a@x>, orig_to=<b@y>, relay=...`: what follows the addresses. */
static bool
skip_addresses(struct slice text, struct slice *address, struct slice *pairs)
{
	static const char orig[] = ", orig_to=";
	struct slice rest, ignored;
	const char *at;

	if (mailevent_address(text, address, &rest)) {
		if (slice_begins_nocase(rest, orig) &&
		    !mailevent_address(
			mailevent_from(rest, rest.at, sizeof(orig) - 1),
			&ignored, &rest))
			rest.len = 0;
		if (slice_begins_nocase(rest, ", relay=")) {
			*pairs = mailevent_from(rest, rest.at, 2);
			return true;
		}
	}
	/* Before 3.5 a local part is logged without its quotes. */
	at = mailevent_find(text, ">, relay=");
	if (at == NULL || text.at[0] != '<')
		return false;
	*address = slice_make(text.at + 1, (size_t)(at - text.at) - 1);
	*pairs = mailevent_from(text, at, 3);
	return true;
}

static bool
read_delivery(struct slice to, struct mailevent *out)
{
	struct slice pairs;

	if (!skip_addresses(to, &out->recipients, &pairs) ||
	    !read_pairs(pairs, out))
		return false;
	out->kind = MAILEVENT_DELIVERY;
	/* With its brackets, as mailevent_recipient wants it. */
	out->recipients =
	    slice_make(out->recipients.at - 1, out->recipients.len + 2);
	return true;
}

/*
 * What stands behind `WORD TLS connection established to `. Further inside a
 * line it may be a server that says so.
 */
static bool
find_tls_peer(struct slice text, struct slice *out)
{
	static const char *const words[] = {
	    "TLS connection established to ", "TLS connection reused to "};
	struct slice rest = text;
	size_t i;

	(void)slice_cut(&rest, ' ');
	for (i = 0; i < LENGTH(words); i++) {
		if (slice_begins_nocase(rest, words[i])) {
			*out = mailevent_from(rest, rest.at, strlen(words[i]));
			return true;
		}
	}
	return false;
}

static bool
read_smtp(struct slice text, struct mailevent *out)
{
	struct slice rest;

	if (logline_queue_id(text, QUEUE_ID_MIN, &out->queue_id, &rest)) {
		if (slice_begins_nocase(rest, "to=<"))
			return read_delivery(
			    mailevent_from(rest, rest.at, 3), out);
		if (slice_begins_nocase(rest, "lost connection with ") ||
		    slice_begins_nocase(rest, "conversation with "))
			out->kind = MAILEVENT_BROKEN;
		return true;
	}
	out->queue_id = slice_make(NULL, 0);
	return !find_tls_peer(text, &rest) || read_tls(text, rest, out);
}

/* `QUEUE-ID: from=<a@x>, size=...` */
static void
read_qmgr(struct slice text, struct mailevent *out)
{
	struct slice rest, ignored;

	if (logline_queue_id(text, QUEUE_ID_MIN, &out->queue_id, &rest) &&
	    slice_begins_nocase(rest, "from=<") &&
	    mailevent_address(
		mailevent_from(rest, rest.at, 5), &out->sender, &ignored))
		out->kind = MAILEVENT_SENDER;
}

bool
postfixlog_read(const struct logline *line, struct mailevent *out)
{
	struct slice service = service_of(line->program);

	memset(out, 0, sizeof(*out));
	out->kind = MAILEVENT_OTHER;
	out->is_postfix = true;
	if (slice_is(service, "smtp"))
		return read_smtp(line->text, out);
	if (slice_is(service, "qmgr") || slice_is(service, "nqmgr"))
		read_qmgr(line->text, out);
	else if (slice_is(service, "master") &&
	    (slice_begins_nocase(line->text, "reload -- ") ||
		slice_begins_nocase(line->text, "daemon started -- ")))
		out->kind = MAILEVENT_RESTART;
	return true;
}
