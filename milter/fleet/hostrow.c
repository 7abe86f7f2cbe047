#include "milter/fleet/hostrow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/note/notary.h"

/* The clock of the server, as all that is compared among hosts. */
#define NOW "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS bigint)"

/* A number as a value of a question. */
struct number {
	char text[CENTRE_NUMBER];
};

static const char *
put_number(struct number *number, int64_t value)
{
	(void)snprintf(number->text, sizeof(number->text), "%" PRId64, value);
	return number->text;
}

enum status
hostrow_ledger(const char *vkey, int64_t *out)
{
	unsigned char hash[NOTARY_HASH];
	struct sha256 *digest = NULL;
	uint64_t number = 0;
	enum status status = sha256_new(&digest);
	size_t i;

	if (status == STATUS_OK)
		status = sha256_plain(digest, slice_of(vkey), hash);
	sha256_free(&digest);
	for (i = 0; status == STATUS_OK && i < sizeof(number); i++)
		number = number << 8 | hash[i];
	*out = (int64_t)(number >> 1);
	return status;
}

static enum status
row_make(struct centre *centre, int64_t ledger, const char *host,
    const char *vkey, struct fault *fault)
{
	struct number id;
	const char *values[] = {put_number(&id, ledger), host, vkey,
	    PACKAGE_VERSION};
	const struct question question = {
	    "INSERT INTO hopseal_host (ledger, host, vkey, version, policy,"
	    " edition, next, tip, next_time, size, oldest, lost,"
	    " summary_next, checkpoint_size, began, seen, summed)"
	    " VALUES ($1, $2, $3, $4, '', 0, 0, '', 0, 0, 0, 0, 0, 0, "
	    NOW ", " NOW ", 1) ON CONFLICT (ledger) DO NOTHING",
	    values, LENGTH(values)};

	return centre_ask_nothing(centre, &question, NULL, fault);
}

static enum status
row_read(struct centre *centre, const char *vkey, struct hostrow *out,
    struct fault *fault)
{
	struct number id;
	const char *values[] = {put_number(&id, out->ledger)};
	const struct question question = {
	    "SELECT next, tip, summary_next, checkpoint_size, lost, vkey,"
	    " summed FROM hopseal_host WHERE ledger = $1",
	    values, LENGTH(values)};
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, &question, &answer, fault);

	if (status != STATUS_OK)
		return status;
	if (answer_rows(answer) != 1 ||
	    strcmp(answer_text(answer, 0, 5), vkey) != 0)
		status = fault_set(fault, STATUS_EXISTS, "the centre has "
		    "another ledger under the number of this one, %" PRId64,
		    out->ledger);
	else {
		out->next = (uint64_t)answer_number(answer, 0, 0);
		(void)snprintf(out->tip, sizeof(out->tip), "%s",
		    answer_text(answer, 0, 1));
		out->summary_next = (uint64_t)answer_number(answer, 0, 2);
		out->checkpoint_size = (uint64_t)answer_number(answer, 0, 3);
		out->lost = (uint64_t)answer_number(answer, 0, 4);
		out->is_summed = answer_number(answer, 0, 6) == 1;
	}
	answer_free(&answer);
	return status;
}

/* The last leaf at the centre must be the one that stands there here. */
static enum status
compare(struct shipment *shipment, const struct hostrow *row,
    struct fault *fault)
{
	char hash[SHIPMENT_HASH] = "";
	enum status status;

	if (row->next == 0)
		return STATUS_OK;
	status = shipment_hash(shipment, row->next - 1, hash, fault);
	if (status == STATUS_NOTFOUND)
		return fault_set(fault, STATUS_EXISTS, "the centre has %"
		    PRIu64 " leaves of this ledger, which has fewer: it was "
		    "restored from an older copy; move ledger and key away, "
		    "so that a new one begins", row->next);
	if (status == STATUS_OK && strcmp(hash, row->tip) != 0)
		status = fault_set(fault, STATUS_EXISTS, "leaf %" PRIu64
		    " of this ledger is another one at the centre: two hosts "
		    "ship ledgers that are copies of one; on the copy move "
		    "ledger and key away, so that a new one begins",
		    row->next - 1);
	return status;
}

