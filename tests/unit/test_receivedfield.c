#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "milter/ctl/receivedfield.h"
#include "policy/base/attributes.h"

#define DATE "Fri, 06 Nov 2026 10:00:00 +0000"

static const struct {
	const char *name;
	const char *value;
	const char *from, *address, *by, *with, *tls, *cipher, *bits, *date;
	enum received_tls claim;
} rows[] = {
    {"Postfix",
	" from mail.bank.example (mail.bank.example [192.0.2.1])\r\n"
	"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
	"\t key-exchange X25519 server-signature RSA-PSS (2048 bits) "
	"server-digest SHA256)\r\n"
	"\t(Client CN \"mail.bank.example\", Issuer \"A; (CA)\" (verified OK))"
	"\r\n\tby mx.example.org (Postfix) with ESMTPS id 4cZ9Xk2QnB\r\n"
	"\tfor <bob@example.org>; " DATE " (UTC)",
	"mail.bank.example", "192.0.2.1", "mx.example.org", "ESMTPS",
	"TLSv1.3", "TLS_AES_256_GCM_SHA384", "256", DATE " (UTC)",
	RECEIVED_TLS},
    {"Postfix, in clear",
	" from x.example (unknown [IPv6:2001:db8::1])\r\n"
	"\tby mx.example.org (Postfix) with ESMTP id 4cZ; " DATE,
	"x.example", "2001:db8::1", "mx.example.org", "ESMTP", "", "", "",
	DATE, RECEIVED_CLEAR},
    {"Postfix, submission",
	"from [10.0.0.7] (unknown [198.51.100.7])\r\n"
	"\t(Authenticated sender: ann)\r\n"
	"\tby mx.example.org (Postfix) with ESMTPSA id 4cZ\r\n"
	"\tfor <a@b.example>; " DATE, "[10.0.0.7]", "10.0.0.7",
	"mx.example.org", "ESMTPSA", "", "", "", DATE, RECEIVED_TLS},
    {"Postfix, from the command line",
	"by mx.example.org (Postfix, from userid 1000)\r\n\tid 4cZ; " DATE,
	"", "", "mx.example.org", "", "", "", "", DATE, RECEIVED_UNSAID},
    {"Sendmail",
	"from mail.bank.example (mail.bank.example [192.0.2.1])\r\n"
	"\tby mx.example.org (8.17.1.9/8.17.1.9/Debian-2) with ESMTPS id "
	"3A6A00xx001234\r\n\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 "
	"bits=256 verify=OK)\r\n\tfor <bob@example.org>; " DATE,
	"mail.bank.example", "192.0.2.1", "mx.example.org", "ESMTPS",
	"TLSv1.3", "TLS_AES_256_GCM_SHA384", "256", DATE, RECEIVED_TLS},
    {"Sendmail, older, no S",
	"from x.example ([192.0.2.9]) by mx.example.org (8.14.4/8.14.4) with "
	"ESMTP id q (version=TLSv1/SSLv3 cipher=DHE-RSA-AES256-SHA bits=256 "
	"verify=NO); " DATE, "x.example", "192.0.2.9", "mx.example.org",
	"ESMTP", "TLSv1/SSLv3", "DHE-RSA-AES256-SHA", "256", DATE,
	RECEIVED_TLS},
    {"Exim",
	"from mail.bank.example ([192.0.2.1])\r\n\tby mx.example.org with "
	"esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n"
	"\t(envelope-from <ann@bank.example>)\r\n\tid 1tABCD-000XYZ-2Q\r\n"
	"\tfor bob@example.org;\r\n\t" DATE, "mail.bank.example",
	"192.0.2.1", "mx.example.org", "esmtps", "TLS1.3",
	"TLS_AES_256_GCM_SHA384", "", DATE, RECEIVED_TLS},
    {"Exim, older",
	"from [192.0.2.1] (helo=x.example) by mx.example.org with esmtpsa "
	"(TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.84) id 1x-2; "
	DATE, "[192.0.2.1]", "192.0.2.1", "mx.example.org", "esmtpsa",
	"TLS1.2", "ECDHE_RSA_AES_256_GCM_SHA384", "256", DATE, RECEIVED_TLS},
    {"Exim, local",
	"from ann by mx.example.org with local (Exim 4.96)\r\n\tid 1x-2; "
	DATE, "ann", "", "mx.example.org", "local", "", "", "", DATE,
	RECEIVED_UNSAID},
    {"Microsoft",
	"from AM0PR01MB1.eurprd01.prod.exchangelabs.com "
	"(2603:10a6:208:1::1)\r\n by "
	"VI1PR01MB2.eurprd01.prod.exchangelabs.com (2603:10a6:800:1::2) with"
	"\r\n Microsoft SMTP Server (version=TLS1_2,\r\n "
	"cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8137.17; "
	DATE, "AM0PR01MB1.eurprd01.prod.exchangelabs.com",
	"2603:10a6:208:1::1", "VI1PR01MB2.eurprd01.prod.exchangelabs.com",
	"Microsoft SMTP Server", "TLS1_2",
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "", DATE, RECEIVED_TLS},
    {"Microsoft, edge",
	"from mail.bank.example (192.0.2.1) by "
	"AM7EUR03FT1.mail.protection.outlook.com (10.152.16.1) with Microsoft "
	"SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id "
	"15.20.8158.1 via Frontend Transport; " DATE, "mail.bank.example",
	"192.0.2.1", "AM7EUR03FT1.mail.protection.outlook.com",
	"Microsoft SMTP Server", "TLS1_3", "TLS_AES_256_GCM_SHA384", "",
	DATE, RECEIVED_TLS},
    {"Microsoft, older",
	"from a.example (192.0.2.1) by b.example (192.0.2.2) with Microsoft "
	"SMTP Server (TLS) id 14.3.123.3; " DATE, "a.example", "192.0.2.1",
	"b.example", "Microsoft SMTP Server", "", "", "", DATE,
	RECEIVED_TLS},
    {"Microsoft, within",
	"from a.example ([fe80::1]) by b.example ([fe80::2%4]) with mapi id "
	"15.20.1; " DATE, "a.example", "fe80::1", "b.example", "mapi", "",
	"", "", DATE, RECEIVED_UNSAID},
    {"Google",
	"from mail.bank.example (mail.bank.example. [192.0.2.1])\r\n        "
	"by mx.google.com with ESMTPS id d2e1a72fcca58-7abc.1\r\n        for "
	"<bob@example.org>\r\n        (version=TLS1_3 "
	"cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\r\n        " DATE,
	"mail.bank.example", "192.0.2.1", "mx.google.com", "ESMTPS",
	"TLS1_3", "TLS_AES_256_GCM_SHA384", "256", DATE, RECEIVED_TLS},
    {"Google, of its own",
	"from mail-sor-f41.google.com (mail-sor-f41.google.com. "
	"[209.85.220.41]) by mx.google.com with SMTPS id x for <a@b.example> "
	"(Google Transport Security); " DATE, "mail-sor-f41.google.com",
	"209.85.220.41", "mx.google.com", "SMTPS", "", "", "", DATE,
	RECEIVED_TLS},
    {"Google, within", "by 2002:a05:6402:1 with SMTP id f1csp; " DATE, "",
	"", "2002:a05:6402:1", "SMTP", "", "", "", DATE, RECEIVED_CLEAR},
    {"RFC 8314",
	"from x.example ([192.0.2.1]) by y.example with ESMTPSA tls "
	"TLS_AES_128_GCM_SHA256 group x25519; " DATE, "x.example",
	"192.0.2.1", "y.example", "ESMTPSA", "", "TLS_AES_128_GCM_SHA256",
	"", DATE, RECEIVED_TLS},
    {"RFC 6531", "from x.example by y.example with UTF8SMTPSA; " DATE,
	"x.example", "", "y.example", "UTF8SMTPSA", "", "", "", DATE,
	RECEIVED_TLS},
    {"LMTP over TLS", "from x.example by y.example with LMTPS id 1; " DATE,
	"x.example", "", "y.example", "LMTPS", "", "", "", DATE,
	RECEIVED_TLS},
    /* Strange ones. */
    {"keywords as names", "FROM by BY with WITH esmtp FOR for; " DATE, "by",
	"", "with", "esmtp", "", "", "", DATE, RECEIVED_CLEAR},
    {"a semicolon in a comment", "from a.example (x; y) by b.example; " DATE,
	"a.example", "", "b.example", "", "", "", "", DATE,
	RECEIVED_UNSAID},
    {"a semicolon in quotes", "from \"a;b\" by b.example; " DATE,
	"\"a;b\"", "", "b.example", "", "", "", "", DATE, RECEIVED_UNSAID},
    {"a semicolon in an address", "by b.example for <a;b@c.example>; " DATE,
	"", "", "b.example", "", "", "", "", DATE, RECEIVED_UNSAID},
    {"a host called TLS", "from x.example (TLSv1.3) by b.example; " DATE,
	"x.example", "", "b.example", "", "", "", "", DATE,
	RECEIVED_UNSAID},
    {"no TLS in cipher alone", "by b.example with SMTP (cipher=NULL); " DATE,
	"", "", "b.example", "SMTP", "", "", "", DATE, RECEIVED_CLEAR},
    {"version that is none", "by b.example with SMTP (version=2); " DATE,
	"", "", "b.example", "SMTP", "", "", "", DATE, RECEIVED_CLEAR},
    {"no address", "from a.example ([192.0.2.300]) by b.example; " DATE,
	"a.example", "", "b.example", "", "", "", "", DATE,
	RECEIVED_UNSAID},
    {"open comment", "from a.example (by b.example; " DATE, "a.example", "",
	"", "", "", "", "", "", RECEIVED_UNSAID},
    {"words behind a comment", "by b.example with ESMTPS (x) y z; " DATE,
	"", "", "b.example", "ESMTPS", "", "", "", DATE, RECEIVED_TLS},
    {"cut", "from", "", "", "", "", "", "", "", "", RECEIVED_UNSAID},
    {"qmail", "(qmail 1234 invoked by uid 0); " DATE, "", "", "", "", "",
	"", "", DATE, RECEIVED_UNSAID},
    {"empty", "", "", "", "", "", "", "", "", "", RECEIVED_UNSAID},
};

static void
test_read(void **state)
{
	struct received got;
	bool names_host;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		names_host = received_read(slice_of(rows[i].value), &got);
		check_number(rows[i].name, names_host,
		    rows[i].from[0] != '\0' || rows[i].by[0] != '\0');
		check_slice(rows[i].name, got.from, rows[i].from);
		check_slice(rows[i].name, got.address, rows[i].address);
		check_slice(rows[i].name, got.by, rows[i].by);
		check_slice(rows[i].name, got.with, rows[i].with);
		check_slice(rows[i].name, got.tls, rows[i].tls);
		check_slice(rows[i].name, got.cipher, rows[i].cipher);
		check_slice(rows[i].name, got.bits, rows[i].bits);
		check_slice(rows[i].name, got.date, rows[i].date);
		check_number(rows[i].name, got.claim, rows[i].claim);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_read, check_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
