#include "mime/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/mem.h"
#include "mime/charset_table.h"
#include "mime/utf8.h"

/* One handle a row; rows that read as the same charset share it. The only state of this floor:
 * iconv handles are buffers for one conversion at a time, hence one set a thread. */
static _Thread_local iconv_t handles[countof(charset_names)];
static _Thread_local bool is_warm;

void charset_warm_up(void)
{
	if (is_warm)
		return;
	for (size_t i = 0; i < countof(charset_names); i++) {
		const struct charset_name *row = &charset_names[i];

		handles[i] = (iconv_t)-1;
		for (size_t j = 0; j < i && row->iconv && handles[i] == (iconv_t)-1; j++)
			if (charset_names[j].iconv && strcmp(charset_names[j].iconv, row->iconv) == 0)
				handles[i] = handles[j];
		if (row->iconv && handles[i] == (iconv_t)-1)
			handles[i] = iconv_open("UTF-8", row->iconv);
	}
	is_warm = true;
}

static const struct charset_name *find(struct str name)
{
	for (size_t i = 0; i < countof(charset_names); i++)
		if (str_ieq(name, str_from(charset_names[i].name)))
			return &charset_names[i];
	return NULL;
}

bool charset_is_known(struct str name)
{
	return find(name) != NULL;
}

struct str charset_of_code_page(unsigned page)
{
	static const struct {
		unsigned page;
		const char *name;
	} pages[] = {
		{ 1252, "windows-1252" }, { 1250, "windows-1250" }, { 1251, "windows-1251" }, { 1253, "windows-1253" },
		{ 1254, "windows-1254" }, { 1255, "windows-1255" }, { 1256, "windows-1256" }, { 1257, "windows-1257" },
		{ 1258, "windows-1258" }, { 874, "windows-874" }, { 932, "shift_jis" }, { 936, "gb2312" },
		{ 949, "ks_c_5601-1987" }, { 950, "big5" }, { 20127, "us-ascii" }, { 20866, "koi8-r" },
		{ 28591, "iso-8859-1" }, { 28592, "iso-8859-2" }, { 28605, "iso-8859-15" }, { 50220, "iso-2022-jp" },
		{ 54936, "gb18030" }, { 65001, "utf-8" },
	};

	for (size_t i = 0; i < countof(pages); i++)
		if (pages[i].page == page)
			return str_from(pages[i].name);
	return (struct str){ NULL, 0 };
}

/* 0x80 to 0x9f of windows-1252; the five holes stay what they are in ISO-8859-1. */
static const uint16_t cp1252_high[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
	0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static void put_1252(struct str bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.len; i++) {
		size_t run = str_ascii_run(str_sub(bytes, i, bytes.len));
		unsigned char c;

		buf_add(out, str_sub(bytes, i, run));
		i += run;
		c = i < bytes.len ? (unsigned char)bytes.ptr[i] : 0;
		if (c >= 0x80 && c < 0xa0)
			utf8_put(out, cp1252_high[c - 0x80]);
		else if (c != 0)
			utf8_put(out, c);
	}
}

static void put_utf8(struct str bytes, struct buf *out)
{
	struct str piece;

	if (str_starts(bytes, STR("\xef\xbb\xbf")))
		bytes = str_sub(bytes, 3, bytes.len);
	while (str_next(&bytes, '\0', &piece))
		utf8_repair(piece, out);
}

/* Some converters (Hebrew, Vietnamese) hold the last character back until they are told that the
 * text has ended. */
static void put_held_back(iconv_t cd, struct buf *out)
{
	char chunk[64];
	char *to = chunk;
	size_t room = sizeof(chunk);

	iconv(cd, NULL, NULL, &to, &room);
	put_utf8((struct str){ chunk, (size_t)(to - chunk) }, out);
}

