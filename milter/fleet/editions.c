#include "milter/fleet/editions.h"

#include <inttypes.h>
#include <stdio.h>

#include "milter/fleet/insert.h"

enum { PART_SIZE = 64 * 1024 };

const char editions_tables[] =
    "-- Versions of the fleet's policy; what counts is the signed note.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_policy (\n"
    "    version bigint PRIMARY KEY,\n"
    "    note text NOT NULL,        -- signed, with what follows in it\n"
    "    author text NOT NULL,\n"
    "    comment text NOT NULL,\n"
    "    time bigint NOT NULL,      -- seconds since 1970 UTC\n"
    "    size bigint NOT NULL,      -- octets of the text\n"
    "    sha256 text NOT NULL\n"
    ");\n\n"
    "-- Their texts: parts of whole lines, to be put together in order.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_policy_text (\n"
    "    version bigint NOT NULL,\n"
    "    part integer NOT NULL,\n"
    "    text text NOT NULL,\n"
    "    PRIMARY KEY (version, part)\n"
    ");\n\n"
    "-- Their rules, for those who ask. kind is domain (a line of the table:\n"
    "-- its rule is a class), class, policy or client (a section: its rule\n"
    "-- is what the braces hold). Hosts read the text, not this.\n"
    "CREATE TABLE IF NOT EXISTS hopseal_policy_rule (\n"
    "    version bigint NOT NULL,\n"
    "    kind text NOT NULL,\n"
    "    name text NOT NULL,\n"
    "    rule text NOT NULL,\n"
    "    PRIMARY KEY (version, kind, name)\n"
    ");\n"
    "CREATE INDEX IF NOT EXISTS hopseal_policy_rule_name\n"
    "    ON hopseal_policy_rule (name, version);\n\n";

static const struct insert_target insert_rules = {
    "INSERT INTO hopseal_policy_rule (version, kind, name, rule) VALUES ",
    " ON CONFLICT DO NOTHING", 1000};

static void
print_number(uint64_t number, char out[CENTRE_NUMBER])
{
	(void)snprintf(out, CENTRE_NUMBER, "%" PRIu64, number);
}

enum status
editions_latest(struct centre *centre, uint64_t *version, struct fault *fault)
{
	static const struct question question = {
	    "SELECT coalesce(max(version), 0) FROM hopseal_policy", NULL, 0};
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, &question, &answer, fault);

	if (status != STATUS_OK)
		return status;
	*version = (uint64_t)answer_number(answer, 0, 0);
	answer_free(&answer);
	return STATUS_OK;
}

static enum status
fetch_note(struct centre *centre, const char *version, struct buf *note,
    struct fault *fault)
{
	const struct question question = {
	    "SELECT note FROM hopseal_policy WHERE version = $1", &version, 1};
	struct answer *answer = NULL;
	enum status status = centre_ask(centre, &question, &answer, fault);

	if (status != STATUS_OK)
		return status;
	if (answer_rows(answer) == 1)
		buf_put(note, answer_text(answer, 0, 0),
		    answer_len(answer, 0, 0));
	else
		status = fault_set(fault, STATUS_NOTFOUND, "there is no "
		    "version %s of the policy; hopseal policy history lists "
		    "them", version);
	answer_free(&answer);
	return status;
}

static bool
take_part(void *context, const struct answer *row)
{
	struct buf *text = context;

	buf_put(text, answer_text(row, 0, 0), answer_len(row, 0, 0));
	return buf_status(text) == STATUS_OK;
}

enum status
editions_fetch(struct centre *centre, uint64_t version, struct buf *note,
    struct buf *text, struct fault *fault)
{
	char number[CENTRE_NUMBER];
	const char *value = number;
	const struct question question = {
	    "SELECT text FROM hopseal_policy_text WHERE version = $1 "
	    "ORDER BY part", &value, 1};
	enum status status;

	print_number(version, number);
	status = fetch_note(centre, number, note, fault);
	if (status == STATUS_OK)
		status = centre_stream(centre, &question, take_part, text,
		    fault);
	if (status == STATUS_OK)
		status = buf_status(note) == STATUS_OK ? buf_status(text) :
		    buf_status(note);
	if (status == STATUS_LIMIT || status == STATUS_NOMEM)
		(void)fault_set(fault, status, "version %s of the policy is "
		    "larger than any policy, or than memory", number);
	return status;
}

/* Who pushed that version, as far as the centre says. */
static enum status
tell_of_other(struct centre *centre, const char *version,
    struct fault *fault)
{
	const struct question question = {
	    "SELECT author FROM hopseal_policy WHERE version = $1", &version,
	    1};
	struct answer *answer = NULL;
	const char *author = "somebody";

