#include "milter/metrics/counters.h"

static const uint64_t bounds_us[COUNTERS_BUCKETS] = {10, 50, 100, 500, 1000,
    2500, 5000, 10000, 50000, 100000, 500000, 2500000};

void
counter_add(_Atomic uint64_t *counter, uint64_t more)
{
	(void)atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

uint64_t
counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

unsigned
counters_tls_index(const struct tlsinfo *tls)
{
	switch (tls->state) {
	case TLS_NONE:
		return 0;
	case TLS_UNKNOWN:
		return 1;
	case TLS_ESTABLISHED:
		break;
	}
	return 2 + (unsigned)tls->version;
}

const char *
counters_tls_name(unsigned index)
{
	static const char *const names[COUNTERS_TLS] = {"none", "unknown",
	    "other", "SSL", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3",
	    "later"};

	return names[index];
}

void
counters_tls(struct counters *counters, const struct tlsinfo *tls)
{
	counter_add(&counters->sessions[counters_tls_index(tls)], 1);
}

uint64_t
counters_bound_us(unsigned bucket)
{
	return bounds_us[bucket];
}

void
histogram_add(struct histogram *histogram, int64_t us)
{
	uint64_t time = us > 0 ? (uint64_t)us : 0;
	unsigned i;

	for (i = 0; i < COUNTERS_BUCKETS; i++)
		if (time <= bounds_us[i]) {
			counter_add(&histogram->buckets[i], 1);
			break;
		}
	counter_add(&histogram->count, 1);
	counter_add(&histogram->sum_us, time);
}
