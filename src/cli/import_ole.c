#include "cli/import_ole.h"

#include <inttypes.h>
#include <stdint.h>

enum {
	HEADER = 512, AT_SHIFT = 30, AT_N_TABLES = 44, AT_TABLES = 76, TABLES_IN_HEADER = 109,
};

static uint32_t number_at(struct str file, uint64_t at)
{
	const unsigned char *p = (const unsigned char *)file.ptr + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One behind the last sector that a table of n says is used; its first row is sector `first`. */
static uint64_t used_in(struct str file, uint64_t at, uint64_t n, uint64_t first)
{
	const uint32_t is_free = UINT32_MAX;

	while (n > 0 && number_at(file, at + (n - 1) * 4) == is_free)
		n--;
	return n > 0 ? first + n : 0;
}

static bool is_cut(struct str file, uint64_t needed, struct err *err)
{
	return err_setf(err, ERR_INPUT, "it is cut off: it has %zu bytes of at least %" PRIu64, file.len, needed);
}

bool import_ole_is_whole(struct str file, struct err *err)
{
	uint64_t size, in_one, n_tables, used = 0;

	if (!str_starts(file, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
		return err_setf(err, ERR_INPUT, "it is not a mail of Outlook's (.msg)");
	if (file.len < HEADER)
		return is_cut(file, HEADER, err);
	size = file.ptr[AT_SHIFT] == 12 ? 4096 : 512;
	in_one = size / 4;
	n_tables = number_at(file, AT_N_TABLES);
	for (uint64_t i = 0; i < n_tables && i < TABLES_IN_HEADER; i++) {
		uint64_t at = (number_at(file, AT_TABLES + i * 4) + UINT64_C(1)) * size, here;

		if (at + size > file.len)
			return is_cut(file, at + size, err);
		here = used_in(file, at, in_one, i * in_one);
		used = here > used ? here : used;
	}
	/* The last sector may be short. */
	return used * size < file.len || used == 0 || is_cut(file, used * size + 1, err);
}
