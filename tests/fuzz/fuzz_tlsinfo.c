/*
 * fuzz_tlsinfo: any octets as the values of the TLS macros.
 *
 * The first octet holds flags, the rest is cut at line feeds into version,
 * cipher, bits, verify, cert_subject and cn_subject; an absent one is NULL.
 * What comes out may stand in a reply or log, and no certificate is trusted
 * unless the MTA said so.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/level.h"
#include "policy/tlsinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096, FIELDS = 6 };

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_printable(const char *text, size_t max)
{
	size_t len = strlen(text), i;

	require(len <= max);
	for (i = 0; i < len; i++)
		require((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static void
check_trust(const struct tls_macros *macros, const struct tlsinfo *tls)
{
	bool said_ok = macros->verify != NULL &&
	    strcmp(macros->verify, "OK") == 0;
	bool postfix_named = macros->verify == NULL && macros->is_postfix &&
	    macros->cert_subject != NULL;

	if (tls->cert == CERT_TRUSTED)
		require(said_ok || postfix_named);
	else
		require(tls->cn[0] == '\0');
}

static void
check(const struct tls_macros *macros)
{
	struct level level = level_default;
	struct tlsinfo tls;
	enum gap gap;

	tlsinfo_from_macros(macros, &tls);
	check_printable(tls.version_text, TLS_TEXT_MAX);
	check_printable(tls.cipher, TLS_TEXT_MAX);
	check_printable(tls.cn, TLS_CN_MAX);
	require(tls.bits <= 99999);
	check_trust(macros, &tls);
	level.peer = PEER_NAMED;
	gap = level_check(&level, slice_of("bank.example"), &tls);
	require(tls.state == TLS_ESTABLISHED || gap == GAP_TLS ||
	    gap == GAP_UNKNOWN);
	require(gap != GAP_NONE || macros->version != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT_MAX + 1];
	const char *fields[FIELDS] = {NULL};
	struct tls_macros macros = {.version = NULL};
	char *at = text;
	size_t i;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (i = 0; i < FIELDS && at != NULL; i++) {
		fields[i] = (data[0] >> i & 1) != 0 ? at : NULL;
		at = strchr(at, '\n');
		if (at != NULL)
			*at++ = '\0';
	}
	macros.version = fields[0];
	macros.cipher = fields[1];
	macros.bits = fields[2];
	macros.verify = fields[3];
	macros.cert_subject = fields[4];
	macros.cn_subject = fields[5];
	macros.is_postfix = (data[0] & 64) != 0;
	macros.asked = (data[0] & 128) != 0;
	check(&macros);
	return 0;
}
