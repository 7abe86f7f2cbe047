#include "milter/maillog/tlslines.h"

#include <stddef.h>

void
tlslines_note(struct tlslines *lines, uint64_t host, uint64_t program,
    int64_t time)
{
	size_t i, place = 0;

	for (i = 0; i < TLSLINES_MAX; i++) {
		if (lines->places[i].program == program) {
			lines->places[i].last = time;
			return;
		}
		if (lines->places[i].last < lines->places[place].last)
			place = i;
	}
	lines->places[place].host = host;
	lines->places[place].program = program;
	lines->places[place].last = time;
}

void
tlslines_forget(struct tlslines *lines, uint64_t host)
{
	size_t i;

	for (i = 0; i < TLSLINES_MAX; i++) {
		if (lines->places[i].host != host)
			continue;
		lines->places[i].host = 0;
		lines->places[i].program = 0;
		lines->places[i].last = 0;
	}
}

bool
tlslines_known(const struct tlslines *lines, uint64_t program, int64_t time,
    int64_t memory)
{
	size_t i;

	for (i = 0; i < TLSLINES_MAX; i++)
		if (lines->places[i].program == program)
			return time - lines->places[i].last <= memory;
	return false;
}
