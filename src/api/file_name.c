#include "api/file_name.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { MAX_NAME = 200 };

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: how a name hides its end. */
static bool is_turning(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	return s.len >= 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("-._~", c));
}

static void put_byte(struct buf *out, char c)
{
	if (is_plain(c))
		buf_addc(out, c);
	else if ((unsigned char)c < 0x20 || c == 0x7f || c == '/' || c == '\\')
		buf_addc(out, '_');
	else
		buf_addf(out, "%%%02X", (unsigned char)c);
}

void file_name_disposition(struct buf *out, struct str name)
{
	name = str_trim(name);
	name.len = str_utf8_length(str_sub(name, 0, MAX_NAME));
	while (name.len > 0 && name.ptr[0] == '.')
		name = str_sub(name, 1, name.len);
	if (name.len == 0)
		name = STR("attachment");
	buf_add(out, STR("attachment; filename*=UTF-8''"));
	for (size_t i = 0; i < name.len; i++) {
		if (is_turning(str_sub(name, i, name.len))) {
			buf_addc(out, '_');
			i += 2;
		} else {
			put_byte(out, name.ptr[i]);
		}
	}
}

const char *file_name_type(struct str bytes)
{
	static const struct {
		struct str magic;
		const char *type;
	} pictures[] = {
		{ { "\x89PNG\r\n\x1a\n", 8 }, "image/png" }, { { "\xff\xd8\xff", 3 }, "image/jpeg" },
		{ { "GIF87a", 6 }, "image/gif" }, { { "GIF89a", 6 }, "image/gif" },
	};

	for (size_t i = 0; i < countof(pictures); i++)
		if (str_starts(bytes, pictures[i].magic))
			return pictures[i].type;
	if (str_starts(bytes, STR("RIFF")) && str_eq(str_sub(bytes, 8, 4), STR("WEBP")))
		return "image/webp";
	return "application/octet-stream";
}
