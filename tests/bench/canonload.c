/*
 * canonload: how fast a body is canonicalized and hashed, against SHA-256 of
 * the same octets; and whether the fast way and a simple one agree.
 *
 *	canonload speed		megabytes per second, medians of rounds
 *	canonload agree N	N made-up bodies, cut anywhere; stops at the first
 *				that differs
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter/stamp/canon.h"
#include "milter/stamp/digest.h"
#include "policy/base/attributes.h"

enum { TEXT_SIZE = 8 * 1024 * 1024, ROUNDS = 15, BODY_MAX = 700 };

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t
next_random(uint64_t *seed)
{
	/* xorshift64: Marsaglia, 2003. */
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Kinds of text: prose, base64, quoted-printable, and blanks everywhere. */
static void
fill(char *text, int kind)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	uint64_t seed = 88172645463325252u;
	size_t i, column = 0;

	for (i = 0; i < TEXT_SIZE; i++, column++) {
		uint64_t pick = next_random(&seed);

		if (column == 76) {
			text[i] = '\r';
		} else if (column == 77) {
			text[i] = '\n';
			column = (size_t)-1;
		} else if (kind == 1) {
			text[i] = base64[pick % 64];
		} else if (kind == 3) {
			text[i] = pick % 3 == 0 ? ' ' : 'x';
		} else {
			text[i] = pick % 6 == 0 && column > 0 && column < 75 &&
				text[i - 1] != ' '
			    ? ' ' : (char)('a' + pick % 26);
		}
	}
}

static void
to_digest(void *context, const void *data, size_t len)
{
	digest_put(context, data, len);
}

static double
rate_plain(struct digest *digest, const char *text)
{
	unsigned char out[DIGEST_LEN];
	double begin = now();

	digest_begin(digest);
	for (size_t at = 0; at < TEXT_SIZE; at += 65535)
		digest_put(digest, text + at,
		    TEXT_SIZE - at < 65535 ? TEXT_SIZE - at : 65535);
	if (digest_end(digest, out) != STATUS_OK)
		exit(1);
	return TEXT_SIZE / 1e6 / (now() - begin);
}

static double
rate_canon(struct digest *digest, const char *text)
{
	unsigned char out[DIGEST_LEN];
	struct canon_body body;
	double begin = now();

	digest_begin(digest);
	canon_body_init(&body, to_digest, digest);
	for (size_t at = 0; at < TEXT_SIZE; at += 65535)
		canon_body_put(&body, text + at,
		    TEXT_SIZE - at < 65535 ? TEXT_SIZE - at : 65535);
	canon_body_end(&body);
	if (digest_end(digest, out) != STATUS_OK)
		exit(1);
	return TEXT_SIZE / 1e6 / (now() - begin);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
speed(void)
{
	static const char *const kinds[] = {"prose", "base64", "",
	    "many blanks"};
	static char text[TEXT_SIZE];
	struct digest *digest;

	if (digest_new(&digest) != STATUS_OK)
		exit(1);
	for (int kind = 0; kind < 4; kind++) {
		double plain[ROUNDS], canon[ROUNDS];

		if (kinds[kind][0] == '\0')
			continue;
		fill(text, kind);
		for (int i = 0; i < ROUNDS; i++) {
			plain[i] = rate_plain(digest, text);
			canon[i] = rate_canon(digest, text);
		}
		qsort(plain, ROUNDS, sizeof(plain[0]), by_size);
		qsort(canon, ROUNDS, sizeof(canon[0]), by_size);
		(void)printf("%-12s SHA-256 %5.0f MB/s, canonicalized and "
			     "hashed %5.0f MB/s: %.2f\n", kinds[kind],
		    plain[ROUNDS / 2], canon[ROUNDS / 2],
		    canon[ROUNDS / 2] / plain[ROUNDS / 2]);
	}
	digest_free(&digest);
}

struct text {
	size_t len;
	char at[2 * BODY_MAX + 2]; /* an LF alone becomes CRLF */
};

static void
to_text(void *context, const void *data, size_t len)
{
	struct text *text = context;

	if (text->len + len > sizeof(text->at))
		abort();
	memcpy(text->at + text->len, data, len);
	text->len += len;
}

/* RFC 6376, 3.4.4, as it reads: line by line, octet by octet. */
static void
simple(const char *p, size_t len, struct text *out)
{
	size_t at = 0, keep = 0;

	out->len = 0;
	while (at < len) {
		size_t begin = out->len;
		bool blank = false;

		for (; at < len && p[at] != '\n' &&
		    !(p[at] == '\r' && at + 1 < len && p[at + 1] == '\n');
		    at++) {
			if (p[at] == ' ' || p[at] == '\t') {
				blank = true;
				continue;
			}
			if (blank)
				out->at[out->len++] = ' ';
			blank = false;
			out->at[out->len++] = p[at];
		}
		at += at < len && p[at] == '\r' ? 2 : 1;
		if (out->len > begin)
			keep = out->len + 2;
		out->at[out->len++] = '\r';
		out->at[out->len++] = '\n';
	}
	out->len = keep;
}

static size_t
make_body(uint64_t *seed, char *body)
{
	static const char odd[] = " \t\r\n\r\n \n";
	size_t len = next_random(seed) % BODY_MAX;
	uint64_t share = next_random(seed) % 40 + 1;

	for (size_t i = 0; i < len; i++) {
		uint64_t pick = next_random(seed);

		body[i] = pick % share == 0 ? odd[pick / 64 % 8]
					    : (char)(pick / 64 % 256);
	}
	return len;
}

static void
agree(unsigned long count)
{
	static struct text fast, slow;
	uint64_t seed = 2463534242u;
	struct canon_body state;
	char body[BODY_MAX];

	for (unsigned long n = 0; n < count; n++) {
		size_t len = make_body(&seed, body), at = 0;

		fast.len = 0;
		canon_body_init(&state, to_text, &fast);
		while (at < len) {
			size_t piece = next_random(&seed) % 200 + 1;

			if (piece > len - at)
				piece = len - at;
			canon_body_put(&state, body + at, piece);
			at += piece;
		}
		canon_body_end(&state);
		simple(body, len, &slow);
		if (fast.len != slow.len ||
		    memcmp(fast.at, slow.at, fast.len) != 0) {
			(void)printf("body %lu differs\n", n);
			exit(1);
		}
	}
	(void)printf("%lu made-up bodies: both ways agree\n", count);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "speed") == 0)
		speed();
	else if (argc == 3 && strcmp(argv[1], "agree") == 0)
		agree(strtoul(argv[2], NULL, 10));
	else
		return 64;
	return 0;
}
