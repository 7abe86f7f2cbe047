#include "milter/session/authresults.h"

#include <stdio.h>
#include <string.h>

#include "policy/domain.h"

/* RFC 5322, 2.1.1: lines of 78 octets, with the CRLF 80. */
enum { COLUMNS = 76, WORD_MAX = 320 };

void
authresults_begin(struct authresults *results, const char *host)
{
	results->host = host;
	results->seen = 0;
	results->failed = false;
	edits_reset(&results->forged);
}

void
authresults_header(struct authresults *results, struct arena *arena,
    struct slice name, struct slice value)
{
	struct edit edit = {
	    .kind = EDIT_DELETE_FIELD,
	    .name = AUTHRESULTS_FIELD_NAME,
	};

	if (results->host == NULL ||
	    !slice_is_nocase(name, AUTHRESULTS_FIELD_NAME))
		return;
	edit.occurrence = ++results->seen;
	if (authresults_claims(value, results->host) &&
	    edits_push(&results->forged, arena, &edit) != STATUS_OK)
		results->failed = true;
}

bool
authresults_has_work(const struct authresults *results)
{
	return results->host != NULL;
}

enum status
authresults_finish(const struct authresults *results, struct arena *arena,
    const struct tlsinfo *tls, const struct ipaddr *client,
    struct edits *edits)
{
	struct edit insert = {
	    .kind = EDIT_INSERT_FIELD,
	    .name = AUTHRESULTS_FIELD_NAME,
	};
	char storage[AUTHRESULTS_MAX];
	enum status status;
	struct buf text;

	if (results->host == NULL)
		return STATUS_OK;
	if (results->failed)
		return STATUS_NOMEM;
	status = edits_append(edits, arena, &results->forged);
	buf_init_fixed(&text, storage, sizeof(storage));
	authresults_write(results->host, tls, client, &text);
	if (status != STATUS_OK || text.len == 0)
		return status;
	insert.value = arena_copy(arena, buf_slice(&text));
	return insert.value == NULL ? STATUS_NOMEM
				    : edits_add(edits, arena, &insert);
}

/*
 * payload     = [CFWS] authserv-id [ CFWS version ] ( no-result / resinfos )
 * authserv-id = value			; RFC 8601, 2.2
 * value       = token / quoted-string	; RFC 2045, 5.1; RFC 6532 adds UTF-8
 * CFWS        = 1*( FWS / comment )	; RFC 5322, 3.2.2
 * comment     = "(" *( FWS / ctext / quoted-pair / comment ) ")"
 */
