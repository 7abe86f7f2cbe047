#include "tests/fuzz/protocol/wellformed.h"

#include <stdlib.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "tests/bench/link.h"
#include "tests/fuzz/protocol/answers.h"
#include "tests/fuzz/protocol/talk.h"

#define TEXT(text) (text), sizeof(text)

static void
greet(struct link *link, const char *milter)
{
	static const char client[] = "unknown\0" "4\x9c\x40" "192.0.2.25";

	link->fd = link_dial(milter);
	link_negotiate(link);
	link_macros(link, SMFIM_CONNECT, SMFIC_CONNECT);
	(void)link_step(link, SMFIC_CONNECT, client, sizeof(client),
	    SMFIP_NOCONNECT, SMFIP_NR_CONN);
	(void)link_step(link, SMFIC_HELO, TEXT("client.example"), SMFIP_NOHELO,
	    SMFIP_NR_HELO);
}

/* MAIL and RCPT to bank.example: the answer to RCPT. */
static char
ask(struct link *link, bool tls)
{
	link->tls_now = tls;
	link_macros(link, SMFIM_ENVFROM, SMFIC_MAIL);
	if (link_step(link, SMFIC_MAIL, TEXT("<a@sender.example>"),
		SMFIP_NOMAIL, SMFIP_NR_MAIL) != SMFIR_CONTINUE)
		return '\0';
	link_macros(link, SMFIM_ENVRCPT, SMFIC_RCPT);
	return link_step(link, SMFIC_RCPT, TEXT("<b@bank.example>"),
	    SMFIP_NORCPT, SMFIP_NR_RCPT);
}

/* The rest of the message: the answer at its end. */
static char
send_content(struct link *link)
{
	static const char from[] = "From\0 a@sender.example";

	(void)link_step(link, SMFIC_DATA, NULL, 0, SMFIP_NODATA,
	    SMFIP_NR_DATA);
	(void)link_step(link, SMFIC_HEADER, from, sizeof(from), SMFIP_NOHDRS,
	    SMFIP_NR_HDR);
	(void)link_step(link, SMFIC_EOH, NULL, 0, SMFIP_NOEOH, SMFIP_NR_EOH);
	(void)link_step(link, SMFIC_BODY, "text\r\n", 6, SMFIP_NOBODY,
	    SMFIP_NR_BODY);
	link_macros(link, SMFIM_EOM, SMFIC_BODYEOB);
	return link_step(link, SMFIC_BODYEOB, NULL, 0, 0, 0);
}

static const char *
check_messages(struct link *link)
{
	if (ask(link, false) != SMFIR_REPLYCODE)
		return "a message in clear to bank.example is not refused";
	link_put(link, SMFIC_ABORT, NULL, 0);
	if (ask(link, true) != SMFIR_CONTINUE)
		return "a message under TLS to bank.example is refused";
	if (send_content(link) != SMFIR_ACCEPT || link->edits != 1)
		return "a message under TLS is not accepted with one stamp";
	return NULL;
}

static const char *
check_nexthop(const char *nexthop)
{
	static const char query[] = "20:nexthop bank.example,"
				    "21:nexthop other.example,";
	static const char want[] = "OK ";
	struct buf said;
	struct answers answers;
	bool good;

	buf_init(&said, TALK_ANSWERS_MAX);
	good = talk(nexthop, slice_of(query), talk_attentive, &said);
	answers = answers_of_nexthop(buf_slice(&said));
	good = good && answers.count == 2 && answers.passes == 1 &&
	    slice_holds(buf_slice(&said), want);
	buf_clear(&said);
	return good ? NULL : "the next hop of bank.example is not answered";
}

const char *
wellformed_check(const char *milter, const char *nexthop)
{
	struct link *link = calloc(1, sizeof(*link));
	const char *wrong;

	if (link == NULL)
		return "no memory";
	greet(link, milter);
	wrong = check_messages(link);
	link_put(link, SMFIC_QUIT, NULL, 0);
	link_flush(link);
	(void)close(link->fd);
	free(link);
	if (wrong == NULL && nexthop != NULL)
		wrong = check_nexthop(nexthop);
	return wrong;
}
