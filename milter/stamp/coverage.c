#include "milter/stamp/coverage.h"

#include <string.h>

#include "milter/stamp/canon.h"
#include "milter/stamp/rewrite.h"

/* In the order of h=. */
static const struct covered_name {
	const char *name;
	bool if_absent;	   /* named when absent too: none may be added */
	bool is_addresses; /* Sendmail may rewrite it */
} names[COVERAGE_NAMES] = {
    {"from", false, true},
    {"to", false, true},
    {"cc", true, true},
    {"subject", true, false},
    {"date", false, false},
    {"message-id", false, false},
    {"reply-to", true, true},
    {"sender", false, true},
    {"in-reply-to", false, false},
    {"references", false, false},
    {"mime-version", true, false},
    {"content-type", true, false},
    {"content-transfer-encoding", true, false},
};

enum { FROM = 0 };

void
coverage_init(struct coverage *coverage)
{
	buf_init(&coverage->octets, COVERAGE_MAX);
	coverage_reset(coverage);
}

void
coverage_clear(struct coverage *coverage)
{
	buf_clear(&coverage->octets);
	coverage_reset(coverage);
}

void
coverage_reset(struct coverage *coverage)
{
	buf_reset(&coverage->octets);
	coverage->count = 0;
	coverage->overflow = false;
	memset(coverage->occurs, 0, sizeof(coverage->occurs));
	memset(coverage->rewritten, 0, sizeof(coverage->rewritten));
}

/* The name's place in the table; COVERAGE_NAMES when it is not there. */
static size_t
find_name(struct slice name)
{
	size_t i;

	name = slice_trim(name);
	for (i = 0; i < COVERAGE_NAMES; i++)
		if (slice_is_nocase(name, names[i].name))
			break;
	return i;
}

void
coverage_add(struct coverage *coverage, struct slice name,
    struct slice value)
{
	size_t index = find_name(name), at = coverage->octets.len, head;
	struct covered_field *field;
	struct slice canonical;

	if (index == COVERAGE_NAMES)
		return;
	if (coverage->count == COVERAGE_FIELDS) {
		coverage->overflow = true;
		return;
	}
	canon_field(name, value, &coverage->octets);
	if (buf_status(&coverage->octets) != STATUS_OK)
		return;
	field = &coverage->fields[coverage->count++];
	field->name = (uint32_t)index;
	field->at = (uint32_t)at;
	field->len = (uint32_t)(coverage->octets.len - at);
	coverage->occurs[index]++;
	if (!names[index].is_addresses)
		return;
	head = strlen(names[index].name) + 1; /* and CRLF at the end */
	canonical = slice_make(coverage->octets.data + at + head,
	    field->len - head - 2);
	if (rewrite_changes(canonical))
		coverage->rewritten[index] = true;
}

/* Is the name listed in h=, with all its fields? */
static bool
is_covered(const struct coverage *coverage, size_t index, bool is_sendmail)
{
	if (coverage->occurs[index] == 0)
		return names[index].if_absent;
	return !is_sendmail || !coverage->rewritten[index];
}

enum status
coverage_check(const struct coverage *coverage, bool is_sendmail,
    struct fault *fault)
{
	if (coverage->overflow)
		return fault_set(fault, STATUS_LIMIT,
		    "the header has so many fields to sign that the stamp "
		    "would pass 4096 octets");
	if (buf_status(&coverage->octets) == STATUS_LIMIT)
		return fault_set(fault, STATUS_LIMIT,
		    "the fields to sign pass %d octets", COVERAGE_MAX);
	if (buf_status(&coverage->octets) != STATUS_OK)
		return fault_set(fault, buf_status(&coverage->octets),
		    "no memory for the header");
	if (coverage->occurs[FROM] == 0)
		return fault_set(fault, STATUS_SYNTAX,
		    "the message has no From field (RFC 5322, 3.6)");
	if (!is_covered(coverage, FROM, is_sendmail))
		return fault_set(fault, STATUS_SYNTAX,
		    "Sendmail will rewrite the From field");
	return STATUS_OK;
}

/* The last name of the table is always covered, and ends the tag. */
static void
put_name(size_t index, bool is_last, struct fold *fold)
{
	char storage[32];
	struct buf piece;

	buf_init_fixed(&piece, storage, sizeof(storage));
	buf_puts(&piece, names[index].name);
	buf_putc(&piece, is_last && index == COVERAGE_NAMES - 1 ? ';' : ':');
	fold_more(fold, buf_slice(&piece));
}

void
coverage_put_names(const struct coverage *coverage, bool is_sendmail,
    struct fold *fold)
{
	size_t index, i;

	fold_begin(fold, slice_of("h=from:")); /* the one more */
	for (index = 0; index < COVERAGE_NAMES; index++) {
		size_t more = index == FROM ? 0 : 1;
		size_t times = coverage->occurs[index] + more;

		if (!is_covered(coverage, index, is_sendmail))
			continue;
		for (i = 0; i < times; i++)
			put_name(index, i == times - 1, fold);
	}
}

void
coverage_put_octets(const struct coverage *coverage, bool is_sendmail,
    struct digest *digest)
{
	size_t index, i;

	for (index = 0; index < COVERAGE_NAMES; index++) {
		if (!is_covered(coverage, index, is_sendmail))
			continue;
		for (i = coverage->count; i > 0; i--) {
			const struct covered_field *field =
			    &coverage->fields[i - 1];

			if (field->name == index)
				digest_put(digest,
				    coverage->octets.data + field->at,
				    field->len);
		}
	}
}