	if (centre_ask(centre, &question, &answer, NULL) == STATUS_OK &&
	    answer_rows(answer) == 1)
		author = answer_text(answer, 0, 0);
	(void)fault_set(fault, STATUS_EXISTS, "version %s was pushed by %.64s "
	    "meanwhile; look at it with hopseal policy diff, and push again",
	    version, author);
	answer_free(&answer);
	return STATUS_EXISTS;
}

static enum status
push_row(struct centre *centre, const struct edition *edition,
    struct slice note, struct fault *fault)
{
	char version[CENTRE_NUMBER], time[CENTRE_NUMBER], size[CENTRE_NUMBER];
	char hex[EDITION_HEX_SIZE];
	/* A note is text of a buffer: it ends with a NUL. */
	const char *values[] = {version, note.at, edition->author,
	    edition->comment, time, size, hex};
	const struct question question = {
	    "INSERT INTO hopseal_policy (version, note, author, comment, time, "
	    "size, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    values, LENGTH(values)};

	print_number(edition->version, version);
	print_number(edition->time, time);
	print_number(edition->size, size);
	edition_hex(edition, hex);
	return centre_ask_nothing(centre, &question, NULL, fault);
}

/* The next part: PART_SIZE octets, and on to the end of that line. */
static struct slice
cut_part(struct slice *text)
{
	size_t len = text->len < PART_SIZE ? text->len : PART_SIZE;
	struct slice part;

	while (len < text->len && text->at[len - 1] != '\n')
		len++;
	part = slice_make(text->at, len);
	*text = slice_make(text->at + len, text->len - len);
	return part;
}

static enum status
push_part(struct centre *centre, const char *version, unsigned part,
    struct slice text, struct fault *fault)
{
	char number[CENTRE_NUMBER];
	struct buf copy;
	enum status status;

	print_number(part, number);
	buf_init(&copy, EDITION_TEXT_MAX);
	buf_put_slice(&copy, text);
	status = buf_status(&copy);
	if (status == STATUS_OK) {
		const char *values[] = {version, number, buf_text(&copy)};
		const struct question question = {
		    "INSERT INTO hopseal_policy_text (version, part, text) "
		    "VALUES ($1, $2, $3)", values, LENGTH(values)};

		status = centre_ask_nothing(centre, &question, NULL, fault);
	}
	buf_clear(&copy);
	return status;
}

static enum status
push_text(struct centre *centre, uint64_t version, struct slice text,
    struct fault *fault)
{
	char number[CENTRE_NUMBER];
	enum status status = STATUS_OK;
	unsigned part = 0;

	print_number(version, number);
	while (status == STATUS_OK && text.len > 0)
		status = push_part(centre, number, part++, cut_part(&text),
		    fault);
	return status;
}

static enum status
push_rules(struct centre *centre, const struct editions_new *edition,
    struct fault *fault)
{
	struct cells cells;
	enum status status = cells_init(&cells);

	if (status != STATUS_OK)
		return fault_set(fault, status, "no memory");
	do {
		cells_reset(&cells, EDITIONS_RULE_COLUMNS);
		status = edition->give(edition->context, &cells);
		if (status != STATUS_OK)
			(void)fault_set(fault, status, "no memory");
		else
			status = insert_cells(centre, &insert_rules,
			    (int64_t)edition->edition->version, &cells, fault);
	} while (status == STATUS_OK && cells.rows > 0);
	cells_clear(&cells);
	return status;
}

enum status
editions_push(struct centre *centre, const struct editions_new *edition,
    struct fault *fault)
{
	uint64_t version = edition->edition->version;
	char number[CENTRE_NUMBER];
	enum status status = centre_run(centre, "BEGIN", fault);

	if (status == STATUS_OK)
		status = push_row(centre, edition->edition, edition->note,
		    fault);
	if (status == STATUS_OK)
		status = push_text(centre, version, edition->text, fault);
	if (status == STATUS_OK)
		status = push_rules(centre, edition, fault);
	if (status == STATUS_OK)
		return centre_run(centre, "COMMIT", fault);
	if (centre_run(centre, "ROLLBACK", NULL) != STATUS_OK)
		return status; /* the connection is gone: so is all of it */
	print_number(version, number);
	return status == STATUS_EXISTS ?
	    tell_of_other(centre, number, fault) : status;
}

/* What a row of a list goes to. */
struct listing {
	editions_visit *visit;
	void *context;
};

static bool
take_note(void *context, const struct answer *row)
{
	const struct listing *listing = context;

	return listing->visit(listing->context,
	    slice_make(answer_text(row, 0, 0), answer_len(row, 0, 0)));
}

enum status
editions_each(struct centre *centre, unsigned limit, editions_visit *visit,
    void *context, struct fault *fault)
{
	struct listing listing = {visit, context};
	char number[CENTRE_NUMBER];
	const char *value = number;
	const struct question question = {
	    "SELECT note FROM hopseal_policy ORDER BY version DESC LIMIT $1",
	    &value, 1};

	print_number(limit, number);
	return centre_stream(centre, &question, take_note, &listing, fault);
}
