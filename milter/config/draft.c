#include "milter/config/draft.h"

#include <string.h>

#include "milter/config/reader.h"
#include "milter/config/title.h"
#include "milter/config/value.h"
#include "policy/base/attributes.h"

enum {
	SET_MODE = 1,
	SET_FROM = 1 << 1,
	SET_TO = 1 << 2,
	SET_ACTION = 1 << 3,
	SET_OPERATION = 1 << 4,
	SET_MIN_TLS = 1 << 5,
	SET_MIN_BITS = 1 << 6,
	SET_CIPHERS = 1 << 7,
	SET_PEER = 1 << 8,
	SET_PEER_NAMES = 1 << 9,
	SET_HEADER_FROM = 1 << 10,
	SET_HELP_URL = 1 << 11,
	SET_PATIENCE = 1 << 12,
	SET_MEMORY = 1 << 13
};

enum {
	PATIENCE_MAX = 30 * 86400,
	MEMORY_MAX = 3660 * 86400,
	PEER_NAMES_MAX = 100
};

/* In the order of the enums that they stand for. */
static const char *const mode_words[] = {"fallback-allowed", "prefer",
    "require"};
static const char *const action_words[] = {"reject", "defer"};
static const char *const operation_words[] = {"observe", "stamp", "enforce"};
static const char *const tls_words[] = {"1.0", "1.1", "1.2", "1.3"};
static const char *const cipher_words[] = {"any", "forward-secret", "bcp195"};
static const char *const peer_words[] = {"any", "trusted", "named"};

static const struct words modes = {mode_words, LENGTH(mode_words)};
static const struct words actions = {action_words, LENGTH(action_words)};
const struct words draft_operations = {operation_words,
    LENGTH(operation_words)};
static const struct words tls_versions = {tls_words, LENGTH(tls_words)};
static const struct words cipher_classes = {cipher_words,
    LENGTH(cipher_words)};
static const struct words peers = {peer_words, LENGTH(peer_words)};

static void
read_modes(const struct reader *reader, struct draft *out)
{
	unsigned value;

	if (reader_enum(reader, "mode", &modes, &value)) {
		out->mode = (enum mode)value;
		out->set |= SET_MODE;
	}
	if (reader_enum(reader, "from", &modes, &value)) {
		out->rule.from = (enum mode)value;
		out->set |= SET_FROM;
	}
	if (reader_enum(reader, "to", &modes, &value)) {
		out->rule.to = (enum mode)value;
		out->set |= SET_TO;
	}
	if (reader_enum(reader, "action", &actions, &value)) {
		out->rule.action = (enum action)value;
		out->set |= SET_ACTION;
	}
	if (reader_enum(reader, "operation", &draft_operations, &value)) {
		out->rule.operation = (enum operation)value;
		out->set |= SET_OPERATION;
	}
}

static void
read_level(const struct reader *reader, struct draft *out)
{
	struct level *level = &out->rule.level;
	unsigned value;

	if (reader_enum(reader, "min-tls", &tls_versions, &value)) {
		level->min_tls = (enum tls_version)(TLS_VERSION_1_0 + value);
		out->set |= SET_MIN_TLS;
	}
	if (reader_number(reader, "min-bits", 0, 65535, &level->min_bits))
		out->set |= SET_MIN_BITS;
	if (reader_enum(reader, "ciphers", &cipher_classes, &value)) {
		level->ciphers = (enum ciphers)value;
		out->set |= SET_CIPHERS;
	}
	if (reader_enum(reader, "peer", &peers, &value)) {
		level->peer = (enum peer)value;
		out->set |= SET_PEER;
	}
}

