#include "cli/import_steady.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* Hostile mails may have any number; those behind stay as they are. */
enum { MAX_WORDS = 64, MAX_DIGITS = 20, STAMP = 16 };

struct made_up {
	struct str words[MAX_WORDS];
	size_t n;
};

static size_t span(struct str s, const char *set)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '\0' && strchr(set, s.ptr[n]) != NULL)
		n++;
	return n;
}

static const char digits[] = "0123456789", hex[] = "0123456789abcdefABCDEF";

static void note(struct made_up *m, struct str word)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->words[i], word))
			return;
	if (m->n < MAX_WORDS)
		m->words[m->n++] = word;
}

/* What stands behind each `before`, as far as `length` says that it was made up. */
static void look_for(struct made_up *m, struct str text, struct str before, size_t (*length)(struct str rest))
{
	size_t at;

	while ((at = str_find(text, before)) != STR_NONE) {
		size_t n;

		text = str_sub(text, at + before.len, text.len);
		n = length(text);
		if (n > 0)
			note(m, str_sub(text, 0, n));
	}
}

/* ---- putting numbers in their place ---- */

/* The word that stands here, or NULL; all begin with a digit. */
static const struct str *word_at(const struct made_up *m, struct str rest)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_starts(rest, m->words[i]))
			return &m->words[i];
	return NULL;
}

static void replace(const struct made_up *m, char **bytes, size_t *n)
{
	struct str rest = { *bytes, *n };
	struct buf out;

	if (m->n == 0)
		return;
	buf_init(&out, *n + *n / 8 + 4096);
	while (rest.len > 0) {
		size_t plain = 0;
		const struct str *word = NULL;

		while (plain < rest.len && (rest.ptr[plain] < '0' || rest.ptr[plain] > '9' ||
					    (word = word_at(m, str_sub(rest, plain, rest.len))) == NULL))
			plain++;
		buf_add(&out, str_sub(rest, 0, plain));
		if (word != NULL)
			buf_addf(&out, "daybook.%zu", (size_t)(word - m->words) + 1);
		rest = str_sub(rest, plain + (word ? word->len : 0), rest.len);
	}
	if (!buf_is_exceeded(&out)) {
		free(*bytes);
		*n = out.len;
		*bytes = buf_steal(&out);
	}
	buf_finish(&out);
}

/* ---- readpst ---- */

/* "846930886_-_-" behind "LibPST-iamunique-" */
static size_t pst_boundary(struct str rest)
{
	size_t n = span(rest, digits);

	return n > 0 && n <= MAX_DIGITS && str_starts(str_sub(rest, n, 5), STR("_-_-")) ? n + 4 : 0;
}

/* "846930886.ics" behind name="i */
static size_t pst_calendar(struct str rest)
{
	size_t n = span(rest, digits);

	return n > 0 && n <= MAX_DIGITS && str_starts(str_sub(rest, n, 5), STR(".ics\"")) ? n + 4 : 0;
}

/* The stamp of readpst's own calendars is the time of the conversion; that of the mail stands in CREATED. */
static void still_stamps(char *bytes, size_t n)
{
	static const char still[] = "19700101T000000Z";
	const struct str product = STR("\nPRODID:LibPST"), stamp = STR("\nDTSTAMP:");
	struct str rest = { bytes, n };
	size_t at;

	while ((at = str_find(rest, product)) != STR_NONE) {
		rest = str_sub(rest, at + product.len, rest.len);
		at = str_find(rest, stamp);
		if (at == STR_NONE)
			return;
		rest = str_sub(rest, at + stamp.len, rest.len);
		if (span(rest, "0123456789TZ") == STAMP)
			memcpy(bytes + (rest.ptr - bytes), still, STAMP);
	}
}

void import_steady_pst(char **bytes, size_t *n)
{
	const struct str text = { *bytes, *n };
	struct made_up m = { 0 };

	look_for(&m, text, STR("boundary-LibPST-iamunique-"), pst_boundary);
	look_for(&m, text, STR("name=\"i"), pst_calendar);
	still_stamps(*bytes, *n);
	replace(&m, bytes, n);
}

/* ---- msgconvert ---- */

/* "17953598400.01eBb2748.632": the time, a random number, the process */
static size_t msg_boundary(struct str rest)
{
	size_t time = span(rest, digits), number, process;

	if (time < 10 || !str_starts(str_sub(rest, time, 1), STR(".")))
		return 0;
	number = span(str_sub(rest, time + 1, rest.len), hex);
	if (number == 0 || !str_starts(str_sub(rest, time + 1 + number, 1), STR(".")))
		return 0;
	process = span(str_sub(rest, time + number + 2, rest.len), digits);
	return process > 0 ? time + number + process + 2 : 0;
}

void import_steady_msg(char **bytes, size_t *n)
{
	struct made_up m = { 0 };

	look_for(&m, (struct str){ *bytes, *n }, STR("boundary="), msg_boundary);
	replace(&m, bytes, n);
}
