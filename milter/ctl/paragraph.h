/*
 * paragraph: words on standard output, folded for a terminal.
 *
 * Lines hold PARAGRAPH_COLUMNS columns; a word that is longer stands on a
 * line of its own. Threads: one.
 */
#ifndef HOPSEAL_CTL_PARAGRAPH_H
#define HOPSEAL_CTL_PARAGRAPH_H

enum { PARAGRAPH_COLUMNS = 78 };

/*
 * Print text, which may begin with blanks, and a line feed; each further
 * line stands behind indent blanks.
 */
void paragraph_print(const char *text, int indent);

#endif
