#include "conf/value.h"

#include "base/clock.h"
#include "base/mem.h"

struct unit {
	const char *name;
	int64_t size;
};

static bool find_unit(const struct unit *units, struct str name, int64_t *size)
{
	for (; units->name != NULL; units++)
		if (str_ieq(str_from(units->name), name)) {
			*size = units->size;
			return true;
		}
	return false;
}

/* The digits at the front of *s, which keeps the rest. */
static bool take_number(struct str *s, int64_t *n)
{
	size_t len = 0;

	while (len < s->len && s->ptr[len] >= '0' && s->ptr[len] <= '9')
		len++;
	if (!str_int64(str_sub(*s, 0, len), n))
		return false;
	*s = str_sub(*s, len, s->len);
	return true;
}

bool value_bool(struct str s, bool *out)
{
	static const char *const names[] = { "no", "yes", "false", "true", "off", "on" };

	for (size_t i = 0; i < countof(names); i++)
		if (str_ieq(s, str_from(names[i]))) {
			*out = i % 2 == 1;
			return true;
		}
	return false;
}

bool value_int(struct str s, int64_t *out)
{
	bool is_negative = str_starts(s, STR("-"));
	int64_t n;

	if (!str_int64(is_negative ? str_sub(s, 1, s.len) : s, &n))
		return false;
	*out = is_negative ? -n : n;
	return true;
}

bool value_size(struct str s, int64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "B", 1 },
		{ "K", 1 << 10 }, { "KiB", 1 << 10 },
		{ "M", 1 << 20 }, { "MiB", 1 << 20 },
		{ "G", 1 << 30 }, { "GiB", 1 << 30 },
		{ "T", INT64_C(1) << 40 }, { "TiB", INT64_C(1) << 40 },
		{ 0 },
	};
	int64_t n, unit;

	return take_number(&s, &n) && find_unit(units, s, &unit) &&
	       !__builtin_mul_overflow(n, unit, bytes);
}

static const struct unit time_units[] = {
	{ "ms", 1000 }, { "s", US_PER_S }, { "m", 60 * US_PER_S }, { "min", 60 * US_PER_S },
	{ "h", 3600 * US_PER_S }, { "d", 86400 * US_PER_S }, { "w", 7 * 86400 * US_PER_S },
	{ "y", 365 * 86400 * US_PER_S }, { 0 },
};

bool value_duration(struct str s, int64_t *us)
{
	int64_t sum = 0, n, unit;
	size_t len;

	if (str_eq(s, STR("0"))) {
		*us = 0;
		return true;
	}
	if (s.len == 0)
		return false;
	while (s.len > 0) {
		if (!take_number(&s, &n))
			return false;
		for (len = 0; len < s.len && (s.ptr[len] < '0' || s.ptr[len] > '9'); len++)
			;
		if (!find_unit(time_units, str_sub(s, 0, len), &unit) ||
		    __builtin_mul_overflow(n, unit, &n) || __builtin_add_overflow(sum, n, &sum))
			return false;
		s = str_sub(s, len, s.len);
	}
	*us = sum;
	return true;
}

bool value_rate(struct str s, struct conf_rate *out)
{
	static const struct unit units[] = {
		{ "s", US_PER_S }, { "sec", US_PER_S }, { "second", US_PER_S },
		{ "m", 60 * US_PER_S }, { "min", 60 * US_PER_S }, { "minute", 60 * US_PER_S },
		{ "h", 3600 * US_PER_S }, { "hour", 3600 * US_PER_S },
		{ "d", 86400 * US_PER_S }, { "day", 86400 * US_PER_S }, { 0 },
	};
	struct conf_rate rate = { 0 };

	if (str_eq(s, STR("0"))) {
		*out = rate;
		return true;
	}
	if (!take_number(&s, &rate.count) || !str_starts(s, STR("/")) ||
	    !find_unit(units, str_sub(s, 1, s.len), &rate.per_us))
		return false;
	*out = rate;
	return true;
}

static unsigned days_in(int64_t year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* Before 1970 it would be negative, and negative is an age. */
static bool calendar_date(struct str s, int64_t *us)
{
	int64_t year, month, day;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' ||
	    !str_int64(str_sub(s, 0, 4), &year) || !str_int64(str_sub(s, 5, 2), &month) ||
	    !str_int64(str_sub(s, 8, 2), &day))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, (unsigned)month))
		return false;
	*us = clock_days_from_civil(year, (unsigned)month, (unsigned)day) * 86400 * US_PER_S;
	return true;
}

bool value_date(struct str s, int64_t *us)
{
	int64_t age;

	if (calendar_date(s, us))
		return true;
	if (!value_duration(s, &age))
		return false;
	*us = -age;
	return true;
}

const char *value_noun(enum conf_type type)
{
	static const char *const nouns[] = {
		[CONF_T_BOOL] = "yes or no", [CONF_T_INT] = "a whole number", [CONF_T_SIZE] = "a size",
		[CONF_T_DURATION] = "a duration", [CONF_T_RATE] = "a rate", [CONF_T_DATE] = "a date",
		[CONF_T_STRING] = "text", [CONF_T_ENUM] = "one of a few names",
		[CONF_T_PATH] = "a path", [CONF_T_SECRET] = "a secret", [CONF_T_LIST] = "a list",
		[CONF_T_MAP] = "a map", [CONF_T_BLOCK] = "a map", [CONF_T_LATER] = "anything",
	};

	return nouns[type];
}

const char *value_try(enum conf_type type)
{
	switch (type) {
	case CONF_T_SIZE: return "try 512KiB, 4MiB, 100";
	case CONF_T_DURATION: return "try 30s, 5m, 1h";
	case CONF_T_RATE: return "try 5/s, 10/min, 100/h";
	case CONF_T_DATE: return "try 2024-01-01, or an age such as 90d";
	case CONF_T_SECRET: return "use !credential NAME";
	default: return "";
	}
}

static void print_size(struct buf *out, int64_t bytes)
{
	static const char *const names[] = { "", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (bytes != 0 && bytes % 1024 == 0 && i + 1 < countof(names)) {
		bytes /= 1024;
		i++;
	}
	buf_addf(out, "%lld%s", (long long)bytes, names[i]);
}

static void print_duration(struct buf *out, int64_t us)
{
	static const struct unit units[] = {
		{ "d", 86400 * US_PER_S }, { "h", 3600 * US_PER_S }, { "m", 60 * US_PER_S },
		{ "s", US_PER_S }, { "ms", US_PER_MS },
	};

	if (us == 0)
		buf_addc(out, '0');
	for (size_t i = 0; i < countof(units); i++) {
		if (us / units[i].size != 0)
			buf_addf(out, "%lld%s", (long long)(us / units[i].size), units[i].name);
		us %= units[i].size;
	}
}

void value_print(struct buf *out, enum conf_type type, int64_t value)
{
	if (type == CONF_T_SIZE)
		print_size(out, value);
	else if (type == CONF_T_DURATION)
		print_duration(out, value);
	else
		buf_addf(out, "%lld", (long long)value);
}
