#include "imap/cursor.h"

#include <stdio.h>
#include <string.h>

#define UID_END (UINT64_C(1) << 32)	/* one past the last UID there can be */

void cursor_init(struct cursor *c, uint32_t uidvalidity)
{
	*c = (struct cursor){ .uidvalidity = uidvalidity, .next = 1 };
}

/* ---- text ---- */

static bool parse_uint(struct str s, uint64_t max, uint64_t *out)
{
	int64_t n;

	if (!str_int64(s, &n) || n < 0 || (uint64_t)n > max)
		return false;
	*out = (uint64_t)n;
	return true;
}

/* "17@1764000000", "4000-4010@…", "4100!@…" */
static bool parse_gap(struct str text, struct cursor_gap *gap)
{
	size_t at = str_chr(text, '@'), dash;
	struct str range = str_sub(text, 0, at);
	uint64_t from, to, since;

	if (at == STR_NONE || !parse_uint(str_sub(text, at + 1, STR_NONE), INT64_MAX, &since))
		return false;
	gap->is_stuck = str_ends(range, STR("!"));
	range.len -= gap->is_stuck ? 1 : 0;
	dash = str_chr(range, '-');
	if (!parse_uint(str_sub(range, 0, dash), UINT32_MAX, &from) ||
	    !parse_uint(dash == STR_NONE ? range : str_sub(range, dash + 1, STR_NONE), UINT32_MAX, &to))
		return false;
	gap->from = (uint32_t)from;
	gap->to = (uint32_t)to;
	gap->since_s = (int64_t)since;
	return from > 0 && from <= to;
}

static bool parse_gaps(struct str list, struct cursor *c)
{
	uint64_t above = 0;
	struct str text;

	while (str_next(&list, ',', &text)) {
		struct cursor_gap gap = { 0 };

		if (c->n_gaps == CURSOR_MAX_GAPS || !parse_gap(text, &gap) || gap.from <= above)
			return false;
		c->gaps[c->n_gaps++] = gap;
		above = gap.to;
	}
	return above < c->next;
}

/* The fields that are one number below 2^32. */
static uint32_t *field_of(struct cursor *c, struct str name)
{
	const struct {
		struct str name;
		uint32_t *value;
	} fields[] = {
		{ STR("uidvalidity"), &c->uidvalidity }, { STR("gen"), &c->generation }, { STR("backlog"), &c->backlog },
		{ STR("left"), &c->left }, { STR("of"), &c->of },
		{ STR("shut"), &c->shut },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (str_eq(fields[i].name, name))
			return fields[i].value;
	return NULL;
}

static bool parse_field(struct str field, struct cursor *c, struct str *gaps)
{
	size_t eq = str_chr(field, '=');
	struct str name = str_sub(field, 0, eq), value = str_sub(field, eq + 1, STR_NONE);
	uint32_t *small = field_of(c, name);
	uint64_t n;

	if (eq == STR_NONE)
		return false;
	if (str_eq(name, STR("gaps"))) {
		*gaps = value;
		return true;
	}
	if (!parse_uint(value, small ? UINT32_MAX : INT64_MAX, &n))
		return false;
	if (small != NULL)
		*small = (uint32_t)n;
	else if (str_eq(name, STR("next")))
		c->next = n;
	else if (str_eq(name, STR("since")))
		c->since_s = (int64_t)n;
	else if (str_eq(name, STR("again")))
		c->is_again = n == 1;
	else
		return false;
	return true;
}

/* A backlog has something left, and no backlog has nothing. */
static bool is_sound(const struct cursor *c)
{
	if (c->next < 1 || c->next > UID_END || c->backlog >= c->next)
		return false;
	return c->backlog > 0 ? c->left > 0 && c->left <= c->of : c->left == 0 && c->of == 0 && !c->is_again;
}

bool cursor_parse(struct str text, struct cursor *c, struct err *err)
{
	struct str rest = text, field, gaps = { 0 };
	struct cursor parsed;
	bool is_good = true;

	cursor_init(&parsed, 0);
	if (text.len > 0)
		is_good = str_next(&rest, ' ', &field) && str_eq(field, STR("v1"));
	while (is_good && str_next(&rest, ' ', &field))
		is_good = parse_field(field, &parsed, &gaps);
	if (!is_good || !is_sound(&parsed) || !parse_gaps(gaps, &parsed))
		return err_setf(err, ERR_INPUT, "\"%.*s\" is not a position in a folder",
				(int)(text.len < 100 ? text.len : 100), text.ptr);
	*c = parsed;
	return true;
}

struct str cursor_format(const struct cursor *c, char out[CURSOR_TEXT_SIZE])
{
	int n = snprintf(out, CURSOR_TEXT_SIZE, "v1 uidvalidity=%u next=%llu", c->uidvalidity,
			 (unsigned long long)c->next);

	if (c->generation > 0)
		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, " gen=%u", c->generation);
	if (c->since_s > 0)
		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, " since=%lld", (long long)c->since_s);
	if (c->backlog > 0)
		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, " backlog=%u left=%u of=%u%s", c->backlog, c->left,
			      c->of, c->is_again ? " again=1" : "");
	if (c->shut > 0)
		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, " shut=%u", c->shut);
	for (size_t i = 0; i < c->n_gaps; i++) {
		const struct cursor_gap *g = &c->gaps[i];

		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, "%s%u", i ? "," : " gaps=", g->from);
		if (g->to > g->from)
			n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, "-%u", g->to);
		n += snprintf(out + n, CURSOR_TEXT_SIZE - (size_t)n, "%s@%lld", g->is_stuck ? "!" : "",
			      (long long)g->since_s);
	}
	return (struct str){ out, (size_t)n };
}

