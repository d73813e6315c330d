/* winmail.dat, the compressed RTF in it and files in texts: all that is found lies inside of what came in, and no text
 * is anything but UTF-8. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/rtf.h"
#include "mime/tnef.h"
#include "mime/uu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct str in, struct str piece)
{
	assert(piece.len == 0 || (piece.ptr >= in.ptr && piece.ptr + piece.len <= in.ptr + in.len));
}

static void check_rtf(struct str rtf)
{
	struct decode dec = { .arena = arena_create(8 << 20), .legacy = STR("windows-1252") };
	struct buf out;
	bool is_html;

	buf_init(&out, 1 << 20);
	rtf_read(&dec, rtf, &out, &is_html);
	assert(str_is_utf8(buf_str(&out)));
	buf_finish(&out);
	arena_destroy(dec.arena);
}

static void check_compressed(struct str in)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	rtf_decompress(in, &out);
	assert(!buf_is_exceeded(&out));
	check_rtf(buf_str(&out));
	buf_finish(&out);
}

static void check_tnef(struct str in)
{
	struct tnef t;

	if (!tnef_read(in, &t))
		return;
	assert(t.n_files <= TNEF_FILES_MAX);
	check_inside(in, t.body);
	check_inside(in, t.html);
	check_inside(in, t.rtf);
	check_inside(in, t.message_class);
	for (size_t i = 0; i < t.n_files; i++) {
		check_inside(in, t.files[i].name);
		check_inside(in, t.files[i].long_name);
		check_inside(in, t.files[i].media_type);
		check_inside(in, t.files[i].bytes);
	}
	check_compressed(t.rtf);
}

static void check_uu(struct str in)
{
	struct uu_block block;
	size_t at = 0;

	while (uu_find(in, at, &block)) {
		assert(block.start >= at && block.end > block.start && block.end <= in.len);
		check_inside(in, block.name);
		at = block.end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };

	check_tnef(in);
	check_compressed(in);
	check_rtf(in);
	check_uu(in);
	return 0;
}
