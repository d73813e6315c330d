#include "conf/nearest.h"

#include <string.h>

enum { MAX_NAME = 48 };

static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	return c == '-' || c == ' ' ? '_' : c;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits and swaps of neighbours that turn a into b. Both at most MAX_NAME long. */
static unsigned distance(struct str a, struct str b)
{
	unsigned rows[3][MAX_NAME + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= b.len; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = fold(a.ptr[i - 1]), y = fold(b.ptr[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b.ptr[j - 2]) && fold(a.ptr[i - 2]) == y &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[b.len];
}

void nearest_begin(struct nearest *n, struct str wanted)
{
	*n = (struct nearest){ .wanted = wanted };
	/* A third of it may be wrong, and one character always. */
	n->distance = wanted.len < 3 ? 2 : (unsigned)(wanted.len / 3 + 1);
}

bool nearest_offer(struct nearest *n, const char *name)
{
	struct str s = str_from(name);
	unsigned d;

	if (n->wanted.len == 0 || n->wanted.len > MAX_NAME || s.len == 0 || s.len > MAX_NAME)
		return false;
	d = distance(n->wanted, s);
	if (d >= n->distance || d >= s.len)
		return false;
	n->distance = d;
	n->best = name;
	return true;
}
