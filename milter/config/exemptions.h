/*
 * exemptions: who is not judged, and who is never refused.
 *
 * The options trusted-hosts and exempt-recipients. A bad word is a finding and
 * is left out. Threads: one owner. Memory: the reader's arena; when that is
 * full, the reader's is_out_of_memory is set. Source: POLICY.md,
 * "hopseal.conf".
 */
#ifndef HOPSEAL_CONFIG_EXEMPTIONS_H
#define HOPSEAL_CONFIG_EXEMPTIONS_H

#include "milter/config/config.h"
#include "milter/config/reader.h"

/* Networks, to out->trusted_hosts. */
void exemptions_read_hosts(struct reader *reader, struct config *out);

/* Mailboxes, to out->exempt. */
void exemptions_read_recipients(struct reader *reader, struct config *out);

#endif
