#include "milter/maillog/logclock.h"

#include <string.h>
#include <time.h>

enum { SECOND = 1000, NO_KEY = 0 };

#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)

struct moment {
	unsigned year; /* 0: not said */
	unsigned month, day, hour, minute, second, ms;
};

void
logclock_init(struct logclock *clock, int64_t now)
{
	clock->now = now;
	clock->key = NO_KEY;
	clock->base = 0;
}

/* Exactly count digits. */
static bool
take_digits(struct slice *rest, unsigned count, unsigned *out)
{
	unsigned number = 0, i;

	if (rest->len < count)
		return false;
	for (i = 0; i < count; i++) {
		if (!ascii_is_digit(rest->at[i]))
			return false;
		number = number * 10 + (unsigned)(rest->at[i] - '0');
	}
	*rest = slice_make(rest->at + count, rest->len - count);
	*out = number;
	return true;
}

static bool
take_char(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->at[0] != c)
		return false;
	*rest = slice_make(rest->at + 1, rest->len - 1);
	return true;
}

/* `.123456`, when it is there. */
static void
take_fraction(struct slice *rest, unsigned *ms)
{
	unsigned scale = 100;

	*ms = 0;
	if (rest->len < 2 || rest->at[0] != '.' ||
	    !ascii_is_digit(rest->at[1]))
		return;
	(void)take_char(rest, '.');
	while (rest->len > 0 && ascii_is_digit(rest->at[0])) {
		*ms += (unsigned)(rest->at[0] - '0') * scale;
		scale /= 10;
		*rest = slice_make(rest->at + 1, rest->len - 1);
	}
}

/* `hh:mm:ss[.fraction]` */
static bool
take_time(struct slice *rest, struct moment *out)
{
	if (!take_digits(rest, 2, &out->hour) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &out->minute) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &out->second))
		return false;
	take_fraction(rest, &out->ms);
	return out->hour < 24 && out->minute < 60 && out->second <= 60;
}

/* `YYYY-MM-DD` */
static bool
take_date(struct slice *rest, struct moment *out)
{
	return take_digits(rest, 4, &out->year) && take_char(rest, '-') &&
	    take_digits(rest, 2, &out->month) && take_char(rest, '-') &&
	    take_digits(rest, 2, &out->day) && out->year >= 1970 &&
	    out->month >= 1 && out->month <= 12 && out->day >= 1 &&
	    out->day <= 31;
}

/* `Mmm dd`, the day padded with a blank or a zero. */
static bool
take_month_day(struct slice *rest, struct moment *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned i;

	if (rest->len < 7 || rest->at[3] != ' ')
		return false;
	for (i = 0; i < 12; i++)
		if (memcmp(rest->at, names + (size_t)i * 3, 3) == 0)
			break;
	if (i == 12)
		return false;
	out->year = 0;
	out->month = i + 1;
	*rest = slice_make(rest->at + 4, rest->len - 4);
	if (take_char(rest, ' '))
		return take_digits(rest, 1, &out->day) && out->day > 0;
	return take_digits(rest, 2, &out->day) && out->day >= 1 &&
	    out->day <= 31;
}

