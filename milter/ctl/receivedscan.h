/*
 * receivedscan: the words and comments that a Received field is made of.
 *
 * Wider than RFC 5321, 4.4: it takes apart whatever stands there. What is
 * never closed goes to the end. Slices borrow from the value.
 */
#ifndef HOPSEAL_CTL_RECEIVEDSCAN_H
#define HOPSEAL_CTL_RECEIVEDSCAN_H

#include "policy/base/slice.h"

enum received_kind {
	RECEIVED_END,
	RECEIVED_WORD,
	RECEIVED_COMMENT, /* text is what its parentheses hold */
	RECEIVED_DATE	  /* the semicolon; the date is what is left */
};

struct received_item {
	enum received_kind kind;
	struct slice text;
};

/* Cut the next one off. */
struct received_item receivedscan_next(struct slice *rest);

/* The next word inside a comment, where commas and parentheses end it too. */
struct slice receivedscan_word(struct slice *rest);

/* Go on by count octets, of which there are as many. */
void receivedscan_skip(struct slice *rest, size_t count);

#endif
