#include "milter/fleet/board.h"

#include <stddef.h>
#include <sys/mman.h>

struct board *
board_new(void)
{
	void *memory = mmap(NULL, sizeof(struct board),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* The kernel has filled it with zeros. */
	return memory == MAP_FAILED ? NULL : memory;
}

void
board_free(struct board **board)
{
	if (*board == NULL)
		return;
	(void)munmap(*board, sizeof(**board));
	*board = NULL;
}
