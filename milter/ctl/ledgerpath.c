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

bool
ledgerpath_with_policies(const char **path, const char *file,
    struct config **config)
{
	bool needed = *path == NULL || file != NULL;

	*config = NULL;
	if (file == NULL)
		file = CONFIG_DEFAULT_FILE;
	if (needed || access(file, R_OK) == 0) {
		if (policyfile_read(file, config) != STATUS_OK)
			return false;
	}
	if (*path == NULL)
		*path = (*config)->ledger.path;
	if (*path != NULL)
		return true;
	(void)fprintf(stderr, "hopseal: there is no ledger (path is "
	    "\"none\"); name one with --ledger\n");
	return false;
}
