#include "cli/filter.h"

#include "base/buf.h"
#include "base/clock.h"
#include "conf/value.h"

static bool unknown_channel(struct str name, struct err *err)
{
	struct buf known;

	buf_init(&known, 400);
	for (int c = CHANNEL_EMAIL; c < CHANNEL_COUNT; c++)
		buf_addf(&known, "%s%s", c > CHANNEL_EMAIL ? ", " : "", channel_name((enum channel)c));
	err_setf(err, ERR_INPUT, "--channel: \"" STR_FMT "\" is none of " STR_FMT, STR_ARG(str_sub(name, 0, 40)),
		 STR_ARG(buf_str(&known)));
	buf_finish(&known);
	return false;
}

static bool parse_since(const char *text, int64_t now_us, int64_t *since_us, struct err *err)
{
	struct str s = str_from(text);

	if (clock_parse(s, since_us))
		return true;
	if (!value_date(s, since_us))
		return err_setf(err, ERR_INPUT, "--since: \"%.40s\" is no time (try 30d, 2026-10-01)", text);
	if (*since_us < 0)		/* an age */
		*since_us += now_us;
	return true;
}

bool filter_parse(struct filter *f, const char *channels, const char *since, int64_t now_us, struct err *err)
{
	struct str rest = str_from(channels), name;

	*f = (struct filter){ .since_us = INT64_MIN };
	while (str_next(&rest, ',', &name)) {
		enum channel channel = channel_from(str_trim(name));

		if (channel == CHANNEL_NONE)
			return unknown_channel(name, err);
		f->channels |= UINT64_C(1) << channel;
	}
	return since == NULL || parse_since(since, now_us, &f->since_us, err);
}

bool filter_wants(const struct filter *f, enum channel channel, int64_t occurred_us)
{
	return occurred_us >= f->since_us && (f->channels == 0 || (f->channels >> channel & 1) != 0);
}
