/*
 * fuzz_policy: any octets as the policy of a fleet, and as its snapshot.
 *
 * A text that is taken differs in nothing from itself, and one that is not
 * has a sentence; nothing is taken for signed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "milter/config/fleetpolicy.h"
#include "milter/ctl/policytext.h"
#include "milter/note/edition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
count(void *context, const char *sentence)
{
	(void)sentence;
	(*(size_t *)context)++;
}

static void
try_policy(struct slice text)
{
	struct policytext *read = NULL;
	struct policytext_changes changes;
	size_t said = 0;
	enum status status = fleetpolicy_check(text, "fuzz", count, &said);

	if ((status == STATUS_OK) != (said == 0))
		abort();
	if (status != STATUS_OK)
		return;
	if (policytext_read(text, &read) != STATUS_OK)
		abort();
	changes = policytext_compare(read, read, NULL);
	if (changes.added + changes.removed + changes.changed > 0)
		abort();
	policytext_free(&read);
}

static void
try_snapshot(struct slice file)
{
	/* C2SP's example key: nobody signs a policy with it. */
	static const char key[] = "PeterNeumann+c74f20a3+"
	    "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	struct sha256 *digest = NULL;
	struct edition edition;
	struct slice text;
	struct vkey vkey;
	struct edition_keys keys = {&vkey, 1};

	if (sha256_new(&digest) != STATUS_OK ||
	    vkey_parse(digest, slice_of(key), &vkey, NULL) != STATUS_OK)
		abort();
	sha256_free(&digest);
	if (edition_read_snapshot(file, &keys, &edition, &text, NULL) ==
	    STATUS_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_make((const char *)data, size);

	try_policy(input);
	try_snapshot(input);
	return 0;
}
