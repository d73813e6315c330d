#include "base/id.h"

#include <stdio.h>
#include <string.h>

enum { SEQ_BITS = 12, NODE_BITS = 10, MS_SHIFT = SEQ_BITS + NODE_BITS, N_CHARS = 13 };

static const int64_t EPOCH_MS = INT64_C(1577836800000);	/* 2020-01-01 */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

int64_t id_after(int64_t last)
{
	const int64_t seq_mask = (1 << SEQ_BITS) - 1;

	if ((last & seq_mask) != seq_mask)
		return last + 1;
	return (last & ~seq_mask) + (INT64_C(1) << MS_SHIFT);
}

int64_t id_next(int64_t last, int64_t wall_us, unsigned node)
{
	int64_t ms = wall_us / 1000 - EPOCH_MS;
	int64_t fresh;

	if (ms < 0)
		ms = 0;
	fresh = ms << MS_SHIFT | (int64_t)(node & ((1 << NODE_BITS) - 1)) << SEQ_BITS;
	return fresh > last ? fresh : id_after(last);
}

int64_t id_wall_us(int64_t id)
{
	return ((id >> MS_SHIFT) + EPOCH_MS) * 1000;
}

const char *id_format(int64_t id, const char *prefix, char out[ID_TEXT_SIZE])
{
	size_t n = strlen(prefix);

	if (n > ID_TEXT_SIZE - N_CHARS - 1)
		n = ID_TEXT_SIZE - N_CHARS - 1;
	memcpy(out, prefix, n);
	for (int i = 0; i < N_CHARS; i++)
		out[n + (size_t)i] = alphabet[(uint64_t)id >> (5 * (N_CHARS - 1 - i)) & 31];
	out[n + N_CHARS] = '\0';
	return out;
}

static int digit_value(char c)
{
	const char *hit;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c + 32);
	if (c == 'i' || c == 'l')
		c = '1';
	if (c == 'o')
		c = '0';
	hit = c ? strchr(alphabet, c) : NULL;
	return hit ? (int)(hit - alphabet) : -1;
}

bool id_parse(struct str text, const char *prefix, int64_t *id)
{
	uint64_t sum = 0;
	int digit;

	if (!str_istarts(text, str_from(prefix)))
		return false;
	text = str_sub(text, strlen(prefix), text.len);
	if (text.len != N_CHARS || digit_value(text.ptr[0]) > 7)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		digit = digit_value(text.ptr[i]);
		if (digit < 0)
			return false;
		sum = sum << 5 | (uint64_t)digit;
	}
	*id = (int64_t)sum;
	return true;
}
