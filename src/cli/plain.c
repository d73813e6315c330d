#include "cli/plain.h"

#include "mime/utf8.h"

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

/* Bidi marks, byte order marks, interlinear marks, tag characters. */
static bool is_invisible(uint32_t code)
{
	return utf8_is_bidi(code) || code == 0xfeff || code == 0x00ad || code == 0x180e ||
	       (code >= 0x200b && code <= 0x200c) || (code >= 0x2060 && code <= 0x2064) ||
	       (code >= 0x206a && code <= 0x206f) || (code >= 0xfff9 && code <= 0xfffb) ||
	       (code >= 0xe0000 && code <= 0xe007f);
}

/* The next code point of s; *step bytes. Bad bytes one at a time, as U+FFFD with *is_bad. */
static uint32_t next_code(struct str s, size_t *step, bool *is_bad)
{
	*step = utf8_step(s);
	*is_bad = *step == 0;
	if (!*is_bad)
		return utf8_get(s, step);
	*step = 1;
	return 0xfffd;
}

void plain_preview(struct buf *out, struct str s, size_t max_chars)
{
	bool had_blank = true, is_bad;
	size_t step, n = 0;
	uint32_t code;

	for (size_t i = 0; i < s.len; i += step) {
		code = next_code(str_sub(s, i, s.len), &step, &is_bad);
		if (is_invisible(code))
			continue;
		if (is_control(code))
			code = ' ';
		if (code == ' ' && had_blank)
			continue;
		if (n++ == max_chars) {
			buf_add(out, STR("\xe2\x80\xa6"));
			return;
		}
		utf8_put(out, code);
		had_blank = code == ' ';
	}
}

void plain_line(struct buf *out, struct str s)
{
	plain_preview(out, s, SIZE_MAX);
}

void plain_bytes(struct buf *out, struct str s)
{
	size_t step;
	uint32_t code;
	bool is_bad;

	for (size_t i = 0; i < s.len; i += step) {
		code = next_code(str_sub(s, i, s.len), &step, &is_bad);
		if (is_bad)
			buf_addf(out, "\\x%02x", (unsigned char)s.ptr[i]);
		else if (code == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
			continue;
		else if (code < 0x80 && is_control(code) && code != '\n' && code != '\t')
			buf_addf(out, "\\x%02x", (unsigned)code);
		else if (code >= 0x80 && (is_control(code) || is_invisible(code)))
			buf_addf(out, "\\u%04x", (unsigned)code);
		else
			buf_add(out, str_sub(s, i, step));
	}
}

static void put_escape(struct buf *out, uint32_t code)
{
	if (code > 0xffff) {
		code -= 0x10000;
		buf_addf(out, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
	} else {
		buf_addf(out, "\\u%04x", code);
	}
}

void plain_json(struct buf *out, struct str json)
{
	size_t step, from = 0;
	uint32_t code;
	bool is_bad;

	for (size_t i = 0; i < json.len; i += step) {
		step = 1;
		if ((unsigned char)json.ptr[i] < 0x7f)	/* the writer escapes what is below a blank */
			continue;
		code = next_code(str_sub(json, i, json.len), &step, &is_bad);
		if (!is_control(code) && !is_invisible(code))
			continue;
		buf_add(out, str_sub(json, from, i - from));
		put_escape(out, code);
		from = i + step;
	}
	buf_add(out, str_sub(json, from, json.len - from));
}
