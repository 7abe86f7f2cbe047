#include "tests/fuzz/protocol/script.h"

#include <arpa/inet.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#define PICK(dice, list) (list)[dice_below((dice), LENGTH(list))]
/* A text with the NUL that ends it, and those within it. */
#define TEXT(text) {(text), sizeof(text)}

enum { CHUNK = 256 * 1024, GIANT = 1200 * 1024 };

static const struct slice connects[] = {
    TEXT("unknown\0" "4\x9c\x40" "192.0.2.25"),
    TEXT("client.example\0" "4\0\0" "198.51.100.7"),
    TEXT("x.example\0" "6\0\0" "2001:db8::1"),
    TEXT("x.example\0" "6\0\x19" "IPv6:2001:db8::1"),
    TEXT("localhost\0" "U"),
    TEXT("localhost\0" "L\0\0" "/run/sock"),
    TEXT("x\0" "4\0\x19" "not-an-address"),
    TEXT("x\0" "9\0\x19" "192.0.2.1"),
    TEXT("")};

static const struct slice mails[] = {TEXT("<a@bank.example>"),
    TEXT("<a@sender.example>"), TEXT("<>\0REQUIRETLS"),
    TEXT("<a@x.example>\0SIZE=1\0BODY=8BITMIME"), TEXT("a@x@y"),
    TEXT("<@a,@b:c@bank.example>"), TEXT("<\"a\\\"b\"@bank.example>"),
    TEXT("<a@[192.0.2.1]>"), TEXT("<a@b\303\274cher.example>"), TEXT("")};

static const struct slice rcpts[] = {TEXT("<b@example.org>"),
    TEXT("<b@bank.example>"), TEXT("<b@bank.example>\0NOTIFY=NEVER"),
    TEXT("<tls.b@example.org>"), TEXT("<b@xn--bcher-kva.example>"),
    TEXT("<postmaster>"), TEXT("<@>"), TEXT("<>"), TEXT("")};

static const struct slice headers[] = {TEXT("From\0a@x.example"),
    TEXT("From\0\"a\" <a@bank.example>,\r\n\tb: c@x.example;"),
    TEXT("Subject\0=?utf-8?q?=5Bt?= =?utf-8?b?bHNdIHg=?="),
    TEXT("Delivered-Securely\0v=1; d=example.org; b=A"),
    TEXT("Delivered-Securely\0 v=1; d=other.example; h=from:to; b=A="),
    TEXT("delivered-securely \0v=1"), TEXT("X-Route-TLS\0yes"),
    TEXT("Authentication-Results\0mx.example.org; tls=pass"),
    TEXT("Received\0from a by b; now"), TEXT("\0"), TEXT("X\0"),
    TEXT("X\0a\r\nInjected: b"), TEXT("X")};

static const char *const names[] = {"i", "j", "v", "_", "{daemon_name}",
    "{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}",
    "{cert_issuer}", "{verify}", "{cn_subject}", "{auth_type}",
    "{auth_authen}", "{mail_addr}", "{mail_host}", "{rcpt_addr}",
    "{rcpt_host}", "{client_resolve}", "{nobody-knows}", "", "{", "}"};

static const char *const values[] = {"", "TLSv1.3", "TLSv1.2", "SSLv3",
    "TLS_AES_256_GCM_SHA384", "256", "-1", "99999999999999999999", "OK",
    "NONE", "FAIL", "Postfix 3.7.11", "Sendmail", "a@bank.example",
    "4cZ9Xk2QnBz3sW", "a\r\nb", "\033[31m", "%s%n", "/CN=bank.example",
    "reply=\"250\" tls=pass"};

/* Names that say nothing of TLS, of who the client is, or of addresses. */
static const char *const harmless[] = {"i", "j", "_", "{daemon_name}",
    "{daemon_addr}", "{if_name}", "{mail_mailer}", "{nobody-knows}", "", "{"};

