/* Writes the first corpus of fuzz_reply into the folder given; run again when the wire changes. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sandbox/wire.h"

static const char *folder;

static void write_seed(const char *name, struct wire_reply head, struct str block, struct str bodies)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	auto_file FILE *f = fopen(path, "wb");

	head.magic = WIRE_REPLY;
	head.serial = 1;
	head.block_bytes = (uint32_t)block.len;
	if (f == NULL || fputc(0, f) < 0 || fwrite(&head, sizeof(head), 1, f) != 1 ||
	    fwrite(block.ptr, 1, block.len, f) != block.len ||
	    fwrite(bodies.ptr, 1, bodies.len, f) != bodies.len)
		exit(1);
}

static void fill(struct interactions *made)
{
	static struct identity ids[] = {
		{ SCHEME_EMAIL, { "a@b.c", 5 }, { "", 0 } }, { SCHEME_EXT, { "1", 1 }, { "crm", 3 } },
	};
	static struct party parties[] = {
		{ ROLE_FROM, { "Zo\xc3\xab", 4 }, ids, 2 }, { ROLE_TO, { "", 0 }, NULL, 0 },
	};
	static struct attachment attachments[] = {
		{ .name = { "a.bin", 5 }, .size = 3 },
		{ .remote_id = { "m/1", 3 }, .size = -1, .state = ATTACHMENT_PENDING },
	};

	made->items[0] = (struct interaction){
		.channel = CHANNEL_EMAIL, .direction = DIRECTION_IN, .kind = KIND_MESSAGE,
		.external_id = STR("id"), .subject = STR("s"), .text = STR("hello"),
		.details = STR("{\"a\":[1,-2.5e3,\"\\u00e9\",null,true,{}]}"),
		.parties = parties, .n_parties = 2,
	};
	made->items[1] = made->items[0];
	made->items[1].attachments = attachments;
	made->items[1].n_attachments = 2;
	made->n_items = 2;
}

int main(int argc, char **argv)
{
	struct interaction items[2];
	struct interactions made = { .items = items, .max_items = 2 };
	const struct wire_body first = { 1, 0, 3 }, last = { 1, 1, 0 };
	/* Of the message in fuzz_reply.c: its base64, and its last line as it is. */
	const struct wire_body base64 = { 1, 0, 7, 18, 14, WIRE_BASE64, 0 }, as_it_is = { 1, 1, 1, 32, 1, WIRE_AS_IT_IS, 0 };
	struct buf block, bodies;
	struct err err;

	if (argc != 2)
		return 2;
	folder = argv[1];
	buf_init(&block, WIRE_MAX_BLOCK);
	buf_init(&bodies, 1000);
	wire_put(&block, &made, &err);
	write_seed("none", (struct wire_reply){ 0 }, buf_str(&block), STR(""));
	write_seed("error", (struct wire_reply){ .verdict = ERR_INPUT }, STR("caf\xe9"), STR(""));
	buf_clear(&block);
	fill(&made);
	wire_put(&block, &made, &err);
	write_seed("two", (struct wire_reply){ 0 }, buf_str(&block), STR(""));
	buf_add(&bodies, (struct str){ (const char *)&first, sizeof(first) });
	buf_add(&bodies, STR("abc"));
	buf_add(&bodies, (struct str){ (const char *)&last, sizeof(last) });
	write_seed("bodies", (struct wire_reply){ .n_bodies = 2, .body_bytes = 3 }, buf_str(&block),
		   buf_str(&bodies));
	buf_clear(&bodies);
	buf_add(&bodies, (struct str){ (const char *)&base64, sizeof(base64) });
	buf_add(&bodies, (struct str){ (const char *)&as_it_is, sizeof(as_it_is) });
	write_seed("slices", (struct wire_reply){ .n_bodies = 2, .body_bytes = 8 }, buf_str(&block), buf_str(&bodies));
	buf_finish(&block);
	buf_finish(&bodies);
	return 0;
}
