/*
 * Log lines of Postfix 3.4 to 3.11 and Sendmail 8.14 to 8.18, and what they
 * say. A row is some lines, and the deliveries told, each as
 * `EVENT RECIPIENT TLS CIPHER BITS CERT;`.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "milter/maillog/deliveries.h"
#include "policy/base/attributes.h"
#include "policy/base/buf.h"
#include "tests/unit/check.h"

/* 2026-11-24T12:00:00Z */
#define NOW INT64_C(1795521600000)

#define AT	"Nov 24 04:00:00 mx "
#define SMTP	AT "postfix/smtp[9]: "
#define OTHER	AT "postfix/smtp[10]: "
#define PEER	"mx.b.example[192.0.2.1]:25"
#define SESSION "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
#define TLS	"Trusted TLS connection established to " PEER ": " SESSION "\n"
#define DELAYS	"delay=0.5, delays=0.1/0/0.2/0.2, "
#define TO	"AB12CD34: to=<u@b.example>, relay=" PEER ", " DELAYS
#define TO2	"AB12CD99: to=<u@b.example>, relay=" PEER ", " DELAYS
#define SENT	"dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
#define SEEN	OTHER "Untrusted TLS connection established to " \
		"mx.z.example[192.0.2.9]:25: " SESSION "\n"
#define GOOD	"sent-tls b.example TLSv1.3 TLS_AES_256_GCM_SHA384 256 trusted;"
#define PLAIN	"sent-plain b.example   0 unknown;"
#define UNKNOWN	"sent-unknown b.example   0 unknown;"
#define FAILED	"tls-failed b.example   0 unknown;"
#define SM	AT "sm-mta[7]: "
#define SMTLS	"STARTTLS=client, relay=mx.b.example., version=TLSv1.3, " \
		"verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256\n"
#define SMTO	"4AO412xy000007: to=<u@b.example>, delay=00:00:01, " \
		"xdelay=00:00:01, mailer=esmtp, pri=30020, " \
		"relay=mx.b.example. [192.0.2.1], dsn=2.0.0, "