/* Every way to write a recipient of bank.example. */
static const struct slice bank[] = {TEXT("<b@bank.example>"),
    TEXT("<b@BANK.Example>"), TEXT("<b@bank.example.>"), TEXT("b@bank.example"),
    TEXT("<@x.example,@y.example:b@bank.example>"),
    TEXT("<\"b@x.example\"@bank.example>"),
    TEXT("<b@bank.example>\0NOTIFY=NEVER\0ORCPT=rfc822;b@x.example"),
    TEXT("<b@x.example@bank.example>")};

enum status
script_init(struct script *script)
{
	script->arena = NULL;
	script->count = 0;
	script->mails = 0;
	return arena_new(CHUNK, SCRIPT_OCTETS, &script->arena);
}

void
script_clear(struct script *script)
{
	arena_free(&script->arena);
	script->count = 0;
}

void
script_add(struct script *script, char command, struct slice data)
{
	struct packet *packet = &script->packets[script->count];
	char *copy = script->count == SCRIPT_PACKETS ? NULL :
	    arena_copy(script->arena, data);

	if (copy == NULL)
		return;
	packet->command = command;
	packet->data = slice_make(copy, data.len);
	packet->lie = 0;
	script->count++;
}

/* Appends x up to len octets: a value, or a body. */
static void
put_filling(struct buf *out, size_t len)
{
	static const char filling[] = "xxxxxxx xxxxxxx xxxxxxx xxxxxxx\r\n";

	for (; len >= sizeof(filling); len -= sizeof(filling))
		buf_put(out, filling, sizeof(filling) - 1);
	while (len-- > 0)
		buf_putc(out, 'x');
}

/* Mostly small: what is large takes the time of many sessions. */
static size_t
odd_size(struct dice *dice)
{
	static const size_t small[] = {0, 1, 63, 64, 255, 256, 1000, 4096};
	static const size_t large[] = {65534, 65535, 65536, 70000};

	if (dice_one_in(dice, 1000))
		return GIANT;
	return dice_one_in(dice, 32) ? PICK(dice, large) : PICK(dice, small);
}

static void
put_macro(struct buf *out, const char *name, const char *value)
{
	buf_put(out, name, strlen(name) + 1);
	buf_put(out, value, strlen(value) + 1);
}

static void
add_macros(struct script *script, struct dice *dice, char stage)
{
	struct buf data;
	size_t count = dice_below(dice, 8);

	buf_init(&data, SCRIPT_OCTETS);
	buf_putc(&data, stage);
	while (count-- > 0)
		put_macro(&data, PICK(dice, names), PICK(dice, values));
	if (dice_one_in(dice, 40)) {
		buf_put(&data, "{verify}", sizeof("{verify}"));
		put_filling(&data, odd_size(dice));
		buf_putc(&data, '\0');
	}
	script_add(script, SMFIC_MACRO, buf_slice(&data));
	buf_clear(&data);
}

static void
add_optneg(struct script *script, struct dice *dice)
{
	static const uint32_t words[] = {0, 1, 2, 6, 7, 0x1ff, SMFI_CURR_PROT,
	    0x3fffffff, 0x7fffffff, 0xffffffff};
	uint32_t offer[3] = {htonl(6), htonl(SMFI_CURR_ACTS),
	    htonl(SMFI_CURR_PROT)};

	if (dice_one_in(dice, 4))
		offer[dice_below(dice, 3)] = htonl(PICK(dice, words));
	script_add(script, SMFIC_OPTNEG,
	    slice_make((const char *)offer, sizeof(offer)));
}

static void
add_content(struct script *script, struct dice *dice)
{
	struct buf body;
	size_t count;

	for (count = dice_below(dice, 12); count > 0; count--)
		script_add(script, SMFIC_HEADER, PICK(dice, headers));
	if (dice_one_in(dice, 20)) {
		buf_init(&body, SCRIPT_OCTETS);
		buf_put(&body, "Delivered-Securely",
		    sizeof("Delivered-Securely"));
		put_filling(&body, odd_size(dice));
		script_add(script, SMFIC_HEADER, buf_slice(&body));
		buf_clear(&body);
	}
	script_add(script, SMFIC_EOH, slice_make("", 0));
	for (count = dice_below(dice, 3); count > 0; count--) {
		buf_init(&body, SCRIPT_OCTETS);
		put_filling(&body, odd_size(dice));
		script_add(script, SMFIC_BODY, buf_slice(&body));
		buf_clear(&body);
	}
}

