#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "policy/tlsinfo.h"
#include "tests/unit/check.h"
#include "tests/unit/ciphernames.h"

/* Names that OpenSSL 3.0 no longer has, of GnuTLS, and of later suites. */
static const struct cipher_name other_names[] = {
    {"RC4-SHA", "w"}, {"RC4-MD5", "w"}, {"ECDHE-RSA-RC4-SHA", "w"},
    {"DES-CBC-SHA", "w"}, {"DES-CBC3-SHA", "w"}, {"DES-CBC3-MD5", "w"},
    {"EDH-RSA-DES-CBC-SHA", "w"}, {"EDH-RSA-DES-CBC3-SHA", "w"},
    {"DHE-RSA-DES-CBC3-SHA", "w"}, {"ECDHE-RSA-DES-CBC3-SHA", "w"},
    {"EXP-RC4-MD5", "w"}, {"EXP-DES-CBC-SHA", "w"},
    {"EXP-EDH-RSA-DES-CBC-SHA", "w"}, {"EXP-RC2-CBC-MD5", "w"},
    {"EXP1024-DHE-DSS-DES-CBC-SHA", "w"}, {"EXP1024-RC4-SHA", "w"},
    {"ADH-RC4-MD5", "w"}, {"AECDH-DES-CBC3-SHA", "w"}, {"AECDH-RC4-SHA", "w"},
    {"GOST2012-NULL-GOST12", "w"}, {"RC2-CBC-MD5", "w"},
    {"aNULL", "w"}, {"eNULL", "w"}, {"NULL", "w"}, {"ecdhe-rsa-null-sha", "w"},
    {"TLS_NULL_WITH_NULL_NULL", "w"}, {"TLS_RSA_WITH_RC4_128_SHA", "w"},
    {"TLS_RSA_EXPORT_WITH_RC4_40_MD5", "w"},
    {"TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", "w"},
    {"TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA", "w"},
    {"TLS_RSA_WITH_DES_CBC_SHA", "w"},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "w"},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "w"},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", "w"},
    {"TLS_KRB5_EXPORT_WITH_RC2_CBC_40_MD5", "w"},
    {"TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA", "w"},
    {"SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "w"},
    {"SSL_DH_anon_WITH_RC4_128_MD5", "w"},
    /* RFC 9150: integrity only */
    {"TLS_SHA256_SHA256", "3w"}, {"TLS_SHA384_SHA384", "3w"},
    /* GnuTLS */
    {"TLS_RSA_ARCFOUR_128_SHA1", "w"}, {"TLS_RSA_ARCFOUR_128_MD5", "w"},
    {"TLS_DH_ANON_AES_128_CBC_SHA1", "w"}, {"TLS_RSA_NULL_SHA256", "w"},
    {"TLS_ECDH_ANON_ARCFOUR_128_SHA1", "w"},
    {"TLS_DHE_RSA_3DES_EDE_CBC_SHA1", "w"},
    {"TLS_ECDHE_RSA_AES_128_GCM_SHA256", "fa"},
    {"TLS_ECDHE_ECDSA_CHACHA20_POLY1305", "fa"},
    {"TLS_DHE_PSK_AES_128_CCM_8", "fa"}, {"TLS_RSA_AES_256_CCM", "a"},
    {"TLS_DHE_RSA_AES_256_CBC_SHA1", "f"}, {"TLS_RSA_AES_128_CBC_SHA1", ""},
    /* static Diffie-Hellman is not ephemeral */
    {"DH-RSA-AES256-GCM-SHA384", "a"}, {"ECDH-RSA-AES128-SHA", ""},
    {"TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256", "a"},
    {"TLS_DH_DSS_WITH_AES_128_CBC_SHA", ""},
    /* the rest */
    {"IDEA-CBC-SHA", ""}, {"SEED-SHA", ""}, {"DHE-RSA-SEED-SHA", "f"},
    {"TLS_AES_128_CCM_SHA256", "3fa"}, {"TLS_AES_128_CCM_8_SHA256", "3fa"},
    {"TLS_SM4_GCM_SM3", "3fa"}, {"TLS_SM4_CCM_SM3", "3fa"},
    {"TLS_AEGIS_256_SHA512", "3fa"}, {"TLS_AEGIS_128L_SHA256", "3fa"},
    {"nonsense", ""}, {"DESIGN", ""}, {"ADHESIVE", ""}, {"-", ""},
};

static void
check_class(const struct cipher_name *row)
{
	bool is_13 = strchr(row->is, '3') != NULL;
	bool weak = strchr(row->is, 'w') != NULL;
	unsigned got = cipher_classify(slice_of(row->name),
	    is_13 ? TLS_VERSION_1_3 : TLS_VERSION_1_2);

	check_number(row->name, (got & CIPHER_KNOWN) != 0, true);
	check_number(row->name, (got & CIPHER_WEAK) != 0, weak);
	if (weak)
		return;
	check_number(row->name, (got & CIPHER_FORWARD_SECRET) != 0,
	    strchr(row->is, 'f') != NULL);
	check_number(row->name, (got & CIPHER_AEAD) != 0,
	    strchr(row->is, 'a') != NULL);
}

static void
knows_all_of_openssl(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cipher_names); i++)
		check_class(&cipher_names[i]);
}

static void
knows_other_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(other_names); i++)
		check_class(&other_names[i]);
}

static void
knows_nothing_of_no_name(void **state)
{
	int version;

	(void)state;
	for (version = TLS_VERSION_OTHER; version <= TLS_VERSION_LATER;
	     version++)
		check_number("empty", (long)cipher_classify(slice_of(""),
		    (enum tls_version)version), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    check_unit_test(knows_all_of_openssl),
	    check_unit_test(knows_other_names),
	    check_unit_test(knows_nothing_of_no_name),
	};

	return cmocka_run_group_tests_name("tlsinfo ciphers", tests, NULL,
	    NULL);
}