/* ---- gaps ---- */

static void remove_gap(struct cursor *c, size_t i)
{
	memmove(&c->gaps[i], &c->gaps[i + 1], (c->n_gaps - i - 1) * sizeof(c->gaps[0]));
	c->n_gaps--;
}

/* Room for one more, by giving up the lowest UIDs: late mail is late by minutes, so it is near the top.
 * A stuck one is never given up. */
static bool make_room(struct cursor *c, size_t *at)
{
	for (size_t i = 0; c->n_gaps == CURSOR_MAX_GAPS && i < c->n_gaps; i++) {
		if (c->gaps[i].is_stuck)
			continue;
		remove_gap(c, i);
		*at -= i < *at ? 1 : 0;
	}
	return c->n_gaps < CURSOR_MAX_GAPS;
}

static bool insert_gap(struct cursor *c, size_t at, struct cursor_gap gap)
{
	if (!make_room(c, &at))
		return false;
	memmove(&c->gaps[at + 1], &c->gaps[at], (c->n_gaps - at) * sizeof(c->gaps[0]));
	c->gaps[at] = gap;
	c->n_gaps++;
	return true;
}

static bool append_gap(struct cursor *c, struct cursor_gap gap)
{
	struct cursor_gap *last = c->n_gaps > 0 ? &c->gaps[c->n_gaps - 1] : NULL;

	if (last != NULL && last->to + 1 == gap.from && last->is_stuck == gap.is_stuck &&
	    last->since_s == gap.since_s) {
		last->to = gap.to;
		return true;
	}
	return insert_gap(c, c->n_gaps, gap);
}

static size_t find_gap(const struct cursor *c, uint32_t uid)
{
	for (size_t i = 0; i < c->n_gaps; i++)
		if (uid >= c->gaps[i].from && uid <= c->gaps[i].to)
			return i;
	return c->n_gaps;
}

/* Takes one UID out of gap i, which may fall into two. */
static void cut_gap(struct cursor *c, size_t i, uint32_t uid)
{
	struct cursor_gap *g = &c->gaps[i], upper = *g;

	if (g->from == g->to) {
		remove_gap(c, i);
	} else if (uid == g->from) {
		g->from++;
	} else if (uid == g->to) {
		g->to--;
	} else {
		g->to = uid - 1;
		upper.from = uid + 1;
		/* Without room it stays whole: to take one mail twice is harmless. */
		if (!insert_gap(c, i + 1, upper))
			c->gaps[i].to = upper.to;
	}
}

/* ---- moving on ---- */

void cursor_restart(struct cursor *c)
{
	uint32_t generation = c->generation + 1;

	cursor_init(c, c->uidvalidity);
	c->generation = generation;
}

enum cursor_change cursor_adopt(struct cursor *c, uint32_t uidvalidity, uint32_t uidnext)
{
	bool is_first = c->next == 1 && c->n_gaps == 0 && c->uidvalidity == 0;

	if (c->uidvalidity != uidvalidity) {
		cursor_init(c, uidvalidity);
		return is_first ? CURSOR_SAME : CURSOR_NEW_EPOCH;
	}
	if (uidnext == 0 || uidnext >= c->next)
		return CURSOR_SAME;
	cursor_restart(c);
	return CURSOR_WENT_BACK;
}

