/*
 * utf8: how long a character is, which it is, or that it is none.
 *
 * Threads: no state. Source: RFC 3629, section 4.
 */
#ifndef HOPSEAL_BASE_UTF8_H
#define HOPSEAL_BASE_UTF8_H

#include <stdint.h>

#include "policy/base/slice.h"

/*
 * Octets of the UTF-8 sequence that text, which is not empty, begins with: 1
 * to 4; 0 for what is none.
 */
size_t utf8_length(struct slice text);

/* Cut the first code point off *text, which begins with one. */
uint32_t utf8_take(struct slice *text);

/* C0, DEL or C1, in UTF-8: what a terminal might obey. */
bool utf8_is_control(struct slice text);

#endif
