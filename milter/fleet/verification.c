#include "milter/fleet/verification.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "milter/ledger/entry.h"
#include "milter/ledger/replay.h"

/* A leaf is a record, or a hash; the columns of the other are empty. */
static const char sql_leaves[] =
    "SELECT seq, part, time, direction, event, mode, sender, recipient,"
    " policy, side, peer, address, tls, cipher, bits, cert, cn, requiretls,"
    " queue, stamp, host, CAST(NULL AS text) AS hash,"
    " CAST(NULL AS text) AS line, partner FROM hopseal_record"
    " WHERE ledger = $1"
    " UNION ALL SELECT seq, 0, 0, '', '', '', '', '', '', '', '', '', '', '',"
    " 0, '', '', 0, '', '', '', hash, line, '' FROM hopseal_leaf"
    " WHERE ledger = $1 ORDER BY seq";
static const char sql_heads[] =
    "SELECT size, note FROM hopseal_checkpoint WHERE ledger = $1 AND"
    " size > $2 ORDER BY size LIMIT 1000";

/* Behind those of a record. */
enum { COLUMN_HASH = TEXTLINE_CELLS, COLUMN_LINE, COLUMN_PARTNER };

/* Those of a record that say whose it is. */
enum { COLUMN_DIRECTION = 3, COLUMN_SENDER = 6, COLUMN_RECIPIENT };

struct walk {
	struct centre *centre; /* for the checkpoints */
	struct replay *replay;
	char ledger[CENTRE_NUMBER];
	struct answer *heads;
	size_t head; /* the next of them */
	uint64_t last_head;
	struct verification_result *out;
	enum status status;
	struct fault *fault;
};

static void
found(struct walk *walk, const struct fault *fault)
{
	walk->out->good = false;
	(void)snprintf(walk->out->finding, sizeof(walk->out->finding), "%s",
	    fault->text);
}

/* Read on when all that were read are behind us. */
static enum status
more_heads(struct walk *walk)
{
	char after[CENTRE_NUMBER];
	const char *values[] = {walk->ledger, after};
	const struct question question = {sql_heads, values, LENGTH(values)};

	if (walk->heads != NULL && (answer_rows(walk->heads) == 0 ||
				    walk->head < answer_rows(walk->heads)))
		return STATUS_OK;
	answer_free(&walk->heads);
	walk->head = 0;
	(void)snprintf(after, sizeof(after), "%" PRIu64, walk->last_head);
	return centre_ask(walk->centre, &question, &walk->heads, walk->fault);
}

/* The checkpoint of the leaves so far, if there is one. */
static bool
check_head(struct walk *walk)
{
	uint64_t size = replay_size(walk->replay);
	struct fault fault;
	int64_t at;

	walk->status = more_heads(walk);
	if (walk->status != STATUS_OK)
		return false;
	if (walk->head >= answer_rows(walk->heads))
		return true;
	at = answer_number(walk->heads, walk->head, 0);
	if (at < 0 || (uint64_t)at > size)
		return true;
	if (replay_checkpoint(walk->replay,
		slice_of(answer_text(walk->heads, walk->head, 1)), &fault) !=
	    STATUS_OK) {
		found(walk, &fault);
		return false;
	}
	walk->head++;
	walk->last_head = size;
	walk->out->checkpoints++;
	walk->out->signed_leaves = size;
	return true;
}

/* Reports of one domain find records by a column that no leaf covers. */
static enum status
check_partner(const struct answer *row, struct fault *fault)
{
	bool is_out = strcmp(answer_text(row, 0, COLUMN_DIRECTION), "out") == 0;
	const char *name = answer_text(row, 0,
	    is_out ? COLUMN_RECIPIENT : COLUMN_SENDER);
	const char *listed = answer_text(row, 0, COLUMN_PARTNER);
	char texts[2][DOMAIN_MAX + 1];

	if (name[0] == '\0')
		name = "<>";
	if (strcmp(listed, name) == 0)
		return STATUS_OK;
	entry_clean(texts[0], sizeof(texts[0]), name);
	entry_clean(texts[1], sizeof(texts[1]), listed);
	return fault_set(fault, STATUS_CRYPTO, "record %" PRId64 ", of %.120s, "
	    "is listed as one of %.120s: a report of one domain reads "
	    "hopseal_record.partner", answer_number(row, 0, 0), texts[0],
	    texts[1]);
}

