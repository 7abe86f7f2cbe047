#include "milter/config/exemptions.h"

#include <string.h>

#include "milter/config/value.h"
#include "policy/address.h"

void
exemptions_read_hosts(struct reader *reader, struct config *out)
{
	const struct setting *setting =
	    block_find(reader->block, "trusted-hosts");
	size_t room = setting == NULL ? 0 : setting->count;
	struct network *networks = arena_alloc(reader->arena,
	    (room + 1) * sizeof(*networks));
	const struct word *word;
	size_t at = 0;

	if (networks == NULL) {
		reader->is_out_of_memory = true;
		return;
	}
	out->trusted_hosts = networks;
	while ((word = reader_next(reader, "trusted-hosts", &at)) != NULL) {
		if (network_parse(slice_of(word->text),
			&networks[out->trusted_host_count]))
			out->trusted_host_count++;
		else
			reader_fault(reader, "trusted-hosts", word, "\"%.80s\" "
			    "is no network; allowed: ADDRESS or ADDRESS/BITS, "
			    "where the bits behind the prefix are zero",
			    word->text);
	}
}

/* Lower case, without quotes. */
static void
normalize_local(char *local)
{
	struct slice bare = address_unquoted(slice_of(local), local);
	size_t i;

	for (i = 0; i < bare.len; i++)
		local[i] = ascii_lower(local[i]);
	local[i] = '\0';
}

/* LOCAL or LOCAL@DOMAIN. */
static const char *
read_exempt(struct reader *reader, const struct word *word,
    struct exempt *out)
{
	const char *at = strrchr(word->text, '@');
	size_t len = at == NULL ? strlen(word->text) :
				  (size_t)(at - word->text);
	char *local;

	if (len == 0 || value_word(word->text) != NULL)
		return "is no mailbox; allowed: LOCAL-PART or "
		       "LOCAL-PART@DOMAIN";
	domain_init(&out->domain);
	if (at != NULL && value_domain(slice_of(at + 1), &out->domain) != NULL)
		return "has no good domain; allowed: LOCAL-PART or "
		       "LOCAL-PART@DOMAIN";
	local = arena_copy(reader->arena, slice_make(word->text, len));
	if (local == NULL) {
		reader->is_out_of_memory = true;
		return NULL;
	}
	normalize_local(local);
	out->local = local;
	return local[0] != '\0' ? NULL :
	    "is no mailbox; allowed: LOCAL-PART or LOCAL-PART@DOMAIN";
}

void
exemptions_read_recipients(struct reader *reader, struct config *out)
{
	const struct setting *setting =
	    block_find(reader->block, "exempt-recipients");
	size_t room = setting == NULL ? 0 : setting->count;
	struct exempt *exempts = arena_alloc(reader->arena,
	    (room + 1) * sizeof(*exempts));
	const struct word *word;
	size_t at = 0;

	if (exempts == NULL) {
		reader->is_out_of_memory = true;
		return;
	}
	out->exempt = exempts;
	while ((word = reader_next(reader, "exempt-recipients", &at)) !=
	    NULL) {
		const char *wrong = read_exempt(reader, word,
		    &exempts[out->exempt_count]);

		if (wrong == NULL)
			out->exempt_count++;
		else
			reader_fault(reader, "exempt-recipients", word,
			    "\"%.80s\" %s", word->text, wrong);
	}
}
