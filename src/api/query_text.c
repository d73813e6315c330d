#include "api/query_text.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/search_text.h"

enum { MAX_BYTES = 256, MAX_MATCH = 4096, MAX_OPERATORS = 16 };

bool query_time(struct str text, int64_t *time_us)
{
	char whole[] = "0000-00-00T00:00:00Z";

	if (text.len != 10)
		return clock_parse(text, time_us);
	for (size_t i = 0; i < 10; i++)
		whole[i] = text.ptr[i];
	return clock_parse(str_from(whole), time_us);
}

static bool take_time(struct str value, int64_t *time_us, struct err *err)
{
	return query_time(value, time_us) ||
	       err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not a day such as 2026-10-01", STR_ARG(str_sub(value, 0, 60)));
}

static bool take_from(struct view_search *q, struct str value, struct err *err)
{
	(void)err;
	q->from = value;
	return true;
}

static bool take_to(struct view_search *q, struct str value, struct err *err)
{
	(void)err;
	q->to = value;
	return true;
}

static bool take_channel(struct view_search *q, struct str value, struct err *err)
{
	enum channel c = channel_from(value);

	if (c == CHANNEL_NONE)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not a channel", STR_ARG(str_sub(value, 0, 60)));
	q->filter.channels |= INT64_C(1) << c;
	return true;
}

static bool take_direction(struct view_search *q, struct str value, struct err *err)
{
	enum direction d = direction_from(value);

	if (d == DIRECTION_NONE)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not a direction: in, out, internal or system",
				STR_ARG(str_sub(value, 0, 60)));
	q->filter.directions |= INT64_C(1) << d;
	return true;
}

static bool take_has(struct view_search *q, struct str value, struct err *err)
{
	q->has_attachment = true;
	return str_eq(value, STR("attachment")) ||
	       err_setf(err, ERR_INPUT, "has: knows only has:attachment");
}

static bool take_after(struct view_search *q, struct str value, struct err *err)
{
	return take_time(value, &q->filter.from_us, err);
}

static bool take_before(struct view_search *q, struct str value, struct err *err)
{
	return take_time(value, &q->filter.to_us, err);
}

static const struct operator {
	const char *prefix;
	bool (*take)(struct view_search *q, struct str value, struct err *err);
} operators[] = {
	{ "from:", take_from }, { "to:", take_to }, { "channel:", take_channel }, { "direction:", take_direction },
	{ "has:", take_has }, { "after:", take_after }, { "before:", take_before },
};

static const struct operator *find(struct str s)
{
	for (size_t i = 0; i < countof(operators); i++)
		if (str_istarts(s, str_from(operators[i].prefix)))
			return &operators[i];
	return NULL;
}

/* Of what follows the colon: to the closing quote, or the next blank. *n is what it takes up. */
static struct str value_of(struct str s, size_t *n)
{
	size_t end;

	if (s.len > 0 && s.ptr[0] == '"') {
		s = str_sub(s, 1, s.len);
		end = str_chr(s, '"');
		*n = end == STR_NONE ? s.len + 1 : end + 2;
		return str_sub(s, 0, end);
	}
	end = str_chr(s, ' ');
	*n = end == STR_NONE ? s.len : end;
	return str_sub(s, 0, end);
}

/* A word or a phrase, with its quotes. */
static size_t word_length(struct str s)
{
	size_t end = s.ptr[0] == '"' ? str_chr(str_sub(s, 1, s.len), '"') : str_chr(s, ' ');

	if (end == STR_NONE)
		return s.len;
	return s.ptr[0] == '"' ? end + 2 : end;
}

static bool split(struct str rest, struct arena *arena, struct view_search *out, struct buf *words, struct err *err)
{
	const struct operator *op;
	size_t n, n_operators = 0;

	for (rest = str_trim(rest); rest.len > 0; rest = str_trim(str_sub(rest, n, rest.len))) {
		op = find(rest);
		if (op == NULL) {
			n = word_length(rest);
			if (words->len > 0 && words->ptr[words->len - 1] != '"')
				buf_addc(words, ' ');
			buf_add(words, str_sub(rest, 0, n));
			continue;
		}
		rest = str_sub(rest, str_chr(rest, ':') + 1, rest.len);
		if (++n_operators > MAX_OPERATORS)
			return err_setf(err, ERR_LIMIT, "the search has more than %d filters", MAX_OPERATORS);
		if (!op->take(out, arena_str(arena, value_of(rest, &n)), err))
			return false;
	}
	return true;
}

bool query_text(struct str typed, struct arena *arena, struct view_search *out, struct err *err)
{
	struct view_search q = { .limit = out->limit, .before_id = out->before_id };
	struct buf words, match;
	bool ok;

	if (typed.len > MAX_BYTES)
		return err_setf(err, ERR_LIMIT, "the search text has %zu bytes, %d at most", typed.len, MAX_BYTES);
	buf_init(&words, 2 * MAX_BYTES);
	buf_init(&match, MAX_MATCH);
	ok = split(typed, arena, &q, &words, err) && search_text(str_trim(buf_str(&words)), &match, err);
	if (ok) {
		q.match = arena_str(arena, buf_str(&match));
		*out = q;
	}
	buf_finish(&words);
	buf_finish(&match);
	return ok;
}