static const struct {
	const char *name, *lines, *want;
} rows[] = {
    {"3.7", SMTP TLS SMTP TO SENT, GOOD},
    {"3.11, may", SMTP TLS SMTP TO "tls=may, " SENT, GOOD},
    {"3.11 without its line", SMTP TO "tls=encrypt, " SENT,
	"sent-tls b.example   0 unknown;"},
    {"3.11, dane", SMTP TO "tls=dane, " SENT,
	"sent-tls b.example   0 unknown;"},
    {"3.11, may, no line", SMTP TO "tls=may, " SENT, UNKNOWN},
    {"3.11, in clear", SMTP TO "tls=may:none, " SENT, PLAIN},
    {"3.11, none", SMTP TO "tls=none, " SENT, PLAIN},
    {"3.11, requiretls", SMTP TLS SMTP TO "tls=verify/requiretls, " SENT,
	GOOD},
    {"3.11, broken", SMTP TO "tls=!verify, "
	"dsn=4.7.5, status=deferred (whatever)\n", FAILED},
    {"3.11, undecided", SMTP TO "tls=verify?, "
	"dsn=4.4.2, status=deferred (lost connection)\n", ""},
    {"3.4, short line", SMTP "Untrusted TLS connection established to "
	PEER ": TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 "
	"(256/256 bits)\n" SMTP TO SENT,
	"sent-tls b.example TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384 256 failed;"},
    {"verified", SMTP "Verified TLS connection established to " PEER ": "
	SESSION "\n" SMTP TO SENT, GOOD},
    {"anonymous", SMTP "Anonymous TLS connection established to " PEER ": "
	"TLSv1.2 with cipher ADH-AES256-GCM-SHA384 (256/256 bits)\n"
	SMTP TO SENT,
	"sent-tls b.example TLSv1.2 ADH-AES256-GCM-SHA384 256 none;"},
    {"said by a server", SMTP "certificate verification failed for " PEER
	": untrusted issuer /CN=x TLS connection established to " PEER ": "
	SESSION "\n" SMTP TO "tls=may, " SENT, UNKNOWN},
    {"said by a server in capitals", SMTP "certificate verification failed "
	"for " PEER ": untrusted issuer /CN=x TLS connection established tO "
	PEER ": " SESSION "\n" SMTP TO "tls=may, " SENT, UNKNOWN},
    {"in capitals", SMTP "Trusted TLS connection established tO " PEER ": "
	SESSION "\n" SMTP TO SENT, GOOD},
    {"export bits", SMTP "Untrusted TLS connection established to " PEER
	": TLSv1 with cipher EXP-RC4-MD5 (40/128 bits)\n" SMTP TO SENT,
	"sent-tls b.example TLSv1 EXP-RC4-MD5 40 failed;"},
    {"two recipients", SMTP TLS SMTP TO SENT
	SMTP "AB12CD34: to=<v@b.example>, relay=" PEER ", " DELAYS SENT,
	GOOD},
    {"two domains", SMTP TLS SMTP TO SENT
	SMTP "AB12CD34: to=<v@c.example>, relay=" PEER ", " DELAYS SENT,
	GOOD "sent-tls c.example TLSv1.3 TLS_AES_256_GCM_SHA384 256 "
	"trusted;"},
    {"orig_to", SMTP TLS SMTP "AB12CD34: to=<u@b.example>, orig_to=<root>, "
	"relay=" PEER ", conn_use=2, " DELAYS SENT, GOOD},
    {"the next message in clear", SMTP TLS SMTP TO SENT SMTP TO2 SENT,
	GOOD PLAIN},
    {"reused", SMTP TLS SMTP TO SENT
	SMTP "Trusted TLS connection reused to " PEER ": " SESSION "\n"
	SMTP "AB12CD99: to=<u@b.example>, relay=" PEER ", conn_use=2, "
	DELAYS SENT, GOOD GOOD},
    {"tlsproxy's copy is not it",
	AT "postfix/tlsproxy[9]: " TLS SMTP TO SENT, UNKNOWN},
    {"another process", OTHER TLS SMTP TO SENT, PLAIN},
    {"another relay", SMTP TLS SMTP "AB12CD34: to=<u@b.example>, "
	"relay=mx2.b.example[192.0.2.2]:25, " DELAYS SENT, PLAIN},
    {"broke, then in clear", SMTP TLS
	SMTP "AB12CD34: lost connection with " PEER " while sending MAIL\n"
	SMTP TO SENT, PLAIN},
    {"another host's line", "Nov 24 04:00:00 my postfix/smtp[9]: " TLS
	SMTP TO SENT, UNKNOWN},
    {"no TLS line at all", SMTP TO SENT, UNKNOWN},
    {"known to log", SEEN SMTP TO SENT, PLAIN},
    {"restarted since", SEEN AT "postfix/master[1]: reload -- version "
	"3.7.11, configuration /etc/postfix\n" SMTP TO SENT, UNKNOWN},
    {"a day without", "Nov 22 03:00:00 mx postfix/smtp[10]: " TLS
	SMTP TO SENT, UNKNOWN},
    {"another service", AT "postfix/relay/smtp[10]: " TLS SMTP TO SENT,
	UNKNOWN},
    {"its own name", AT "postfix-out/smtp[9]: " TLS
	AT "postfix-out/smtp[9]: " TO SENT, GOOD},
    {"not offered", SMTP TO "dsn=4.7.4, status=deferred (TLS is required, "
	"but was not offered by host mx.b.example[192.0.2.1])\n", FAILED},
    {"refused", SMTP TO "dsn=4.7.0, status=deferred (TLS is required, but "
	"host mx.b.example[192.0.2.1] refused to start TLS: 454 x)\n",
	FAILED},
    {"handshake", SMTP TO "dsn=4.7.5, status=deferred (Cannot start TLS: "
	"handshake failure)\n", FAILED},
    {"certificate", SMTP TLS SMTP TO "dsn=4.7.5, status=deferred (Server "
	"certificate not verified)\n", FAILED},
    {"bounced", SMTP TO "dsn=5.7.5, status=bounced (Server certificate not "
	"trusted)\n", FAILED},
    {"a server's words", SMTP TLS SMTP TO "dsn=4.0.0, status=deferred "
	"(host mx.b.example[192.0.2.1] said: 450 TLS is required, but no)\n",
	""},
    {"greylisted", SMTP TLS SMTP TO "dsn=4.2.0, status=deferred (x)\n", ""},
    {"no relay", SMTP "AB12CD34: to=<u@b.example>, relay=none, " DELAYS
	"dsn=4.4.1, status=deferred (connect: timed out)\n", ""},
    {"map fails", SMTP "AB12CD34: to=<u@b.example>, relay=none, " DELAYS
	"dsn=4.7.5, status=deferred (TLS policy lookup failed)\n", FAILED},
    {"content filter", SEEN SMTP "AB12CD34: to=<u@b.example>, "
	"relay=127.0.0.1[127.0.0.1]:10024, " DELAYS SENT, ""},
    {"socket", AT "postfix/lmtp[9]: AB12CD34: to=<u@b.example>, "
	"relay=mx[private/lmtp], " DELAYS SENT, ""},
    {"IPv6", SMTP "Trusted TLS connection established to "
	"mx.b.example[2001:db8::1]:25: " SESSION "\n"
	SMTP "AB12CD34: to=<u@b.example>, "
	"relay=mx.b.example[2001:db8::1]:25, " DELAYS SENT, GOOD},
    {"quoted local part", SEEN SMTP "AB12CD34: to=<\"a>, relay=x[192.0.2.5]"
	":25, status=sent (\"@b.example>, relay=" PEER ", " DELAYS SENT,
	PLAIN},
    {"unquoted of old", SEEN SMTP "AB12CD34: to=<a\"b@b.example>, relay="
	PEER ", " DELAYS SENT, PLAIN},
    {"long queue id", SMTP TLS SMTP "4c8vgk2lXhzNcrX: to=<u@b.example>, "
	"relay=" PEER ", " DELAYS SENT, GOOD},
    {"upper case, final dot", SMTP TLS SMTP "AB12CD34: to=<u@B.Example.>, "
	"relay=" PEER ", " DELAYS SENT, GOOD},
    {"RFC 3339", "2026-11-24T04:00:00.1+00:00 mx postfix/smtp[9]: " TLS
	"2026-11-24T04:00:00.2+00:00 mx postfix/smtp[9]: " TO SENT, GOOD},
    {"cut line", SMTP TLS SMTP "AB12CD34: to=<u@b.example>, relay=mx.b", ""},
    {"server side", AT "postfix/smtpd[9]: Anonymous TLS connection "
	"established from c.example[192.0.2.7]: " SESSION "\n" SMTP TO SENT,
	UNKNOWN},
    {"sendmail", SM SMTLS SM SMTO "stat=Sent (ok)\n", GOOD},
    {"sendmail, FAIL", SM "STARTTLS=client, relay=mx.b.example., "
	"version=TLSv1/SSLv3, verify=FAIL, cipher=AES128-SHA, bits=128/128\n"
	SM SMTO "stat=Sent (ok)\n",
	"sent-tls b.example TLSv1 AES128-SHA 128 failed;"},
    {"sendmail, no TLS line", SM SMTO "stat=Sent (ok)\n", UNKNOWN},
    {"sendmail, in clear", AT "sm-mta[8]: " SMTLS SM SMTO
	"stat=Sent (ok)\n", PLAIN},
    {"sendmail, kept open", SM SMTLS SM SMTO "stat=Sent (ok)\n"
	SM "4AO412xy000008: to=<u@b.example>, delay=00:00:01, mailer=esmtp, "
	"relay=mx.b.example. [192.0.2.1], dsn=2.0.0, stat=Sent (ok)\n",
	GOOD UNKNOWN},
    {"sendmail, list", SM SMTLS
	SM "4AO412xy000007: to=<u@b.example>,<v@c.example>,w@b.example, "
	"ctladdr=<a@x.example> (0/0), delay=00:00:01, mailer=esmtp, "
	"relay=mx.b.example. [192.0.2.1], dsn=2.0.0, stat=Sent (ok)\n",
	GOOD "sent-tls c.example TLSv1.3 TLS_AES_256_GCM_SHA384 256 "
	"trusted;" GOOD},
    {"sendmail, required", SM SMTO
	"stat=Deferred: 403 4.7.0 encryption too weak 0 less than 128\n",
	FAILED},
    {"sendmail, TLS_Rcpt", SM "4AO412xy000007: ruleset=tls_rcpt, "
	"arg1=u@b.example, relay=mx.b.example. [192.0.2.1], reject=454 4.7.0 "
	"encryption too weak 0 less than 128\n" SM SMTO "stat=Deferred\n",
	FAILED},
    {"sendmail, deferred", SM SMTO "stat=Deferred: Connection refused\n",
	""},
    {"sendmail, local", SM "4AO412xy000007: to=root, delay=00:00:00, "
	"xdelay=00:00:00, mailer=local, pri=30000, dsn=2.0.0, stat=Sent\n",
	""},
    {"sendmail, submission", SM "4AO412xy000007: to=u@b.example, "
	"delay=00:00:00, mailer=relay, relay=[127.0.0.1] [127.0.0.1], "
	"dsn=2.0.0, stat=Sent (x Message accepted for delivery)\n", ""},
};

