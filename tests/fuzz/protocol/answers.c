#include "tests/fuzz/protocol/answers.h"

#include <arpa/inet.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "milter/lookup/netstring.h"

enum { PACKET_MAX = 1024 * 1024 };

static bool
prints(struct slice text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.at[i] < ' ' || text.at[i] > '~')
			return false;
	return true;
}

/* `550 5.7.10 words`, NUL: what the MTA hands to the client as it is. */
static bool
is_refusal(struct slice reply)
{
	if (reply.len < 10 || reply.at[reply.len - 1] != '\0')
		return false;
	reply.len--;
	return (reply.at[0] == '4' || reply.at[0] == '5') &&
	    reply.at[3] == ' ' && prints(reply);
}

static void
count_answer(struct answers *answers, char code, struct slice data)
{
	answers->count++;
	switch (code) {
	case SMFIR_CONTINUE:
	case SMFIR_ACCEPT:
		answers->passes++;
		break;
	case SMFIR_REPLYCODE:
		answers->refusals++;
		if (!is_refusal(data))
			answers->wrong = "a reply that is none of SMTP";
		break;
	case SMFIR_TEMPFAIL:
	case SMFIR_REJECT:
		answers->refusals++;
		break;
	case SMFIC_OPTNEG:
	case SMFIR_INSHEADER:
	case SMFIR_CHGHEADER:
	case SMFIR_ADDRCPT:
	case SMFIR_DELRCPT:
		break;
	default:
		answers->wrong = "an answer that hopseald never gives";
		break;
	}
}

struct answers
answers_of_filter(struct slice said)
{
	struct answers answers = {.wrong = NULL};
	uint32_t size;

	while (said.len > sizeof(size) && answers.wrong == NULL) {
		memcpy(&size, said.at, sizeof(size));
		size = ntohl(size);
		if (size < 1 || size > PACKET_MAX)
			answers.wrong = "a length that no packet has";
		if (answers.wrong != NULL || said.len < sizeof(size) + size)
			break;
		count_answer(&answers, said.at[sizeof(size)],
		    slice_make(said.at + sizeof(size) + 1, size - 1));
		said = slice_make(said.at + sizeof(size) + size,
		    said.len - sizeof(size) - size);
	}
	return answers;
}

struct answers
answers_of_nexthop(struct slice said)
{
	struct answers answers = {.wrong = NULL};
	struct slice text;
	size_t used;

	while (netstring_read(said, &text, &used) == STATUS_OK) {
		answers.count++;
		answers.passes += slice_is(text, "NOTFOUND ");
		if (!prints(text))
			answers.wrong = "an answer that does not print";
		else if (!slice_begins_nocase(text, "OK ") &&
		    !slice_begins_nocase(text, "NOTFOUND ") &&
		    !slice_begins_nocase(text, "PERM "))
			answers.wrong = "an answer that Postfix does not know";
		said = slice_make(said.at + used, said.len - used);
	}
	return answers;
}
