/*
 * fault: libcrypto that cannot sign while the file $HOPSEAL_FAULT is there.
 *
 * Loaded with LD_PRELOAD, so that a signing fault can be seen from outside.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

int EVP_DigestSign(void *ctx, unsigned char *out, size_t *out_len,
    const unsigned char *data, size_t len);

int
EVP_DigestSign(void *ctx, unsigned char *out, size_t *out_len,
    const unsigned char *data, size_t len)
{
	const char *flag = getenv("HOPSEAL_FAULT");
	int (*real)(void *, unsigned char *, size_t *, const unsigned char *,
	    size_t);

	if (flag != NULL && access(flag, F_OK) == 0)
		return 0;
	*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestSign");
	return real(ctx, out, out_len, data, len);
}
