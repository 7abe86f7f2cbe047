/*
 * Sendmail's queue groups: is each recipient of a message an envelope alone?
 *
 *	Qmqueue, F=f, r=1
 *
 * In an envelope of several, the exit status that a recipient refused for good
 * leaves behind counts for the next one, whom TLS_Rcpt would defer: it is
 * bounced. Only the first letter of an equate counts, and R is another one
 * than r. The group mqueue is there whether the file names it or not.
 *
 * Source: Sendmail Installation and Operation Guide, 5.12 (Q).
 */
#include "milter/ctl/doctorsendmail.h"

enum { RECIPIENTS_MAX = 1000000 };

static bool
has_one_recipient(struct slice equates)
{
	unsigned long recipients = 0;

	while (equates.at != NULL) {
		struct slice value = slice_trim(slice_cut(&equates, ','));
		struct slice key = slice_trim(slice_cut(&value, '='));

		if (key.len > 0 && key.at[0] == 'r' &&
		    (value.at == NULL || !slice_number(slice_trim(value),
			RECIPIENTS_MAX, &recipients)))
			recipients = 0;
	}
	return recipients == 1;
}

/* The first group in which recipients share an envelope; at NULL: none. */
static struct slice
find_shared(struct slice cf)
{
	struct slice line, name, shared = {NULL, 0};
	bool has_default = false;

	while ((line = sendmailcf_next(&cf)).at != NULL) {
		if (line.len == 0 || line.at[0] != 'Q')
			continue;
		line = slice_make(line.at + 1, line.len - 1);
		name = slice_trim(slice_cut(&line, ','));
		has_default = has_default || slice_is(name, "mqueue");
		if (shared.at == NULL && !has_one_recipient(line))
			shared = name;
	}
	return has_default || shared.at != NULL ? shared : slice_of("mqueue");
}

void
sendmail_check_queues(const struct sendmail_view *sendmail)
{
	struct slice shared = find_shared(sendmail->cf);
	struct sendmail_text name;

	if (shared.at == NULL)
		return;
	diagnosis_add(sendmail->d, SEVERITY_WARNING,
	    "recipients-share-envelopes", "Sendmail: the queue group %s has "
	    "no r=1, so that the recipients of a message share an envelope",
	    sendmail_text(shared, &name));
	diagnosis_why(sendmail->d, "When the host of one recipient refuses it "
	    "for good, another one whose host lacks the TLS that a rule asks "
	    "for is bounced at once, and not tried again.");
	diagnosis_remedy(sendmail->d, "# in sendmail.mc, before MAILER(): "
	    "QUEUE_GROUP(`%s', `%sF=f, r=1')dnl", name.at,
	    slice_is(shared, "mqueue") ? "" : "P=..., ");
}
