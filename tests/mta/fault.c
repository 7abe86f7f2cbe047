/*
 * fault: libcrypto that cannot sign while the file $HOPSEAL_FAULT begins
 * with 1.
 *
 * Loaded with LD_PRELOAD, so that a signing fault can be seen from outside.
 * Where keys are held no file can be opened, so it is mapped at the start.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const volatile char *flag;

__attribute__((constructor)) static void
map_flag(void)
{
	const char *path = getenv("HOPSEAL_FAULT");
	int fd = path == NULL ? -1 : open(path, O_RDONLY);

	if (fd < 0)
		return;
	flag = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	if (flag == MAP_FAILED)
		abort();
	(void)close(fd);
}

int EVP_DigestSign(void *ctx, unsigned char *out, size_t *out_len,
    const unsigned char *data, size_t len);

int
EVP_DigestSign(void *ctx, unsigned char *out, size_t *out_len,
    const unsigned char *data, size_t len)
{
	int (*real)(void *, unsigned char *, size_t *, const unsigned char *,
	    size_t);

	if (flag != NULL && *flag == '1')
		return 0;
	*(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestSign");
	return real(ctx, out, out_len, data, len);
}
