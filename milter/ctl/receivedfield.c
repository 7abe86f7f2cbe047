#include "milter/ctl/receivedfield.h"

#include <string.h>

#include "milter/ctl/receivedscan.h"
#include "milter/ctl/receivedtls.h"
#include "policy/base/attributes.h"
#include "policy/network.h"

/*
 * field   = *( clause / comment ) [ ";" date ]
 * clause  = keyword word *( word )
 * keyword = "from" / "by" / "via" / "with" / "id" / "for" / "tls"
 *
 * Fields of the wild have clauses in any order, comments between all of them,
 * and words that no grammar knows.
 */
enum clause {
	CLAUSE_NONE,
	CLAUSE_FROM,
	CLAUSE_BY,
	CLAUSE_VIA,
	CLAUSE_WITH,
	CLAUSE_ID,
	CLAUSE_FOR,
	CLAUSE_TLS
};

static enum clause
clause_of(struct slice word)
{
	static const char *const names[] = {
	    [CLAUSE_FROM] = "from",
	    [CLAUSE_BY] = "by",
	    [CLAUSE_VIA] = "via",
	    [CLAUSE_WITH] = "with",
	    [CLAUSE_ID] = "id",
	    [CLAUSE_FOR] = "for",
	    [CLAUSE_TLS] = "tls",
	};
	unsigned i;

	for (i = CLAUSE_FROM; i < LENGTH(names); i++)
		if (slice_is_nocase(word, names[i]))
			return (enum clause)i;
	return CLAUSE_NONE;
}

static void
set_address(struct received *out, struct slice text)
{
	struct ipaddr addr;

	if (slice_begins_nocase(text, "IPv6:"))
		receivedscan_skip(&text, strlen("IPv6:"));
	if (ipaddr_parse(text, &addr))
		received_set(&out->address, text);
}

/* `mx.example [192.0.2.1]`, `[192.0.2.1] helo=x`, and Microsoft's bare one. */
static void
read_peer(struct slice text, struct received *out)
{
	struct slice rest = text, inside;

	while (rest.len > 0 && rest.at[0] != '[')
		receivedscan_skip(&rest, 1);
	if (rest.len == 0) {
		set_address(out, slice_trim(text));
		return;
	}
	receivedscan_skip(&rest, 1);
	inside = slice_cut(&rest, ']');
	set_address(out, inside);
}

/* The first word of a clause. */
static void
read_word(enum clause clause, struct slice word, struct received *out)
{
	switch (clause) {
	case CLAUSE_FROM:
		received_set(&out->from, word);
		if (word.at[0] == '[')
			read_peer(word, out);
		break;
	case CLAUSE_BY:
		received_set(&out->by, word);
		break;
	case CLAUSE_WITH:
		received_set(&out->with, word);
		break;
	case CLAUSE_TLS:
		received_set(&out->cipher, word);
		break;
	case CLAUSE_NONE:
	case CLAUSE_VIA:
	case CLAUSE_ID:
	case CLAUSE_FOR:
		break;
	}
}

/* `Microsoft SMTP Server`: further words of the protocol. */
static void
read_more(enum clause clause, struct slice word, struct received *out)
{
	const char *end;

	if (clause != CLAUSE_WITH || out->with.len == 0)
		return;
	end = out->with.at + out->with.len;
	if (slice_trim(slice_make(end, (size_t)(word.at - end))).len == 0)
		out->with.len = (size_t)(word.at + word.len - out->with.at);
}

static void
read_comment(enum clause clause, struct slice comment, struct received *out)
{
	if (clause == CLAUSE_FROM)
		read_peer(comment, out);
	receivedtls_read(comment, clause == CLAUSE_WITH, out);
}

bool
received_read(struct slice value, struct received *out)
{
	enum clause clause = CLAUSE_NONE, next;
	bool wants_word = false;
	struct slice rest = value;
	struct received_item item;

	memset(out, 0, sizeof(*out));
	for (item = receivedscan_next(&rest); item.kind != RECEIVED_END;
	     item = receivedscan_next(&rest)) {
		if (item.kind == RECEIVED_DATE) {
			out->date = slice_trim(rest);
			break;
		}
		if (item.kind == RECEIVED_COMMENT) {
			read_comment(clause, item.text, out);
			continue;
		}
		next = wants_word ? CLAUSE_NONE : clause_of(item.text);
		if (wants_word)
			read_word(clause, item.text, out);
		else if (next != CLAUSE_NONE)
			clause = next;
		else
			read_more(clause, item.text, out);
		wants_word = next != CLAUSE_NONE;
	}
	if (out->tls.len > 0 || out->cipher.len > 0)
		out->claim = RECEIVED_TLS;
	else if (out->claim == RECEIVED_UNSAID)
		out->claim = receivedtls_claim(out->with);
	return out->from.len > 0 || out->by.len > 0;
}