bool cursor_wants(const struct cursor *c, uint32_t uid)
{
	size_t i;

	if (uid >= c->next)
		return true;
	i = find_gap(c, uid);
	return i < c->n_gaps && !c->gaps[i].is_stuck;
}

bool cursor_is_stuck(const struct cursor *c, uint32_t uid)
{
	size_t i = find_gap(c, uid);

	return i < c->n_gaps && c->gaps[i].is_stuck;
}

void cursor_pass(struct cursor *c, uint32_t last, int64_t now_s)
{
	if (last < c->next)
		return;
	append_gap(c, (struct cursor_gap){ .from = (uint32_t)c->next, .to = last, .since_s = now_s });
	c->next = (uint64_t)last + 1;
}

void cursor_done(struct cursor *c, uint32_t uid, int64_t now_s)
{
	size_t i;

	if (uid >= c->next) {
		cursor_pass(c, uid - 1, now_s);
		c->next = (uint64_t)uid + 1;
		return;
	}
	i = find_gap(c, uid);
	if (i == c->n_gaps)
		return;
	cut_gap(c, i, uid);
	c->is_again |= uid <= c->backlog;
}

static bool insert_by_uid(struct cursor *c, struct cursor_gap gap)
{
	size_t i = 0;

	while (i < c->n_gaps && c->gaps[i].from < gap.from)
		i++;
	return insert_gap(c, i, gap);
}

bool cursor_stick(struct cursor *c, uint32_t uid, int64_t now_s)
{
	struct cursor_gap stuck = { .from = uid, .to = uid, .since_s = now_s, .is_stuck = true };
	size_t i;

	if (cursor_owes(c, uid))
		return insert_by_uid(c, stuck);
	if (uid < c->next) {
		i = find_gap(c, uid);
		if (i == c->n_gaps || c->gaps[i].is_stuck)
			return true;	/* done, or known to be stuck: its time stays */
		cut_gap(c, i, uid);
		return insert_by_uid(c, stuck);
	}
	cursor_pass(c, uid - 1, now_s);
	if (!append_gap(c, stuck))
		return false;
	c->next = (uint64_t)uid + 1;
	return true;
}

bool cursor_reopen(struct cursor *c, uint32_t from, uint32_t to, int64_t now_s)
{
	return c->n_gaps < CURSOR_MAX_GAPS &&
	       insert_by_uid(c, (struct cursor_gap){ .from = from, .to = to, .since_s = now_s });
}

void cursor_unstick(struct cursor *c, size_t i)
{
	c->gaps[i].is_stuck = false;
}

void cursor_forget(struct cursor *c, int64_t before_s)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_gaps; i++)
		if (c->gaps[i].is_stuck || c->gaps[i].since_s >= before_s)
			c->gaps[n++] = c->gaps[i];
	c->n_gaps = n;
}

void cursor_make_room(struct cursor *c, size_t wanted)
{
	size_t excess = c->n_gaps + wanted > CURSOR_MAX_GAPS ? c->n_gaps + wanted - CURSOR_MAX_GAPS : 0, n = 0;

	for (size_t i = 0; i < c->n_gaps; i++) {
		if (excess > 0 && !c->gaps[i].is_stuck)
			excess--;
		else
			c->gaps[n++] = c->gaps[i];
	}
	c->n_gaps = n;
}

/* ---- the backlog ---- */

static void put_off(struct cursor *c, uint32_t last, uint32_t left, bool is_again)
{
	if (last == 0)
		return;
	c->backlog = last;
	c->left = c->of = left > 0 ? left : 1;
	c->is_again = is_again;
}

void cursor_put_off(struct cursor *c, uint32_t last, uint32_t left)
{
	if (c->next <= last)
		c->next = (uint64_t)last + 1;
	put_off(c, last, left, false);
}

void cursor_put_off_again(struct cursor *c, uint32_t left)
{
	put_off(c, (uint32_t)(c->next - 1), left, true);
}

bool cursor_owes(const struct cursor *c, uint32_t uid)
{
	return uid > 0 && uid <= c->backlog && find_gap(c, uid) == c->n_gaps;
}

void cursor_dig(struct cursor *c, uint32_t uid)
{
	if (uid == 0 || uid > c->backlog)
		return;
	c->backlog = uid - 1;
	if (c->backlog > 0)
		return;
	c->left = c->of = 0;
	c->is_again = false;
}

void cursor_count_dug(struct cursor *c, uint32_t n)
{
	if (c->backlog > 0)
		c->left = n < c->left ? c->left - n : 1;
}
