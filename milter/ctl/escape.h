/*
 * escape: octets from outside on a line of a terminal.
 *
 * Printable ASCII stays, a run of blanks and folds becomes one space, any
 * other octet \xHH and the backslash, too: no control sequence, no
 * bidirectional override, no letter that looks like another gets through.
 */
#ifndef HOPSEAL_CTL_ESCAPE_H
#define HOPSEAL_CTL_ESCAPE_H

#include "policy/base/buf.h"

/*
 * Append text to out, in at most columns columns; what is cut ends in `...`.
 * Leading and trailing blanks go.
 */
void escape_put(struct buf *out, struct slice text, size_t columns);

#endif
