#include "milter/stamp/binding.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "policy/address.h"
#include "policy/base/buf.h"

enum { TEXT_MAX = 32 + ADDRESS_MAX + DOMAIN_MAX };

static const char context[] = "delivered-securely"; /* with its NUL */

enum status
binding_code(const unsigned char salt[BINDING_SALT], struct slice address,
    unsigned char code[BINDING_CODE])
{
	struct slice local = address_local(address);
	char storage[TEXT_MAX];
	struct domain domain;
	struct buf text;

	if (address.len > ADDRESS_MAX)
		return STATUS_LIMIT;
	address_domain(address, &domain);
	if (local.len == 0 || domain.len == 0)
		return STATUS_SYNTAX;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_put(&text, context, sizeof(context));
	buf_put_slice(&text, local);
	buf_putc(&text, '@');
	buf_put_slice(&text, domain_slice(&domain));
	if (buf_status(&text) != STATUS_OK)
		return buf_status(&text);
	if (HMAC(EVP_sha256(), salt, BINDING_SALT,
		(const unsigned char *)storage, text.len, code, NULL) == NULL)
		return STATUS_CRYPTO;
	return STATUS_OK;
}
