#include "api/cursor.h"

#include <daybook/arena.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/crypto.h"

/* at, id, filter hash, text, HMAC; numbers as the machine has them: a cursor does not travel. */
enum { KEY_SIZE = 32, MARK = 8, HEAD = 24, MAX_TEXT = 512, MAX_BYTES = HEAD + MAX_TEXT + MARK, MAX_ENCODED = 800 };

static void sign(const unsigned char *key, struct str bytes, unsigned char mark[MARK])
{
	unsigned char md[SHA256_SIZE];

	crypto_hmac_sha256((struct str){ (const char *)key, KEY_SIZE }, bytes, md);
	memcpy(mark, md, MARK);
}

static void hash(struct str what, unsigned char out[8])
{
	unsigned char md[SHA256_SIZE];

	crypto_sha256(what, md);
	memcpy(out, md, 8);
}

void cursor_put(struct buf *out, const unsigned char *key, struct str what, const struct cursor *c)
{
	struct str text = str_sub(c->text, 0, MAX_TEXT);
	char bytes[MAX_BYTES];

	memcpy(bytes, &c->at, 8);
	memcpy(bytes + 8, &c->id, 8);
	hash(what, (unsigned char *)bytes + 16);
	if (text.len > 0)
		memcpy(bytes + HEAD, text.ptr, text.len);
	sign(key, (struct str){ bytes, HEAD + text.len }, (unsigned char *)bytes + HEAD + text.len);
	base64url_put(out, (struct str){ bytes, HEAD + text.len + MARK });
}

static bool decode(struct str text, struct buf *out)
{
	char plain[MAX_ENCODED];

	if (text.len > sizeof(plain) || str_chr(text, '+') != STR_NONE || str_chr(text, '/') != STR_NONE)
		return false;
	for (size_t i = 0; i < text.len; i++)
		plain[i] = text.ptr[i] == '-' ? '+' : text.ptr[i] == '_' ? '/' : text.ptr[i];
	return base64_read(out, (struct str){ plain, text.len }) && out->len >= HEAD + MARK;
}

static bool is_ours(struct str bytes, const unsigned char *key, struct str what)
{
	struct str signed_part = str_sub(bytes, 0, bytes.len - MARK);
	unsigned char mark[MARK], filter[8];

	sign(key, signed_part, mark);
	hash(what, filter);
	return crypto_equal(mark, bytes.ptr + signed_part.len, MARK) && memcmp(filter, bytes.ptr + 16, 8) == 0;
}

bool cursor_read(struct str text, const unsigned char *key, struct str what, struct arena *arena, struct cursor *c)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, MAX_ENCODED);
	ok = decode(text, &bytes) && is_ours(buf_str(&bytes), key, what);
	if (ok) {
		memcpy(&c->at, bytes.ptr, 8);
		memcpy(&c->id, bytes.ptr + 8, 8);
		c->text = arena_str(arena, str_sub(buf_str(&bytes), HEAD, bytes.len - HEAD - MARK));
	}
	buf_finish(&bytes);
	return ok;
}
