/* MS-OXRTFCP: a window of 4 KiB that holds the usual beginnings before the first byte. */
#include <string.h>

#include "mime/rtf.h"

enum { WINDOW = 4096, HEAD_BYTES = 16, COMPRESSED = 0x75465a4c, UNCOMPRESSED = 0x414c454d };

/* What the window holds before the first byte. */
static const char dictionary[] =
	"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
	"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
	"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct window {
	char bytes[WINDOW];
	size_t at;
	struct buf *out;
};

static void put_byte(struct window *w, char c)
{
	w->bytes[w->at] = c;
	w->at = (w->at + 1) % WINDOW;
	if (w->out->len < w->out->max)
		buf_addc(w->out, c);
}

/* False at the mark of the end: a reference to where the next byte goes. */
static bool put_reference(struct window *w, unsigned reference)
{
	size_t from = reference >> 4, n = (reference & 15) + 2;

	if (from == w->at)
		return false;
	for (size_t i = 0; i < n; i++)
		put_byte(w, w->bytes[(from + i) % WINDOW]);
	return true;
}

static void undo(struct window *w, struct str in)
{
	size_t at = 0;

	while (at < in.len && w->out->len < w->out->max) {
		unsigned flags = (unsigned char)in.ptr[at++];

		for (int bit = 0; bit < 8 && at < in.len; bit++) {
			if (!(flags & 1u << bit)) {
				put_byte(w, in.ptr[at++]);
				continue;
			}
			if (at + 1 >= in.len || !put_reference(w, (unsigned)(unsigned char)in.ptr[at] << 8 |
								  (unsigned char)in.ptr[at + 1]))
				return;
			at += 2;
		}
	}
}

bool rtf_decompress(struct str in, struct buf *out)
{
	struct window w = { .at = sizeof(dictionary) - 1, .out = out };
	uint32_t type = 0;

	if (in.len < HEAD_BYTES)
		return false;
	for (int i = 3; i >= 0; i--)
		type = type << 8 | (unsigned char)in.ptr[8 + i];
	in = str_sub(in, HEAD_BYTES, in.len);
	if (type == UNCOMPRESSED) {
		buf_add(out, str_sub(in, 0, out->max));
		return true;
	}
	if (type != COMPRESSED)
		return false;
	memcpy(w.bytes, dictionary, sizeof(dictionary) - 1);
	undo(&w, in);
	return true;
}
