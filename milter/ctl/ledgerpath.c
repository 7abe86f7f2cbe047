#include "milter/ctl/ledgerpath.h"

#include <stdio.h>
#include <unistd.h>

#include "milter/ctl/policyfile.h"

const char *
ledgerpath_find(const char *path, const char *file, struct config **config)
{
	*config = NULL;
	if (path != NULL)
		return path;
	if (policyfile_read(file, config) != STATUS_OK)
		return NULL;
	if ((*config)->ledger.path != NULL)
		return (*config)->ledger.path;
	(void)fprintf(stderr,
	    "%s: there is no ledger (path is \"none\"); name one with "
	    "--ledger\n", file);
	return NULL;
}
