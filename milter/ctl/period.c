#include "milter/ctl/period.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "milter/ledger/entry.h"
#include "policy/base/slice.h"

enum { DAY_MAX = 2932896 }; /* 9999-12-31 */

void
period_init(struct period *period)
{
	period->first = 0;
	period->last = DAY_MAX;
}

int64_t
period_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
period_today(void)
{
	return period_now() / PERIOD_DAY_MS;
}

void
period_print(int64_t day, char out[PERIOD_TEXT])
{
	char storage[32];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	entry_put_time(&text, day * PERIOD_DAY_MS);
	memcpy(out, buf_text(&text), PERIOD_TEXT - 1);
	out[PERIOD_TEXT - 1] = '\0';
}

/* Days from 1970 to a date: eras of 400 years, years begin in March. */
static int64_t
days_of(unsigned year, unsigned month, unsigned mday)
{
	unsigned shifted = month <= 2 ? month + 9 : month - 3;
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned yoe = y % 400;
	unsigned doy = (153 * shifted + 2) / 5 + mday - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return (int64_t)(y / 400) * 146097 + doe - 719468;
}

static bool
date_parse(const char *text, int64_t *out)
{
	struct slice rest = slice_of(text);
	struct slice year = slice_cut(&rest, '-');
	struct slice month = slice_cut(&rest, '-');
	unsigned long y, m, d;
	char back[PERIOD_TEXT];
	int64_t day;

	if (strlen(text) != PERIOD_TEXT - 1 || rest.at == NULL ||
	    !slice_number(year, 9999, &y) || !slice_number(month, 12, &m) ||
	    !slice_number(rest, 31, &d) || y < 1970 || m == 0 || d == 0)
		return false;
	day = days_of((unsigned)y, (unsigned)m, (unsigned)d);
	/* There is no 30th of February: it would print as another day. */
	period_print(day, back);
	if (strcmp(back, text) != 0)
		return false;
	*out = day;
	return true;
}

bool
period_day(const char *text, int64_t today, int64_t *out)
{
	size_t len = strlen(text);
	unsigned long back;

	if (len > 1 && text[len - 1] == 'd' &&
	    slice_number(slice_make(text, len - 1), DAY_MAX, &back)) {
		*out = (int64_t)back > today ? 0 : today - (int64_t)back;
		return true;
	}
	return date_parse(text, out);
}

bool
period_take(const char *text, int64_t *out)
{
	if (period_day(text, period_today(), out))
		return true;
	(void)fprintf(stderr,
	    "hopseal: \"%s\" is no day: write 2026-01-31, or 30d\n", text);
	return false;
}
