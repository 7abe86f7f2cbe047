#include "policy/punycode.h"

#include "policy/base/attributes.h"

/* RFC 3492, 5: the parameters of IDNA. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	INITIAL_BIAS = 72,
	INITIAL_N = 0x80,
};

static void
put_digit(struct buf *out, uint32_t digit)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	buf_putc(out, digits[digit]);
}

/* RFC 3492, 6.1 */
static uint32_t
adapt(uint32_t delta, uint32_t count, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / count;
	while (delta > (BASE - T_MIN) * T_MAX / 2) {
		delta /= BASE - T_MIN;
		k += BASE;
	}
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t
threshold(uint32_t k, uint32_t bias)
{
	if (k <= bias + T_MIN)
		return T_MIN;
	return k >= bias + T_MAX ? T_MAX : k - bias;
}

/* A number of a length that shows by itself (RFC 3492, 3.3). */
static void
put_number(struct buf *out, uint32_t q, uint32_t bias)
{
	uint32_t k, t;

	for (k = BASE; q >= (t = threshold(k, bias)); k += BASE) {
		put_digit(out, t + (q - t) % (BASE - t));
		q = (q - t) / (BASE - t);
	}
	put_digit(out, q);
}

static uint32_t
put_ascii(struct buf *out, const uint32_t *points, size_t count)
{
	uint32_t found = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (points[i] < INITIAL_N) {
			buf_putc(out, (char)points[i]);
			found++;
		}
	if (found > 0)
		buf_putc(out, '-');
	return found;
}

/* The smallest code point from n on; there is one. */
static uint32_t
smallest_from(const uint32_t *points, size_t count, uint32_t n)
{
	uint32_t least = UINT32_MAX;
	size_t i;

	for (i = 0; i < count; i++)
		if (points[i] >= n && points[i] < least)
			least = points[i];
	return least;
}

/* Where the decoder is: RFC 3492, 3.2. */
struct state {
	uint32_t delta, bias, handled;
	bool first;
};

/* All places where n stands. */
static void
put_insertions(struct buf *out, const uint32_t *points, size_t count,
    uint32_t n, struct state *at)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (points[i] < n)
			at->delta++;
		if (points[i] != n)
			continue;
		put_number(out, at->delta, at->bias);
		at->handled++;
		at->bias = adapt(at->delta, at->handled, at->first);
		at->first = false;
		at->delta = 0;
	}
}

/* No sum overflows: 65 * 0x10ffff is below 2^27. */
void
punycode_put(struct buf *out, const uint32_t *points, size_t count)
{
	struct state at = {0, INITIAL_BIAS, 0, true};
	uint32_t n = INITIAL_N, next;

	at.handled = put_ascii(out, points, count);
	while (at.handled < count) {
		next = smallest_from(points, count, n);
		at.delta += (next - n) * (at.handled + 1);
		put_insertions(out, points, count, next, &at);
		at.delta++;
		n = next + 1;
	}
}
