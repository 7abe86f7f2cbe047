#include "milter/ctl/stampexplain.h"

#include <stdio.h>

#include "milter/ctl/paragraph.h"
#include "milter/ctl/receivedhops.h"

enum { SENTENCE_MAX = 2048 };

struct words {
	const char *meaning;
	const char *remedy;
};

static const struct words no_stamp = {
    "Nobody states how this message was received. So it is with mail that "
    "came in clear, with mail from inside, and where no hopseald stamps.",
    "hopseal report DOMAIN says how mail of the sender's domain arrives."};

static const struct words foreign = {
    "The stamp is of a mail system that is not trusted here. It was not "
    "checked.",
    "If you know that system, name it: --trust DOMAIN."};

static const struct words by_reason[] = {
    [VERIFY_REASON_NONE] = {"The stamp does not speak for this message.", ""},
    [VERIFY_SIGNATURE] = {
	"A header field that the stamp covers was changed since, or one was "
	"hidden in the header, or somebody made the stamp up.",
	"Take the message as the server stored it, not as a program forwarded "
	"or exported it."},
    [VERIFY_BODY] = {
	"The body was changed since: by a mailing list, by a scanner, or by "
	"the program that saved it. Or the stamp was taken from another "
	"message.",
	"Take the message as the server stored it; for a file in mbox format "
	"try --unquote-from."},
    [VERIFY_RECIPIENT] = {
	"The stamp was made for another recipient, or for several.",
	"Ask with the address that the message was delivered to."},
    [VERIFY_FUTURE] = {
	"The stamp bears a time that is still to come.",
	"Compare the clocks of this computer and of the mail server."},
    [VERIFY_DNS] = {
	"The key could not be asked for, so nothing is known yet.",
	"Try again later, or name a file with the key: --keys FILE."},
    [VERIFY_SYNTAX] = {
	"The field cannot be read: it was cut or written anew on the way, or "
	"somebody made it up.",
	"Take the message as the server stored it."},
    [VERIFY_VERSION] = {
	"The stamp is of a kind that this program does not know.",
	"Look for a newer hopseal."},
    [VERIFY_NO_KEY] = {
	"There is no key under the name that the stamp gives: it was taken "
	"away since, or somebody made the stamp up.",
	"Ask the administrator of the mail system for its old keys, and name "
	"them: --keys FILE."},
    [VERIFY_REVOKED] = {
	"The key was withdrawn: its stamps do not count any more.",
	"Ask the administrator of the mail system why."},
    [VERIFY_KEY_WINDOW] = {
	"The stamp bears a time at which its key was not in use.",
	"Ask the administrator of the mail system."},
    [VERIFY_ALGORITHM] = {
	"The stamp is signed in a way that this program does not know, or "
	"that does not fit the key.",
	"Look for a newer hopseal."},
};

static const char *
mode_sentence(enum mode mode)
{
	switch (mode) {
	case MODE_REQUIRE:
		return "It met the policy, which required TLS for this "
		       "message.";
	case MODE_PREFER:
		return "It met the policy, which preferred TLS and did not "
		       "require it.";
	case MODE_FALLBACK_ALLOWED:
		return "It met the policy, which would have taken the message "
		       "in clear, too.";
	}
	return "";
}

static void
print_pass(const struct verification *found,
    const struct stampreport_question *question)
{
	const struct stamp *stamp = &found->stamp;
	char storage[SENTENCE_MAX], when[STAMPREPORT_TIME];
	struct buf text;

	stampreport_time(stamp->time, when);
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "The stamp holds. The mail system of %s says that "
	    "its host %.*s received this message over TLS on %s",
	    stamp->domain.text, (int)stamp->by.len, stamp->by.at, when);
	if (stamp->ip.len > 0)
		buf_printf(&text, " from %.*s", (int)stamp->ip.len,
		    stamp->ip.at);
	buf_printf(&text, ". %s Neither the body nor the header fields that "
	    "are listed in the stamp were changed since.",
	    mode_sentence(stamp->mode));
	paragraph_print(buf_text(&text), 0);
	if (found->finding.testing)
		paragraph_print("The key is in testing (t=y): its owner asks "
				"not to rely on it.", 0);
	(void)putchar('\n');
	stampreport_stamp(found, question->recipient);
}

static void
print_words(const struct words *words)
{
	char storage[SENTENCE_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "It means: %s", words->meaning);
	paragraph_print(buf_text(&text), 0);
	if (words->remedy[0] == '\0')
		return;
	buf_reset(&text);
	buf_printf(&text, "What to do: %s", words->remedy);
	paragraph_print(buf_text(&text), 0);
}

static void
print_reason(const struct verify_finding *finding)
{
	char storage[SENTENCE_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "There is a stamp, and it %s: %s (%s)",
	    finding->result == VERIFY_TEMPERROR ? "could not be checked"
						: "does not hold",
	    verify_result_name(finding->result),
	    verify_reason_name(finding->reason));
	if (finding->detail != NULL)
		buf_printf(&text, ", %s", finding->detail);
	buf_putc(&text, '.');
	paragraph_print(buf_text(&text), 0);
}

/* Not green: why, what it means, what to do. */
static void
print_fault(const struct verify_finding *finding)
{
	const struct words *words = &by_reason[finding->reason];

	if (finding->result == VERIFY_NONE) {
		(void)puts("There is no stamp.");
		words = &no_stamp;
	} else if (finding->result == VERIFY_FOREIGN) {
		(void)puts("The stamp is of a stranger.");
		words = &foreign;
	} else {
		print_reason(finding);
	}
	print_words(words);
	if (finding->result != VERIFY_NONE)
		paragraph_print("What the stamp says is not shown: it may "
				"be anybody's words.", 0);
}

/* The field that a stamp was read from; header->count without one. */
static size_t
index_of(const struct header *header, const struct verification *found)
{
	const char *within = found->stamp.by.at;
	size_t i;

	if (found->finding.result != VERIFY_PASS)
		return header->count;
	for (i = 0; i < header->count; i++) {
		const struct slice *value = &header->fields[i].value;

		if (within >= value->at && within < value->at + value->len)
			break;
	}
	return i;
}

static void
print_hops(const struct verification *found, struct slice message)
{
	struct header header;

	if (header_read(message, &header) == STATUS_OK)
		receivedhops_print(&header, index_of(&header, found));
	else
		(void)puts("The header is too large to list the hops.");
	header_clear(&header);
}

void
stampexplain_print(const struct verification *found,
    const struct stampreport_question *question, struct slice message)
{
	if (found->finding.result == VERIFY_PASS)
		print_pass(found, question);
	else
		print_fault(&found->finding);
	if (question->trusted_count == 0 && found->count > 0)
		paragraph_print("Note: a stamp of any domain is taken, since "
		    "there is no --trust and no configured domain.", 0);
	if (found->count > 1 || found->more)
		(void)printf("Of %zu stamps that were looked at%s this one "
		    "decides.\n", found->count,
		    found->more ? ", and more that were not," : "");
	(void)putchar('\n');
	print_hops(found, message);
}
