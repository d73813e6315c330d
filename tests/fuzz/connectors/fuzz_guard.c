/* The guard gives the same verdict however the bytes are cut, and keeps its promises: depth and line are
 * within their bounds while it says OK, what it remembers is printable. */
#include <stdlib.h>
#include <string.h>

#include "net/imap_guard.h"

enum { MAX_DEPTH = 20, MAX_LINE = 500, MAX_LITERAL = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct imap_guard *g)
{
	if (g->depth > MAX_DEPTH || g->line_len > MAX_LINE || g->literal_left > MAX_LITERAL ||
	    g->head_len > sizeof(g->head) || strnlen(g->status, sizeof(g->status)) == sizeof(g->status))
		abort();
	for (const char *c = g->status; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7e)
			abort();
}

static enum imap_guard_verdict feed(struct imap_guard *g, const uint8_t *data, size_t size, size_t step)
{
	enum imap_guard_verdict verdict = IMAP_GUARD_OK;

	imap_guard_init(g, MAX_DEPTH, MAX_LINE, MAX_LITERAL);
	for (size_t at = 0; at < size && verdict == IMAP_GUARD_OK; at += step) {
		verdict = imap_guard_feed(g, data + at, size - at < step ? size - at : step);
		if (verdict == IMAP_GUARD_OK)
			check(g);
	}
	return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imap_guard whole, cut;
	size_t step = size > 0 ? 1 + data[0] % 17 : 1;

	if (feed(&whole, data, size, size ? size : 1) != feed(&cut, data, size, step))
		abort();
	if (strcmp(whole.status, cut.status) != 0)
		abort();
	return 0;
}
