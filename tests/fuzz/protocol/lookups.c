#include "tests/fuzz/protocol/lookups.h"

#include <string.h>

enum { QUERIES = 24, LONG = 200000, JUNK_MAX = 300 };

static const char *const queries[] = {"nexthop bank.example",
    "nexthop other.example", "nexthop [bank.example]:25", "nexthop ",
    "nexthop", "", " ", "nexthop .bank.example", "other bank.example",
    "nexthop b\303\274cher.example", "nexthop a b c", "nexthop\nbank.example",
    "nexthop \033[31m", "nexthop [2001:db8::1]", "nexthop bank.example."};

static const char *const heads[] = {"0:", "00:", "01:", "+5:", "-1:", " 7:",
    "99999999999999999999:", "4294967296:", "10000:", "9", ":", ",", "20",
    "18446744073709551616:", "1000000000:x"};

static void
put_query(struct dice *dice, struct buf *out)
{
	const char *query = queries[dice_below(dice, LENGTH(queries))];
	size_t len = strlen(query);

	if (dice_one_in(dice, 12))
		len = dice_below(dice, 200);
	buf_printf(out, "%zu:", len);
	buf_puts(out, query);
	buf_putc(out, dice_one_in(dice, 12) ? (char)dice_next(dice) : ',');
}

static void
put_junk(struct dice *dice, struct buf *out, size_t len)
{
	while (len-- > 0)
		buf_putc(out, (char)dice_next(dice));
}

void
lookups_any(struct dice *dice, struct buf *out)
{
	size_t count = dice_below(dice, QUERIES);

	while (count-- > 0)
		switch (dice_below(dice, 16)) {
		case 0:
			buf_puts(out, heads[dice_below(dice, LENGTH(heads))]);
			break;
		case 1:
			put_junk(dice, out, dice_below(dice, JUNK_MAX));
			break;
		default:
			put_query(dice, out);
			break;
		}
	if (dice_one_in(dice, 100))
		put_junk(dice, out, LONG);
	if (dice_one_in(dice, 5))
		out->len = dice_below(dice, out->len + 1);
}
