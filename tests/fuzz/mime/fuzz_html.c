/* HTML and the texts made of it: the stripper, the joining of flowed lines, the cutting of quotes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/flowed.h"
#include "mime/html.h"
#include "mime/quote.h"
#include "mime/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The new text lies inside of the text. */
static void check_quote(struct str text)
{
	struct str fresh = quote_new_text(text, false);

	assert(str_is_utf8(fresh));
	assert(fresh.len == 0 || (fresh.ptr >= text.ptr && fresh.ptr + fresh.len <= text.ptr + text.len));
	assert((str_trim(text).len == 0) == (fresh.len == 0));
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
