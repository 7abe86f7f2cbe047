#include "milter/ctl/paragraph.h"

#include <stdio.h>
#include <string.h>

#include "policy/base/slice.h"

void
paragraph_print(const char *text, int indent)
{
	size_t column = strspn(text, " ");
	struct slice rest = slice_of(text + column);
	struct slice word;
	bool first = true;

	(void)printf("%*s", (int)column, "");
	while (rest.at != NULL) {
		word = slice_cut(&rest, ' ');
		if (!first && column + 1 + word.len > PARAGRAPH_COLUMNS) {
			(void)printf("\n%*s", indent, "");
			column = (size_t)indent;
		} else if (!first) {
			(void)putchar(' ');
			column++;
		}
		first = false;
		(void)printf("%.*s", (int)word.len, word.at);
		column += word.len;
	}
	(void)putchar('\n');
}
