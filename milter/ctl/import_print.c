#include "milter/ctl/import_print.h"

#include <inttypes.h>
#include <stdio.h>

void
import_print_counts(const char *log, const struct deliveries_counts *lines,
    const struct outbound_counts *records, bool is_dry_run)
{
	static const char *const names[DELIVERY_EVENTS] = {
	    [DELIVERY_SENT_TLS] = "sent over TLS",
	    [DELIVERY_SENT_PLAIN] = "sent in clear",
	    [DELIVERY_TLS_FAILED] = "not sent for want of TLS",
	    [DELIVERY_SENT_UNKNOWN] = "sent, TLS unknown",
	};
	size_t i;

	(void)printf("%s: %" PRIu64 " lines, %" PRIu64 " not understood\n",
	    log, lines->lines, lines->unknown);
	for (i = 0; i < DELIVERY_EVENTS; i++)
		(void)printf("  %-26s%" PRIu64 "\n", names[i],
		    lines->events[i]);
	(void)printf("  %-26s%" PRIu64 "\n", "within the host, left out",
	    lines->local);
	(void)printf("%s %" PRIu64 ", in the ledger already %" PRIu64 "\n",
	    is_dry_run ? "would record" : "recorded",
	    records->recorded, records->repeated);
}

void
import_print_warnings(const struct deliveries_counts *lines,
    const struct outbound_counts *records)
{
	if (lines->unlogged > 0)
		(void)fprintf(stderr,
		    "hopseal: WARNING: of %" PRIu64 " deliveries nobody can "
		    "say whether they went over TLS,\n"
		    "because the log has no TLS line of that program before "
		    "them. Set in main.cf\n"
		    "\tsmtp_tls_loglevel = 1\n"
		    "(the default, 0, logs none), or LogLevel=9 in Sendmail; "
		    "until then they are\nsent-unknown.\n", lines->unlogged);
	if (records->clear > 0)
		(void)fprintf(stderr,
		    "hopseal: WARNING: %" PRIu64 " deliveries in clear to "
		    "domains that must have TLS:\nhopseal report names them\n",
		    records->clear);
}
