#include "mime/armour.h"

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == ' ';
}

void armour_add_always(struct buf *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char coded[] = { '^', digits[(unsigned char)c >> 4], digits[c & 15] };

	buf_add(out, (struct str){ coded, sizeof(coded) });
}

void armour_add(struct buf *out, char c)
{
	if (is_plain(c))
		buf_addc(out, c);
	else
		armour_add_always(out, c);
}

size_t armour_room(size_t n)
{
	return 3 * n + 16;
}

/* Of a digit that we wrote ourselves. */
static int digit_value(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

struct str armour_undo(const char *text, struct arena *arena)
{
	struct str bytes = arena_str(arena, str_from(text));
	char *to = (char *)bytes.ptr;

	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '^' && i + 2 < bytes.len) {
			*to++ = (char)(digit_value(bytes.ptr[i + 1]) << 4 |
				       digit_value(bytes.ptr[i + 2]));
			i += 2;
		} else {
			*to++ = bytes.ptr[i];
		}
	}
	bytes.len = bytes.len ? (size_t)(to - bytes.ptr) : 0;
	return bytes;
}