static void
add_message(struct script *script, struct dice *dice)
{
	size_t count;

	add_macros(script, dice, SMFIC_MAIL);
	script_add(script, SMFIC_MAIL, PICK(dice, mails));
	for (count = 1 + dice_below(dice, 4); count > 0; count--) {
		add_macros(script, dice, SMFIC_RCPT);
		script_add(script, SMFIC_RCPT, PICK(dice, rcpts));
	}
	if (dice_one_in(dice, 3))
		script_add(script, SMFIC_DATA, slice_make("", 0));
	add_content(script, dice);
	add_macros(script, dice, SMFIC_BODYEOB);
	script_add(script, SMFIC_BODYEOB, slice_make("", 0));
	if (dice_one_in(dice, 5))
		script_add(script, SMFIC_ABORT, slice_make("", 0));
}

void
script_any(struct script *script, struct dice *dice)
{
	size_t messages;

	add_optneg(script, dice);
	add_macros(script, dice, SMFIC_CONNECT);
	script_add(script, SMFIC_CONNECT, PICK(dice, connects));
	if (dice_one_in(dice, 2)) {
		add_macros(script, dice, SMFIC_HELO);
		script_add(script, SMFIC_HELO, slice_of("client.example"));
	}
	for (messages = 1 + dice_below(dice, 3); messages > 0; messages--)
		add_message(script, dice);
	script_add(script, dice_one_in(dice, 4) ? SMFIC_QUIT_NC : SMFIC_QUIT,
	    slice_make("", 0));
}

/* Macros of any stage, none of which says anything of TLS. */
static void
add_harmless(struct script *script, struct dice *dice)
{
	static const char stages[] = "CHMRTLNEUOD\xff";
	struct buf data;
	size_t count = dice_below(dice, 6);

	buf_init(&data, SCRIPT_OCTETS);
	buf_putc(&data, stages[dice_below(dice, sizeof(stages))]);
	while (count-- > 0)
		put_macro(&data, PICK(dice, harmless), PICK(dice, values));
	put_filling(&data, dice_one_in(dice, 20) ? odd_size(dice) : 0);
	script_add(script, SMFIC_MACRO, buf_slice(&data));
	buf_clear(&data);
}

static void
add_violating_mail(struct script *script, struct dice *dice)
{
	static const struct slice senders[] = {TEXT("<a@x.example>"),
	    TEXT("<>"), TEXT("<a@bank.example>"), TEXT("<a@x>\0REQUIRETLS")};

	script_add(script, SMFIC_MAIL, PICK(dice, senders));
	script->mails++;
}

void
script_violating(struct script *script, struct dice *dice)
{
	uint32_t offer[3] = {htonl(6), htonl(SMFI_CURR_ACTS),
	    htonl(SMFI_CURR_PROT)};
	size_t count;

	script_add(script, SMFIC_OPTNEG,
	    slice_make((const char *)offer, sizeof(offer)));
	script_add(script, SMFIC_CONNECT, connects[0]);
	add_violating_mail(script, dice);
	for (count = 1 + dice_below(dice, 24); count > 0; count--)
		switch (dice_below(dice, 8)) {
		case 0:
			add_harmless(script, dice);
			break;
		case 1:
			script_add(script, SMFIC_ABORT, PICK(dice, rcpts));
			add_violating_mail(script, dice);
			break;
		default:
			script_add(script, SMFIC_RCPT, PICK(dice, bank));
			break;
		}
}

void
script_write(const struct script *script, struct buf *out)
{
	size_t i;

	for (i = 0; i < script->count; i++) {
		const struct packet *packet = &script->packets[i];
		uint32_t size = htonl((uint32_t)(packet->lie +
		    (int64_t)packet->data.len + 1));

		buf_put(out, &size, sizeof(size));
		buf_putc(out, packet->command);
		buf_put_slice(out, packet->data);
	}
}
