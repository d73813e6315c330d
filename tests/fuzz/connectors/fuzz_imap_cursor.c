/* A text that parses is written back as it was read, and stays well-formed whatever is done to it. */
#include <stdlib.h>
#include <string.h>

#include "imap/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cursor *c)
{
	uint64_t above = 0;

	if (c->n_gaps > CURSOR_MAX_GAPS || c->next < 1 || c->next > UINT64_C(1) << 32)
		abort();
	for (size_t i = 0; i < c->n_gaps; i++) {
		if (c->gaps[i].from <= above || c->gaps[i].to < c->gaps[i].from)
			abort();
		above = c->gaps[i].to;
	}
	if (above >= c->next || c->backlog >= c->next || (c->backlog > 0) != (c->left > 0) || c->left > c->of)
		abort();
}

static void act(struct cursor *c, uint8_t what, uint32_t uid)
{
	switch (what % 10) {
	case 0:
		cursor_done(c, uid, what);
		if (cursor_wants(c, uid) && uid != 0 && c->n_gaps < CURSOR_MAX_GAPS)
			abort();
		break;
	case 1:
		cursor_pass(c, uid, what);
		break;
	case 2:
		cursor_stick(c, uid, what);
		break;
	case 3:
		cursor_forget(c, what);
		break;
	case 4:
		if (c->n_gaps > 0)
			cursor_unstick(c, uid % c->n_gaps);
		break;
	case 5:
		cursor_dig(c, uid);
		if (cursor_owes(c, uid))
			abort();
		break;
	case 6:
		cursor_count_dug(c, uid);
		break;
	case 7:
		cursor_put_off(c, uid, what);
		break;
	case 8:
		cursor_put_off_again(c, what);
		break;
	default:
		cursor_adopt(c, c->uidvalidity, uid);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t len = nul ? (size_t)(nul - data) : size;
	char text[CURSOR_TEXT_SIZE];
	struct cursor c, again;
	struct err err;

	cursor_init(&c, 1);
	if (!cursor_parse((struct str){ (const char *)data, len }, &c, &err) && err.kind != ERR_INPUT)
		abort();
	check(&c);
	for (size_t i = len + 1; i + 3 <= size; i += 3) {
		uint32_t uid = 1 + data[i + 1] + (data[i + 2] > 250 ? UINT32_MAX - 300 : data[i + 2] % 4 * 100u);

		act(&c, data[i], uid);
		check(&c);
	}
	if (!cursor_parse(cursor_format(&c, text), &again, &err))
		abort();
	check(&again);
	return 0;
}