static bool
is_token(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c != 0x7f &&
	    strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static void
skip(struct slice *rest, size_t count)
{
	rest->at += count;
	rest->len -= count;
}

/* *rest stands at a parenthesis. Returns false if it is never closed. */
static bool
skip_comment(struct slice *rest)
{
	size_t depth = 0;
	char c;

	while (rest->len > 0) {
		c = rest->at[0];
		skip(rest, 1);
		if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return true;
		else if (c == '\\' && rest->len > 0)
			skip(rest, 1);
	}
	return false;
}

static bool
skip_cfws(struct slice *rest)
{
	while (rest->len > 0) {
		if (ascii_is_blank(rest->at[0]))
			skip(rest, 1);
		else if (rest->at[0] != '(')
			return true;
		else if (!skip_comment(rest))
			return false;
	}
	return true;
}

/* *rest stands behind the opening quote. Folds are no part of the text. */
static bool
read_quoted(struct slice *rest, struct buf *out)
{
	char c;

	while (rest->len > 0) {
		c = rest->at[0];
		skip(rest, 1);
		if (c == '"')
			return true;
		if (c == '\\' && rest->len > 0) {
			c = rest->at[0];
			skip(rest, 1);
		}
		if (c != '\r' && c != '\n')
			buf_putc(out, c);
	}
	return false;
}

/* Returns false when there is no authserv-id, or none that ends. */
static bool
read_authserv_id(struct slice *rest, struct buf *out)
{
	if (!skip_cfws(rest) || rest->len == 0)
		return false;
	if (rest->at[0] == '"') {
		skip(rest, 1);
		return read_quoted(rest, out);
	}
	while (rest->len > 0 && is_token(rest->at[0])) {
		buf_putc(out, rest->at[0]);
		skip(rest, 1);
	}
	return out->len > 0;
}

/* What may stand behind an authserv-id: nothing, CFWS or a semicolon. */
static bool
is_end_of_id(struct slice rest)
{
	return rest.len == 0 || rest.at[0] == ';' || rest.at[0] == '(' ||
	    ascii_is_blank(rest.at[0]);
}

static bool
is_same_host(struct slice id, const char *host)
{
	struct domain a, b;

	domain_normalize(slice_trim(id), &a);
	domain_normalize(slice_of(host), &b);
	if (a.kind == DOMAIN_NAME && b.kind == DOMAIN_NAME)
		return domain_equal(&a, &b);
	return slice_is_nocase(id, host);
}

static bool
holds_nocase(struct slice value, const char *text)
{
	while (value.len > 0) {
		if (slice_begins_nocase(value, text))
			return true;
		skip(&value, 1);
	}
	return false;
}

/* UTF-8 that is no name: blanks, say, that another reader takes off. */
static bool
is_odd(struct slice id)
{
	struct domain domain;
	size_t i;

	domain_normalize(id, &domain);
	for (i = 0; i < id.len && domain.kind == DOMAIN_OTHER; i++)
		if ((unsigned char)id.at[i] >= 0x80)
			return true;
	return false;
}

bool
authresults_claims(struct slice value, const char *host)
{
	char storage[4 * (DOMAIN_MAX + 1)];
	struct slice rest = value;
	struct buf id;

	buf_init_fixed(&id, storage, sizeof(storage));
	if (read_authserv_id(&rest, &id) && is_end_of_id(rest) &&
	    buf_status(&id) == STATUS_OK && !is_odd(buf_slice(&id))) {
		value.len -= rest.len;
		return is_same_host(buf_slice(&id), host) ||
		    slice_holds(value, "=?");
	}
	return holds_nocase(value, host) || slice_holds(value, "=?");
}

/* As a token if it is one, else quoted; what prints nowhere becomes `?`. */
static void
put_value(struct buf *out, const char *text)
{
	const char *at = text;

	while (is_token(*at) && (unsigned char)*at < 0x80)
		at++;
	if (*at == '\0' && at > text) {
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '"');
	for (at = text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *at >= ' ' && *at <= '~' ? *at : '?');
	}
	buf_putc(out, '"');
}

struct line {
	struct buf *out;
	size_t column;
};

/* `name=value` behind a space, or on a line of its own. */
static void
put_word(struct line *line, const char *name, const char *text)
{
	char storage[WORD_MAX];
	struct buf word;

	buf_init_fixed(&word, storage, sizeof(storage));
	buf_printf(&word, "%s=", name);
	put_value(&word, text);
	if (line->column + 1 + word.len > COLUMNS) {
		buf_puts(line->out, "\n\t");
		line->column = 8;
	} else if (line->column > 8) {
		buf_putc(line->out, ' ');
		line->column++;
	}
	buf_put_slice(line->out, buf_slice(&word));
	line->column += word.len;
}

static void
put_session(struct line *line, const struct tlsinfo *tls)
{
	char bits[16];

	put_word(line, "x-tls", "pass");
	if (tls->version_text[0] != '\0')
		put_word(line, "smtp.version", tls->version_text);
	if (tls->cipher[0] != '\0')
		put_word(line, "smtp.cipher", tls->cipher);
	if (!tls->bits_known)
		return;
	(void)snprintf(bits, sizeof(bits), "%u", tls->bits);
	put_word(line, "smtp.bits", bits);
}

void
authresults_write(const char *host, const struct tlsinfo *tls,
    const struct ipaddr *client, struct buf *out)
{
	struct line line = {.out = out, .column = 8};
	char address[IPADDR_TEXT];

	if (tls->state == TLS_UNKNOWN)
		return;
	put_value(out, host);
	buf_puts(out, ";\n\t");
	if (tls->state == TLS_ESTABLISHED) {
		put_session(&line, tls);
		return;
	}
	put_word(&line, "x-tls", "none");
	if (client == NULL)
		return;
	ipaddr_print(client, address);
	put_word(&line, "smtp.remote-ip", address);
}
