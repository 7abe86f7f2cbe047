#include "policy/addressscan.h"

const struct addressscan addressscan_readings[ADDRESSSCAN_READINGS] = {
    {.quotes = true, .comments = true}, {.comments = true},
    {.quotes = true}, {.quotes = false}};

bool
addressscan_takes(struct addressscan *scan, char c)
{
	bool hidden = scan->open || scan->depth > 0;

	if (scan->escaped) {
		scan->escaped = false;
		return !hidden && c == '@'; /* hides all but that */
	}
	if (c == '\\') {
		scan->escaped = true;
		return false;
	}
	if (c == '(' && scan->comments && !scan->open)
		scan->depth++;
	else if (c == ')' && scan->depth > 0)
		scan->depth--;
	else if (c == '"' && scan->quotes && scan->depth == 0)
		scan->open = !scan->open;
	return !hidden && !scan->open && scan->depth == 0;
}
