#include "cli/import_escape.h"

#include "base/mem.h"

char *import_escape(struct str s, enum import_escape what)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = xcalloc(s.len * 3 + 1, 1), *to = out;
	bool is_utf8 = str_is_utf8(s);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_bad = c < ' ' || c == 0x7f || (c >= 0x80 && !is_utf8) ||
			      (what == IMPORT_ESCAPE_BLANKS && (c == ' ' || c == '%'));

		if (is_bad) {
			*to++ = '%';
			*to++ = hex[c >> 4];
			*to++ = hex[c & 15];
		} else {
			*to++ = (char)c;
		}
	}
	return out;
}
