#include "imap/budget.h"

#include <stdio.h>

#include "base/clock.h"
#include "conf/nightly.h"

enum { DAY_S = 86400, SLACK_S = 2 * 3600 };	/* a day has 25 hours once a year */

#define ALL (INT64_MAX / 2)

static bool read_field(struct str *rest, struct str name, int64_t *out)
{
	struct str field;
	int64_t n;

	if (!str_next(rest, ' ', &field) || !str_starts(field, name) ||
	    !str_int64(str_sub(field, name.len, STR_NONE), &n) || n < 0)
		return false;
	*out = n;
	return true;
}

void budget_parse(struct budget *b, struct str text)
{
	struct budget parsed = { 0 };
	struct str head;

	if (str_next(&text, ' ', &head) && str_eq(head, STR("budget")) &&
	    read_field(&text, STR("until="), &parsed.until_s) && read_field(&text, STR("bytes="), &parsed.bytes))
		*b = parsed;
	else
		*b = (struct budget){ 0 };
	if (b->bytes > ALL)
		b->bytes = ALL;
}

struct str budget_format(const struct budget *b, char out[BUDGET_TEXT_SIZE])
{
	int n = snprintf(out, BUDGET_TEXT_SIZE, "budget until=%lld bytes=%lld", (long long)b->until_s, (long long)b->bytes);

	return (struct str){ out, (size_t)n };
}

bool budget_roll(struct budget *b, int64_t now_us)
{
	int64_t now_s = now_us / US_PER_S, end_s = nightly_next_us(0, 0, now_us, 0) / US_PER_S;

	/* A clock that was set back leaves a day that ends too late: it ends as this one does. */
	if (now_s < b->until_s && b->until_s <= now_s + DAY_S + SLACK_S)
		return false;
	if (now_s >= b->until_s)
		b->bytes = 0;
	b->until_s = end_s;
	return true;
}

void budget_spend(struct budget *b, int64_t bytes)
{
	b->bytes = bytes < ALL - b->bytes ? b->bytes + bytes : ALL;
}

void budget_exhaust(struct budget *b)
{
	b->bytes = ALL;
}

bool budget_is_spent(const struct budget *b, int64_t limit)
{
	return b->bytes >= (limit > 0 ? limit : ALL);
}