static void
print(void *context, const struct delivery *delivery)
{
	static const char *const events[] = {
	    "sent-tls", "sent-plain", "tls-failed", "sent-unknown"};

	buf_printf(context, "%s %s %s %s %u %s;", events[delivery->event],
	    delivery->recipient.text, delivery->version, delivery->cipher,
	    delivery->bits, cert_state_name(delivery->cert));
}

static void
feed(struct deliveries *deliveries, const char *lines)
{
	struct slice rest = slice_of(lines), line;

	while (rest.len > 0) {
		line = slice_cut(&rest, '\n');
		deliveries_feed(deliveries, line, NOW);
	}
}

static void
joins(void **state)
{
	struct deliveries *deliveries;
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		buf_init(&out, 10000);
		assert_int_equal(
		    deliveries_new(print, &out, &deliveries), STATUS_OK);
		feed(deliveries, rows[i].lines);
		check_slice(rows[i].name, buf_slice(&out), rows[i].want);
		deliveries_free(&deliveries);
		buf_clear(&out);
	}
}

static void
keep(void *context, const struct delivery *delivery)
{
	*(struct delivery *)context = *delivery;
}

static void
fills_in(void **state)
{
	struct deliveries *deliveries;
	struct delivery got;

	(void)state;
	memset(&got, 0, sizeof(got));
	assert_int_equal(deliveries_new(keep, &got, &deliveries), STATUS_OK);
	feed(deliveries,
	    AT "postfix/qmgr[2]: AB12CD34: from=<a@S.Example>, size=1, "
	       "nrcpt=1 (queue active)\n" SMTP TLS SMTP TO SENT);
	check_text("sender", got.sender.text, "s.example");
	check_number("known", got.sender_known, true);
	check_text("relay", got.relay, "mx.b.example");
	check_text("address", got.address, "192.0.2.1");
	check_text("queue", got.queue_id, "AB12CD34");
	check_number("time", (long)got.time, 1795492800000);
	feed(deliveries, SMTP TO2 SENT);
	check_number("not known", got.sender_known, false);
	feed(deliveries, AT "postfix/qmgr[2]: AB12CD99: from=<>, size=1\n"
	    SMTP "AB12CD99: to=<x@y.example>, relay=[192.0.2.4]"
	    "[192.0.2.4]:25, " DELAYS SENT);
	check_number("null sender", got.sender_known, true);
	check_number("null sender", got.sender.kind, DOMAIN_NONE);
	check_text("no relay name", got.relay, "");
	check_text("address", got.address, "192.0.2.4");
	deliveries_free(&deliveries);
}

