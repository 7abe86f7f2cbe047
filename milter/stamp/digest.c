#include "milter/stamp/digest.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/evp.h>

struct digest {
	EVP_MD *algorithm;
	EVP_MD_CTX *context;
	bool failed;
};

enum status
digest_new(struct digest **out)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return STATUS_NOMEM;
	digest->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	digest->context = EVP_MD_CTX_new();
	if (digest->algorithm == NULL || digest->context == NULL) {
		digest_free(&digest);
		return STATUS_CRYPTO;
	}
	digest_begin(digest);
	*out = digest;
	return STATUS_OK;
}

void
digest_free(struct digest **digest)
{
	if (*digest == NULL)
		return;
	EVP_MD_CTX_free((*digest)->context);
	EVP_MD_free((*digest)->algorithm);
	free(*digest);
	*digest = NULL;
}

void
digest_begin(struct digest *digest)
{
	digest->failed = EVP_DigestInit_ex2(digest->context,
			     digest->algorithm, NULL) != 1;
}

void
digest_put(struct digest *digest, const void *data, size_t len)
{
	if (!digest->failed && len > 0)
		digest->failed =
		    EVP_DigestUpdate(digest->context, data, len) != 1;
}

enum status
digest_end(struct digest *digest, unsigned char out[DIGEST_LEN])
{
	if (!digest->failed)
		digest->failed =
		    EVP_DigestFinal_ex(digest->context, out, NULL) != 1;
	return digest->failed ? STATUS_CRYPTO : STATUS_OK;
}