/* Returns how many places could not be converted; each is U+FFFD in out. */
static size_t put_iconv(iconv_t cd, struct str bytes, struct buf *out)
{
	char chunk[4096];
	char *in = (char *)bytes.ptr;
	size_t left = bytes.len, n_bad = 0;

	iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0 && !buf_is_exceeded(out)) {
		char *to = chunk;
		size_t room = sizeof(chunk);
		size_t rc = iconv(cd, &in, &left, &to, &room);
		int why = errno;

		/* Split at NULs and repaired: a converter's word is not taken for granted. */
		put_utf8((struct str){ chunk, (size_t)(to - chunk) }, out);
		if (rc != (size_t)-1 || why == E2BIG)
			continue;
		buf_add(out, STR("\xef\xbf\xbd"));
		n_bad++;
		if (why == EINVAL)
			break;
		in++;
		left--;
	}
	put_held_back(cd, out);
	return n_bad;
}

static bool is_ascii(struct str s)
{
	for (size_t i = str_ascii_run(s); i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

static void put_legacy(struct decode *dec, struct str bytes, struct buf *out)
{
	const struct charset_name *row = find(dec->legacy);
	size_t i = row ? (size_t)(row - charset_names) : 0;

	if (row && row->reader == READ_ICONV && is_warm && handles[i] != (iconv_t)-1)
		put_iconv(handles[i], bytes, out);
	else
		put_1252(bytes, out);
}

static bool has_only_utf8(struct str bytes)
{
	size_t n_good, n_bad;

	utf8_count(bytes, &n_good, &n_bad);
	return n_bad == 0;
}

/* What nobody labelled, or what was labelled wrongly. */
static void put_guess(struct decode *dec, struct str bytes, struct str declared, struct buf *out)
{
	bool is_utf8 = has_only_utf8(bytes);
	const char *as = is_utf8 ? "UTF-8" : "the legacy charset";

	if (declared.len == 0)
		decode_warn(dec, "text without a charset read as %s", as);
	else
		decode_warn(dec, "text is not in the declared charset \"" STR_FMT "\", read as %s",
			    STR_ARG(str_sub(declared, 0, 40)), as);
	if (is_utf8)
		put_utf8(bytes, out);
	else
		put_legacy(dec, bytes, out);
}

/* UTF-8 with a few broken places (cut in the middle of a character, lone surrogates) is still
 * UTF-8; with more broken than good ones it never was. */
static void put_declared_utf8(struct decode *dec, struct str bytes, struct str declared,
			      struct buf *out)
{
	size_t n_good, n_bad;

	utf8_count(bytes, &n_good, &n_bad);
	if (n_bad > 0 && n_good <= n_bad) {
		put_guess(dec, bytes, declared, out);
		return;
	}
	if (n_bad > 0)
		decode_warn(dec, "UTF-8 text has broken characters");
	put_utf8(bytes, out);
}

static void put_declared_iconv(struct decode *dec, struct str bytes, struct str declared, iconv_t cd,
			       struct buf *out)
{
	size_t start = out->len;
	size_t n_bad = put_iconv(cd, bytes, out);

	if (n_bad == 0)
		return;
	if (!is_ascii(bytes) && has_only_utf8(bytes)) {
		buf_truncate(out, start);
		put_guess(dec, bytes, declared, out);
		return;
	}
	decode_warn(dec, "%zu places are not in the declared charset \"" STR_FMT "\"", n_bad,
		    STR_ARG(str_sub(declared, 0, 40)));
}

void charset_decode(struct decode *dec, struct str bytes, struct str declared, struct buf *out)
{
	const struct charset_name *row = find(str_trim(declared));
	size_t i = row ? (size_t)(row - charset_names) : 0;

	if (row && row->reader == READ_ICONV && is_warm && handles[i] != (iconv_t)-1)
		put_declared_iconv(dec, bytes, declared, handles[i], out);
	else if (is_ascii(bytes) && (row == NULL ? declared.len == 0 : row->reader != READ_ICONV))
		put_utf8(bytes, out);
	else if (row && row->reader == READ_UTF8)
		put_declared_utf8(dec, bytes, declared, out);
	else if (row && row->reader == READ_1252 && !has_only_utf8(bytes))
		put_1252(bytes, out);
	else
		put_guess(dec, bytes, declared, out);
}