static void
counts(void **state)
{
	const struct deliveries_counts *counted;
	struct deliveries *deliveries;
	struct delivery got;

	(void)state;
	assert_int_equal(deliveries_new(keep, &got, &deliveries), STATUS_OK);
	feed(deliveries, "junk\n" SMTP TO SENT SMTP TLS SMTP TO SENT
	    AT "kernel: x\n" SMTP "AB12CD34: to=<u@b.example>, relay=\n");
	counted = deliveries_counts(deliveries);
	check_number("lines", (long)counted->lines, 6);
	check_number("unknown", (long)counted->unknown, 2);
	check_number("tls", (long)counted->events[DELIVERY_SENT_TLS], 1);
	check_number("sent-unknown",
	    (long)counted->events[DELIVERY_SENT_UNKNOWN], 1);
	check_number("unlogged", (long)counted->unlogged, 1);
	deliveries_rehearse(deliveries, true);
	feed(deliveries, SMTP TLS SMTP TO2 SENT);
	check_number("rehearsed", (long)counted->lines, 6);
	deliveries_free(&deliveries);
}

/* More processes than there is room for: nothing is taken for clear. */
static void
loses_state_honestly(void **state)
{
	struct deliveries *deliveries;
	struct delivery got;
	char line[512];
	struct buf text;
	unsigned i, plain;

	(void)state;
	assert_int_equal(deliveries_new(keep, &got, &deliveries), STATUS_OK);
	for (i = 0; i < 50000; i++) {
		buf_init_fixed(&text, line, sizeof(line));
		buf_printf(&text, AT "postfix/smtp[%u]: Trusted TLS "
		    "connection established to " PEER ": " SESSION, i);
		deliveries_feed(deliveries, buf_slice(&text), NOW);
	}
	for (i = 0; i < 50000; i++) {
		buf_init_fixed(&text, line, sizeof(line));
		buf_printf(&text, AT "postfix/smtp[%u]: AB%06X: "
		    "to=<u@b.example>, relay=" PEER ", " DELAYS
		    "dsn=2.0.0, status=sent (ok)", i, i);
		deliveries_feed(deliveries, buf_slice(&text), NOW);
	}
	plain = (unsigned)deliveries_counts(deliveries)
		    ->events[DELIVERY_SENT_PLAIN];
	check_number("plain", plain, 0);
	deliveries_free(&deliveries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(joins),
	    check_unit_test(fills_in),
	    check_unit_test(counts),
	    check_unit_test(loses_state_honestly),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