/* An empty list is set, too: it takes the names of the class away. */
static void
read_peer_names(struct reader *reader, struct draft *out)
{
	const struct setting *setting = block_find(reader->block, "peer-names");
	const struct word *word;
	const char **names;
	size_t at = 0, count = 0;

	if (setting == NULL)
		return;
	out->set |= SET_PEER_NAMES;
	if (setting->count > PEER_NAMES_MAX) {
		reader_fault(reader, "peer-names", &setting->words[0], "%zu "
		    "names are too many; allowed: %d", setting->count,
		    PEER_NAMES_MAX);
		return;
	}
	names = arena_alloc(reader->arena,
	    (setting->count + 1) * sizeof(*names));
	if (names == NULL) {
		reader->is_out_of_memory = true;
		return;
	}
	while ((word = reader_next(reader, "peer-names", &at)) != NULL) {
		char name[PEER_NAME_SIZE];
		const char *wrong = value_peer_name(word->text, name);

		if (wrong == NULL)
			names[count++] = reader_copy(reader, name,
			    strlen(name));
		else
			reader_fault(reader, "peer-names", word, "\"%.80s\" %s",
			    word->text, wrong);
	}
	out->rule.level.peer_names = count == 0 ? NULL : names;
	out->rule.level.peer_name_count = count;
}

static void
read_rest(struct reader *reader, struct draft *out)
{
	unsigned value;

	if (reader_bool(reader, "header-from", &out->rule.header_from))
		out->set |= SET_HEADER_FROM;
	if (reader_text(reader, "help-url", OPTIONAL_NONE, value_url,
		&out->rule.help_url))
		out->set |= SET_HELP_URL;
	if (reader_number(reader, "patience", 0, PATIENCE_MAX, &value)) {
		out->rule.patience = value;
		out->set |= SET_PATIENCE;
	}
	if (reader_number(reader, "memory", 0, MEMORY_MAX, &value)) {
		out->rule.memory = value;
		out->set |= SET_MEMORY;
	}
	out->class_word = reader_word(reader, "class");
	if (out->class_word != NULL &&
	    strcmp(out->class_word->text, "none") == 0)
		out->class_word = NULL;
}

enum status
draft_read(const struct block *block, struct arena *arena,
    struct findings *findings, struct draft *out)
{
	struct reader reader = {block, findings, arena, false};

	memset(out, 0, sizeof(*out));
	out->block = block;
	title_read(&reader, out);
	read_modes(&reader, out);
	read_level(&reader, out);
	read_peer_names(&reader, out);
	read_rest(&reader, out);
	return reader.is_out_of_memory ? STATUS_NOMEM : STATUS_OK;
}

static void
apply_level(const struct draft *draft, struct level *level)
{
	const struct level *own = &draft->rule.level;

	if (draft->set & SET_MIN_TLS)
		level->min_tls = own->min_tls;
	if (draft->set & SET_MIN_BITS)
		level->min_bits = own->min_bits;
	if (draft->set & SET_CIPHERS)
		level->ciphers = own->ciphers;
	if (draft->set & SET_PEER)
		level->peer = own->peer;
	if (draft->set & SET_PEER_NAMES) {
		level->peer_names = own->peer_names;
		level->peer_name_count = own->peer_name_count;
	}
}

void
draft_apply(const struct draft *draft, struct rule *rule)
{
	if (draft->set & SET_MODE)
		rule->from = rule->to = draft->mode;
	if (draft->set & SET_FROM)
		rule->from = draft->rule.from;
	if (draft->set & SET_TO)
		rule->to = draft->rule.to;
	if (draft->set & SET_ACTION)
		rule->action = draft->rule.action;
	if (draft->set & SET_OPERATION)
		rule->operation = draft->rule.operation;
	if (draft->set & SET_HEADER_FROM)
		rule->header_from = draft->rule.header_from;
	if (draft->set & SET_HELP_URL)
		rule->help_url = draft->rule.help_url;
	if (draft->set & SET_PATIENCE)
		rule->patience = draft->rule.patience;
	if (draft->set & SET_MEMORY)
		rule->memory = draft->rule.memory;
	apply_level(draft, &rule->level);
}

void
draft_apply_to_client(const struct draft *draft, struct rule *rule)
{
	draft_apply(draft, rule);
	if (draft->set & SET_MODE)
		rule->from = draft->mode;
	rule->to = MODE_FALLBACK_ALLOWED;
	rule->header_from = false;
}
