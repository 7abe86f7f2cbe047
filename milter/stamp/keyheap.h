/*
 * keyheap: what OpenSSL gives back to the heap is wiped before.
 *
 * OpenSSL wipes a key, but not each buffer that a key went through while it was
 * decoded: the PKCS #8 octets of a PEM file would stay in freed memory.
 *
 * For the whole process, before its first call of OpenSSL. Threads: any, after
 * that. Source: CRYPTO_set_mem_functions(3), malloc_usable_size(3).
 */
#ifndef HOPSEAL_STAMP_KEYHEAP_H
#define HOPSEAL_STAMP_KEYHEAP_H

#include <stdbool.h>

/* Returns false when OpenSSL has allocated already: then nothing changes. */
bool keyheap_wipe_freed(void);

#endif
