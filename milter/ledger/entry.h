/*
 * entry: a record as the ledger holds it, in the queue and in the database.
 *
 * Plain value of fixed size, so that the queue allocates nothing per record.
 * Its canonical line is what the Merkle log hashes: JSON, fixed key order, no
 * white space, no line feed.
 *
 *   {"v":1,"seq":0,"time":"2026-01-03T12:00:00.123Z","direction":"in",
 *    "event":"pass","mode":"require","sender":"bank.example",
 *    "recipient":"example.org","policy":"bank.example","side":"from",
 *    "peer":"mx.bank.example","address":"192.0.2.1","tls":"TLSv1.3",
 *    "cipher":"TLS_AES_256_GCM_SHA384","bits":256,"cert":"trusted",
 *    "cn":"mx.bank.example","requiretls":false,"queue":"4F","stamp":"",
 *    "host":"mx.example.org","part":0}
 *
 * Octets below SP, DEL and what is no UTF-8 become `?` when a record comes
 * in. Source: LEDGER.md, "Record" and "Proof"; RFC 8259, section 7.
 */
#ifndef HOPSEAL_LEDGER_ENTRY_H
#define HOPSEAL_LEDGER_ENTRY_H

#include "milter/ledger/record.h"
#include "policy/base/buf.h"
#include "policy/domain.h"
#include "policy/network.h"

/* Every text of an entry escaped at its worst, and the keys. */
enum { ENTRY_LINE_MAX = 12 * 1024, ENTRY_NETWORK_TEXT = IPADDR_TEXT + 4 };

/* Milliseconds of a day; the last one that has a four-digit year. */
#define ENTRY_DAY_MS	INT64_C(86400000)
#define ENTRY_TIME_MAX	INT64_C(253402300799999)

struct entry {
	uint64_t seq;  /* place in the Merkle log, from 0 */
	unsigned part; /* 0 for the first record of a message */
	int64_t time;
	enum record_direction direction;
	enum record_event event;
	enum mode mode;
	enum side side;
	enum cert_state cert;
	unsigned bits;
	bool requiretls;
	bool has_rule; /* not part of the line */
	char sender[DOMAIN_MAX + 1];
	char recipient[DOMAIN_MAX + 1];
	char policy[DOMAIN_MAX + 1];
	char peer[DOMAIN_MAX + 1];
	char address[IPADDR_TEXT];
	char tls[RECORD_TLS_MAX + 1];
	char cipher[RECORD_TLS_MAX + 1];
	char cn[TLS_CN_MAX + 1];
	char queue_id[RECORD_QUEUE_MAX + 1];
	char stamp_id[RECORD_STAMP_MAX + 1];
};

/* Copy record, each text cut at its bound and made clean. */
void entry_copy(struct entry *entry, const struct ledger_record *record,
    unsigned part);

/* Copy text into out of size octets, cut and clean. NULL is "". */
void entry_clean(char *out, size_t size, const char *text);

/* Append the canonical line; host is the name of the machine. */
void entry_line(const struct entry *entry, const char *host, struct buf *out);

/* The domain at the other side: sender of in, recipient of out; "<>". */
const char *entry_partner(const struct entry *entry);

/* The peer's network, `192.0.2.0/24` or `2001:db8::/48`; "-" without. */
void entry_network(const struct entry *entry, char out[ENTRY_NETWORK_TEXT]);

/* Does it count as a message (first of its message, taken or sent)? */
bool entry_counts(const struct entry *entry);

/* Days since 1970 UTC. */
int64_t entry_day(int64_t time);

/* `"text"` with JSON escapes, appended to out. */
void entry_put_json(struct buf *out, const char *text);

/* `2026-01-03T12:00:00.123Z`, appended to out. */
void entry_put_time(struct buf *out, int64_t time);

#endif