/* Days since 1970 of a day of the Gregorian calendar. */
static int64_t
days_of(const struct moment *m)
{
	int64_t year = (int64_t)m->year - (m->month <= 2 ? 1 : 0);
	int64_t era = year / 400, of_era = year - era * 400;
	int64_t month = (int64_t)m->month + (m->month > 2 ? -3 : 9);
	int64_t of_year = (153 * month + 2) / 5 + (int64_t)m->day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static int64_t
within_hour(const struct moment *m)
{
	return (int64_t)(m->minute * 60 + m->second) * SECOND + m->ms;
}

static int64_t
utc_of(const struct moment *m)
{
	return days_of(m) * DAY_MS + m->hour * HOUR_MS + within_hour(m);
}

/* The beginning of the moment's hour, by the local zone. */
static int64_t
local_hour(const struct moment *m, unsigned year)
{
	struct tm tm = {
	    .tm_year = (int)year - 1900,
	    .tm_mon = (int)m->month - 1,
	    .tm_mday = (int)m->day,
	    .tm_hour = (int)m->hour,
	    .tm_isdst = -1,
	};

	return (int64_t)mktime(&tm) * SECOND;
}

/* Lines of one hour come together, so one call of mktime serves many. */
static int64_t
local_of(struct logclock *clock, const struct moment *m)
{
	unsigned key = (m->year * 12 + m->month) * 1024 + m->day * 32 +
	    m->hour;
	unsigned year = m->year;
	time_t now = (time_t)(clock->now / SECOND);
	struct tm tm;

	if (key != clock->key) {
		if (year == 0 && gmtime_r(&now, &tm) != NULL)
			year = (unsigned)tm.tm_year + 1901;
		clock->base = local_hour(m, year);
		while (m->year == 0 && year > 1970 &&
		    clock->base > clock->now + DAY_MS)
			clock->base = local_hour(m, --year);
		clock->key = key;
	}
	return clock->base + within_hour(m);
}

/* `Z`, `+hh:mm` or `+hhmm`: milliseconds to take off. */
static bool
take_zone(struct slice *rest, int64_t *out)
{
	unsigned hours, minutes;
	bool east = rest->len > 0 && rest->at[0] == '+';

	*out = 0;
	if (take_char(rest, 'Z'))
		return true;
	if (!take_char(rest, '+') && !take_char(rest, '-'))
		return false;
	if (!take_digits(rest, 2, &hours))
		return false;
	(void)take_char(rest, ':');
	if (!take_digits(rest, 2, &minutes))
		return false;
	*out = (int64_t)(hours * 60 + minutes) * 60 * SECOND;
	if (!east)
		*out = -*out;
	return true;
}

/* A date with its year, then `T` and a zone, or a blank and perhaps `UTC`. */
static bool
read_full(struct logclock *clock, struct slice *rest, int64_t *out)
{
	struct moment m;
	int64_t offset;

	if (!take_date(rest, &m) ||
	    (!take_char(rest, 'T') && !take_char(rest, ' ')) ||
	    !take_time(rest, &m))
		return false;
	if (take_zone(rest, &offset)) {
		*out = utc_of(&m) - offset;
		return true;
	}
	if (slice_begins_nocase(*rest, " UTC ")) {
		*rest = slice_make(rest->at + 4, rest->len - 4);
		*out = utc_of(&m);
		return true;
	}
	*out = local_of(clock, &m);
	return true;
}

static bool
read_short(struct logclock *clock, struct slice *rest, int64_t *out)
{
	struct moment m;

	if (!take_month_day(rest, &m) || !take_char(rest, ' ') ||
	    !take_time(rest, &m))
		return false;
	*out = local_of(clock, &m);
	return true;
}

static bool
read_unix(struct slice *rest, int64_t *out)
{
	unsigned high, low, ms;

	if (!take_digits(rest, 5, &high) || !take_digits(rest, 5, &low) ||
	    rest->len == 0 || rest->at[0] != '.')
		return false;
	take_fraction(rest, &ms);
	*out = ((int64_t)high * 100000 + low) * SECOND + ms;
	return true;
}

/* `<22>`, and `Tue ` in front of a full date. */
static void
skip_front(struct slice *rest)
{
	struct slice after = *rest;

	if (rest->len > 0 && rest->at[0] == '<') {
		(void)slice_cut(&after, '>');
		if (after.at != NULL && rest->len - after.len <= 5)
			*rest = after;
	}
	if (rest->len > 5 && rest->at[3] == ' ' &&
	    ascii_is_digit(rest->at[4]) && ascii_is_digit(rest->at[5]) &&
	    rest->len > 8 && rest->at[8] == '-')
		*rest = slice_make(rest->at + 4, rest->len - 4);
}

bool
logclock_read(struct logclock *clock, struct slice *line, int64_t *out)
{
	struct slice rest = *line, start;
	int64_t time = 0;
	bool found;

	skip_front(&rest);
	start = rest;
	if (rest.len > 0 && ascii_is_digit(rest.at[0])) {
		found = read_full(clock, &rest, &time);
		if (!found) {
			rest = start;
			found = read_unix(&rest, &time);
		}
	} else {
		found = read_short(clock, &rest, &time);
	}
	if (!found || !take_char(&rest, ' '))
		return false;
	*line = rest;
	*out = time;
	return true;
}
