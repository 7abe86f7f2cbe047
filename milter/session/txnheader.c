#include "milter/session/txnheader.h"

#include "milter/session/txnstate.h"
#include "milter/system/clock.h"
#include "policy/address.h"

/* May the header be changed? Not under observe, nor of trusted hosts. */
static bool
may_change(const struct txn *txn)
{
	return txn->facts.judged &&
	    (txn_config(txn)->operation != OPERATION_OBSERVE ||
		(txn->verdict.side != SIDE_NONE && txn->verdict.all_stamp));
}

/* d= of the stamps that must go from this message; NULL: none. */
static const char *
strips_for(const struct txn *txn)
{
	return may_change(txn) ? txn_config(txn)->stamp.domain : NULL;
}

/* In whose name results are given; NULL: they are not. */
static const char *
results_for(const struct txn *txn)
{
	const char *host = txn_host(txn);

	return txn_config(txn)->stamp.authentication_results &&
		may_change(txn) && host[0] != '\0'
	    ? host
	    : NULL;
}

void
txnheader_begin(struct txn *txn)
{
	struct fault fault;

	if (txn->header_begun)
		return;
	txn->header_begun = true;
	authresults_begin(&txn->results, results_for(txn));
	if (message_begin(&txn->message, strips_for(txn), txn_may_stamp(txn),
		&fault) != STATUS_OK)
		log_line(txn->env->log,
		    episode_level(&txn->env->troubles->stamps,
			clock_monotonic_us()),
		    "the stamper cannot be made ready: %s", fault.text);
}

static void
judge_author(struct txn *txn, const struct domain *domain)
{
	struct verdict verdict;

	decide_header_from(txn_config(txn)->table, &txn->facts, domain,
	    &verdict);
	txn_join(txn, &verdict);
}

/* An address without `@` gets one from Sendmail, after us. */
static void
judge_authors(struct txn *txn, struct slice value, bool is_open)
{
	char address[ADDRESS_MAX + 1];
	struct domain domain;
	size_t i;

	while (address_list_next(&value, is_open, address)) {
		address_domain(slice_of(address), &domain);
		judge_author(txn, &domain);
		for (i = 0; i < ADDRESS_DETOURS; i++)
			if (address_detour(slice_of(address), i, &domain))
				judge_author(txn, &domain);
	}
}

static void
judge_from(struct txn *txn, struct slice value)
{
	if (!table_traits(txn_config(txn)->table).header_from ||
	    !txn->facts.judged)
		return;
	judge_authors(txn, value, false);
	if (address_list_is_doubtful(value))
		judge_authors(txn, value, true);
}

void
txnheader_field(struct txn *txn, struct slice name, struct slice value)
{
	txnheader_begin(txn);
	authresults_header(&txn->results, txn->arena, name, value);
	if (mark_header(&txn->mark, txn->arena, name, &value))
		message_header(&txn->message, name, value);
	if (slice_is_nocase(name, "From"))
		judge_from(txn, value);
}
