#include "mime/html_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mime/html_entities.h"
#include "mime/utf8.h"

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int by_entity_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct entity *)row)->name);
}

static const struct entity *find_entity(const char *name)
{
	return bsearch(name, entities, countof(entities), sizeof(*entities), by_entity_name);
}

static uint32_t numeric_code(uint32_t code)
{
	/* 128 to 159 mean windows-1252 to every browser. */
	static const uint16_t high[32] = {
		0x20ac, 0x81,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
		0x2039, 0x0152, 0x8d,	0x017d, 0x8f,	0x90,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
		0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,	0x017e, 0x0178,
	};

	if (code >= 0x80 && code < 0xa0)
		return high[code - 0x80];
	return code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
}

/* "&#123;" or "&#x7b;"; the semicolon may be missing. Length read, 0 when it is none. */
static size_t numeric_reference(struct str s, uint32_t *code)
{
	bool is_hex = s.len > 2 && to_lower(s.ptr[2]) == 'x';
	size_t start = is_hex ? 3 : 2, i;
	uint32_t n = 0;

	for (i = start; i < s.len; i++) {
		char c = to_lower(s.ptr[i]);
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') :
				 is_hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : 99;

		if (digit == 99)
			break;
		n = n > 0x10ffff ? n : n * (is_hex ? 16 : 10) + digit;
	}
	*code = numeric_code(n);
	return i == start ? 0 : i + (i < s.len && s.ptr[i] == ';');
}

static size_t named_reference(struct str s, uint32_t *code)
{
	const struct entity *e;
	char name[24];
	size_t n = 0;

	while (n + 1 < sizeof(name) && n + 1 < s.len && is_name_byte(s.ptr[n + 1])) {
		name[n] = s.ptr[n + 1];
		n++;
	}
	name[n] = '\0';
	e = find_entity(name);
	if (e != NULL && n + 1 < s.len && s.ptr[n + 1] == ';') {
		*code = e->code;
		return n + 2;
	}
	/* The old ones end where their name ends: "&copy2026". */
	for (; n >= 2; n--) {
		name[n] = '\0';
		e = find_entity(name);
		if (e != NULL && e->is_legacy) {
			*code = e->code;
			return n + 1;
		}
	}
	return 0;
}

size_t html_reference(struct str s, uint32_t *code)
{
	size_t n = 0;

	if (s.ptr[0] == '&' && s.len > 2)
		n = s.ptr[1] == '#' ? numeric_reference(s, code) : named_reference(s, code);
	if (n == 0)
		*code = utf8_get(s, &n);
	return n;
}