static enum status
take_record(struct walk *walk, const struct answer *row, struct fault *fault)
{
	const char *cells[TEXTLINE_CELLS];
	enum status status;
	unsigned i;

	for (i = 0; i < TEXTLINE_CELLS; i++)
		cells[i] = answer_text(row, 0, i);
	walk->out->records++;
	status = replay_record(walk->replay, cells, fault);
	return status == STATUS_OK ? check_partner(row, fault) : status;
}

static bool
take_leaf(void *context, const struct answer *row)
{
	struct walk *walk = context;
	struct fault fault;
	enum status status;

	if (answer_is_null(row, 0, COLUMN_HASH))
		status = take_record(walk, row, &fault);
	else {
		status = replay_hash(walk->replay,
		    (uint64_t)answer_number(row, 0, 0),
		    answer_text(row, 0, COLUMN_HASH),
		    answer_is_null(row, 0, COLUMN_LINE) ? NULL :
			answer_text(row, 0, COLUMN_LINE), &fault);
		walk->out->hashes++;
	}
	if (status != STATUS_OK) {
		found(walk, &fault);
		return false;
	}
	return check_head(walk);
}

/* The end: as many leaves as were shipped, and no checkpoint left over. */
static void
check_end(struct walk *walk, const struct host *host)
{
	uint64_t size = replay_size(walk->replay);
	struct fault fault;

	if (size < host->next)
		(void)fault_set(&fault, STATUS_CRYPTO, "leaves %" PRIu64
		    " to %" PRIu64 " are missing", size, host->next - 1);
	else if (walk->heads != NULL &&
	    walk->head < answer_rows(walk->heads) &&
	    answer_number(walk->heads, walk->head, 0) <= (int64_t)host->next)
		(void)fault_set(&fault, STATUS_CRYPTO, "a checkpoint of %"
		    PRId64 " leaves is there, and no such leaf",
		    answer_number(walk->heads, walk->head, 0));
	else if (walk->out->signed_leaves < host->signed_leaves)
		(void)fault_set(&fault, STATUS_CRYPTO, "the checkpoint of %"
		    PRIu64 " leaves, which the host has shipped, is missing",
		    host->signed_leaves);
	else if (size > 0 && walk->out->signed_leaves == 0)
		(void)fault_set(&fault, STATUS_CRYPTO, "there is no "
		    "checkpoint: nothing of it is signed; the first may be on "
		    "its way");
	else
		return;
	found(walk, &fault);
}

static enum status
walk_log(struct walk *walk, struct centre *centre, const struct host *host)
{
	const char *values[] = {walk->ledger};
	const struct question question = {sql_leaves, values, LENGTH(values)};
	enum status status;

	(void)snprintf(walk->ledger, sizeof(walk->ledger), "%" PRId64,
	    host->ledger);
	status = centre_limit(centre, CENTRE_REPORT_S, walk->fault);
	if (status == STATUS_OK)
		status = centre_stream(centre, &question, take_leaf, walk,
		    walk->fault);
	if (status == STATUS_OK)
		status = walk->status;
	if (status == STATUS_OK && walk->out->good)
		check_end(walk, host);
	return status;
}

enum status
verification_run(const char *url, const struct host *host, const char *key,
    struct verification_result *out, struct fault *fault)
{
	struct walk walk = {.out = out, .fault = fault};
	struct centre *centre = NULL;
	enum status status;

	memset(out, 0, sizeof(*out));
	out->good = true;
	status = replay_new(slice_of(key != NULL ? key : host->vkey),
	    &walk.replay, fault);
	if (status == STATUS_OK)
		status = centre_open(url, "hopseal fleet verify", &centre,
		    fault);
	if (status == STATUS_OK)
		status = centre_open(url, "hopseal fleet verify",
		    &walk.centre, fault);
	if (status == STATUS_OK)
		status = walk_log(&walk, centre, host);
	answer_free(&walk.heads);
	centre_close(&walk.centre);
	centre_close(&centre);
	replay_free(&walk.replay);
	return status;
}