enum status
hostrow_attach(struct centre *centre, struct shipment *shipment,
    const char *host, struct hostrow *out, struct fault *fault)
{
	char vkey[SHIPMENT_VKEY];
	enum status status = shipment_vkey(shipment, vkey, fault);

	memset(out, 0, sizeof(*out));
	if (status != STATUS_OK)
		return status;
	status = hostrow_ledger(vkey, &out->ledger);
	if (status != STATUS_OK)
		return fault_set(fault, status, "OpenSSL has no SHA-256");
	status = row_make(centre, out->ledger, host, vkey, fault);
	if (status == STATUS_OK)
		status = row_read(centre, vkey, out, fault);
	if (status == STATUS_OK)
		status = compare(shipment, out, fault);
	return status;
}

/* One row must have changed, or it was not as we think. */
static enum status
ask_of_row(struct centre *centre, const struct question *question,
    struct fault *fault)
{
	uint64_t changed = 0;
	enum status status =
	    centre_ask_nothing(centre, question, &changed, fault);

	if (status == STATUS_OK && changed != 1)
		status = fault_set(fault, STATUS_BUSY, "another process has "
		    "shipped records of this ledger meanwhile, or its row "
		    "at the centre was changed, as by hopseal fleet sum");
	return status;
}

enum status
hostrow_hold(struct centre *centre, const struct hostrow *row,
    struct fault *fault)
{
	struct number ledger, next;
	const char *values[] = {put_number(&ledger, row->ledger),
	    put_number(&next, (int64_t)row->next), row->tip};
	const struct question question = {
	    "UPDATE hopseal_host SET seen = " NOW " WHERE ledger = $1 AND"
	    " next = $2 AND tip = $3 AND summed = 1", values, LENGTH(values)};

	return ask_of_row(centre, &question, fault);
}

static const char sql_advance[] =
    "UPDATE hopseal_host SET next = $1, tip = $2, next_time ="
    " CASE WHEN $3 = '-1' THEN next_time ELSE CAST($3 AS bigint) END,"
    " size = $4, oldest = $5, lost = $6, summary_next = $7,"
    " checkpoint_size = $8, host = $9, version = $10, policy = $11,"
    " edition = $12, seen = " NOW
    " WHERE ledger = $13 AND next = $14 AND tip = $15 AND summed = 1 AND"
    " summary_next = $16 AND checkpoint_size = $17";

enum status
hostrow_advance(struct centre *centre, const struct hostrow *from,
    const struct hostrow *to, const struct hostrow_news *news,
    struct fault *fault)
{
	struct number numbers[12];
	char policy[CENTRE_NUMBER];
	const char *values[] = {put_number(&numbers[0], (int64_t)to->next),
	    to->tip, put_number(&numbers[1], news->time),
	    put_number(&numbers[2], (int64_t)news->size),
	    put_number(&numbers[3], news->oldest),
	    put_number(&numbers[4], (int64_t)to->lost),
	    put_number(&numbers[5], (int64_t)to->summary_next),
	    put_number(&numbers[6], (int64_t)to->checkpoint_size), news->host,
	    PACKAGE_VERSION, policy,
	    put_number(&numbers[7], (int64_t)news->edition),
	    put_number(&numbers[8], from->ledger),
	    put_number(&numbers[9], (int64_t)from->next), from->tip,
	    put_number(&numbers[10], (int64_t)from->summary_next),
	    put_number(&numbers[11], (int64_t)from->checkpoint_size)};
	const struct question question = {sql_advance, values,
	    LENGTH(values)};

	(void)snprintf(policy, sizeof(policy), "%016" PRIx64, news->policy);
	return ask_of_row(centre, &question, fault);
}
