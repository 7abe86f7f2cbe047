/*
 * encodedword: the beginning of an unstructured field as its reader sees it.
 *
 * Mail programs encode a subject that has other than ASCII, often from its
 * first letter on. Only octets are decoded: in every charset that mail uses,
 * ASCII stands for itself. Pure. Source: RFC 2047, 2, 4 and 6.2.
 */
#ifndef HOPSEAL_SESSION_ENCODEDWORD_H
#define HOPSEAL_SESSION_ENCODEDWORD_H

#include "policy/base/slice.h"

/* A longer one is text: RFC 2047 allows 75 octets. */
enum { ENCODED_TEXT_MAX = 512 };

/*
 * Write the first octets of text to out, at most size of them, encoded
 * words decoded and the blanks between two of them left out. What is no
 * encoded word stays as it is. Returns how many there are.
 */
size_t encodedword_decode(struct slice text, char *out, size_t size);

#endif
