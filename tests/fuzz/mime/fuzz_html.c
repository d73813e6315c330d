/* HTML and the texts made of it: the stripper, the joining of flowed lines, the cutting of quotes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/flowed.h"
#include "mime/html.h"
#include "mime/quote.h"
#include "mime/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct str part, struct str text)
{
	assert(str_is_utf8(part));
	assert(part.len == 0 || (part.ptr >= text.ptr && part.ptr + part.len <= text.ptr + text.len));
}

/* The new text and the signature lie inside of the text, one behind the other. */
static void check_quote(struct str text)
{
	for (int is_forward = 0; is_forward < 2; is_forward++) {
		struct quote_parts parts = quote_split(text, is_forward);

		check_inside(parts.fresh, text);
		check_inside(parts.signature, text);
		assert((str_trim(text).len == 0) == (parts.fresh.len == 0));
		assert(parts.signature.len == 0 || parts.fresh.len == 0 ||
		       parts.signature.ptr >= parts.fresh.ptr + parts.fresh.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data, size };
	struct buf utf8, clean, text, joined;

	html_meta_charset(bytes);
	buf_init(&utf8, 3 * size + 16);
	buf_init(&clean, 64 * size + 64);
	buf_init(&text, 16 * size + 64);
	buf_init(&joined, 64 * size + 64);
	while (size > 0 && str_chr(bytes, '\0') != STR_NONE)
		bytes = str_sub(bytes, 0, str_chr(bytes, '\0'));
	utf8_repair(bytes, &utf8);
	utf8_clean(buf_str(&utf8), &clean);
	assert(str_is_utf8(buf_str(&clean)) && !clean.is_exceeded);
	html_to_text(buf_str(&utf8), &text);
	assert(str_is_utf8(buf_str(&text)));
	flowed_join(buf_str(&clean), true, &joined);
	check_quote(buf_str(&text));
	check_quote(buf_str(&joined));
	buf_finish(&utf8);
	buf_finish(&clean);
	buf_finish(&text);
	buf_finish(&joined);
	return 0;
}
