#include "store/skeleton.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "store/blob.h"
#include "store/body.h"

/* Before compression: the number of references, the references, and all the text between them in one piece. Every
 * number has four bytes, the least one first. */
enum {
	NUMBER = 4,
	RECORD = 5 * NUMBER + SHA256_SIZE,	/* text before it, bytes of the blob, form, line, line end; digest */
	MAX_PLAIN = 1 << 30,
};

enum form { AS_IT_IS, AS_BASE64, FORMS };

/* ---- taking apart ---- */

static void put_number(struct buf *out, size_t number)
{
	for (unsigned i = 0; i < NUMBER; i++)
		buf_addc(out, (char)(number >> 8 * i & 0xff));
}

static void put_ref(struct buf *out, const struct skeleton_ref *ref, size_t text_before)
{
	unsigned char digest[SHA256_SIZE] = { 0 };

	crypto_unhex(str_from(ref->sha256), digest, sizeof(digest));
	put_number(out, text_before);
	put_number(out, ref->n_bytes);
	put_number(out, ref->is_base64 ? AS_BASE64 : AS_IT_IS);
	put_number(out, ref->shape.line);
	put_number(out, ref->shape.eol);
	buf_add(out, (struct str){ (const char *)digest, sizeof(digest) });
}

static bool is_useful(const struct skeleton_ref *ref, size_t done, size_t size)
{
	return ref->len >= SKELETON_LEAST && ref->at >= done && ref->at <= size && ref->len <= size - ref->at;
}

bool skeleton_encode(struct str plain, const struct skeleton_ref *refs, size_t n_refs, char **encoded, size_t *n)
{
	struct buf bare, text;
	size_t used = 0, done = 0;
	bool ok;

	if (n_refs == 0 || plain.len > MAX_PLAIN)
		return false;
	buf_init(&bare, NUMBER + n_refs * RECORD + plain.len);
	buf_init(&text, plain.len);
	put_number(&bare, 0);
	for (size_t i = 0; i < n_refs; i++) {
		if (!is_useful(&refs[i], done, plain.len))
			continue;
		put_ref(&bare, &refs[i], refs[i].at - done);
		buf_add(&text, str_sub(plain, done, refs[i].at - done));
		done = refs[i].at + refs[i].len;
		used++;
	}
	buf_add(&text, str_sub(plain, done, plain.len));
	for (unsigned i = 0; i < NUMBER; i++)
		bare.ptr[i] = (char)(used >> 8 * i & 0xff);
	buf_add(&bare, buf_str(&text));
	ok = used > 0 && body_compress(buf_str(&bare), encoded, n);
	buf_finish(&text);
	buf_finish(&bare);
	return ok;
}

/* ---- putting together ---- */

struct filling {
	const char *dir;
	struct str refs, text;
	char *out;
	size_t room;
	struct err *err;
};

static bool is_nonsense(const struct filling *f)
{
	return err_setf(f->err, ERR_IO, "a mail without its attachments does not say where they belong");
}

static size_t get_number(struct str *from)
{
	size_t number = 0;

	for (unsigned i = 0; i < NUMBER; i++)
		number |= (size_t)(unsigned char)from->ptr[i] << 8 * i;
	*from = str_sub(*from, NUMBER, from->len);
	return number;
}

static bool add_text(struct filling *f, size_t n)
{
	if (n > f->text.len || n > f->room)
		return is_nonsense(f);
	memcpy(f->out, f->text.ptr, n);
	f->text = str_sub(f->text, n, f->text.len);
	f->out += n;
	f->room -= n;
	return true;
}

static bool add_blob(struct filling *f, const struct skeleton_ref *ref)
{
	auto_free char *bytes = NULL;
	size_t n;

	if (ref->len > f->room)
		return is_nonsense(f);
	if (!blob_read(f->dir, str_from(ref->sha256), &bytes, &n, f->err)) {
		bytes = NULL;
		return false;
	}
	if (n != ref->n_bytes)
		return is_nonsense(f);
	if (ref->is_base64)
		base64_lines_write(ref->shape, (struct str){ bytes, n }, f->out);
	else
		memcpy(f->out, bytes, n);
	f->out += ref->len;
	f->room -= ref->len;
	return true;
}

static bool add_next(struct filling *f)
{
	struct skeleton_ref ref = { 0 };
	const size_t text_before = get_number(&f->refs);
	size_t form;

	ref.n_bytes = get_number(&f->refs);
	form = get_number(&f->refs);
	ref.is_base64 = form == AS_BASE64;
	ref.shape.line = (uint32_t)get_number(&f->refs);
	ref.shape.eol = (uint32_t)get_number(&f->refs);
	crypto_hex((const unsigned char *)f->refs.ptr, SHA256_SIZE, ref.sha256);
	f->refs = str_sub(f->refs, SHA256_SIZE, f->refs.len);
	if (form >= FORMS || !base64_shape_is_valid(ref.shape))
		return is_nonsense(f);
	ref.len = ref.is_base64 ? base64_lines_size(ref.shape, ref.n_bytes) : ref.n_bytes;
	return add_text(f, text_before) && add_blob(f, &ref);
}

static bool fill(struct filling *f, struct str bare)
{
	size_t n_refs = bare.len >= NUMBER ? get_number(&bare) : SIZE_MAX;

	if (n_refs > bare.len / RECORD)
		return is_nonsense(f);
	f->refs = str_sub(bare, 0, n_refs * RECORD);
	f->text = str_sub(bare, n_refs * RECORD, bare.len);
	while (f->refs.len > 0)
		if (!add_next(f))
			return false;
	return add_text(f, f->text.len) && (f->room == 0 || is_nonsense(f));
}

bool skeleton_decode(const char *dir, struct str encoded, int64_t size, char **plain, struct err *err)
{
	auto_free char *bare = NULL;
	struct filling f = { .dir = dir, .err = err };
	size_t n;

	if (size < 0 || size > MAX_PLAIN)
		return err_setf(err, ERR_IO, "a body claims %lld bytes", (long long)size);
	if (!body_decompress(encoded, (size_t)size, &bare, &n))
		return is_nonsense(&f);
	*plain = f.out = malloc((size_t)size + 1);
	f.room = (size_t)size;
	if (f.out == NULL)
		return err_setf(err, ERR_IO, "no memory for a body of %lld bytes", (long long)size);
	if (!fill(&f, (struct str){ bare, n })) {
		free(*plain);
		*plain = NULL;
		return false;
	}
	(*plain)[size] = '\0';
	return true;
}

static bool each_blob(struct str bare, skeleton_blob_fn fn, void *arg)
{
	size_t n = bare.len >= NUMBER ? get_number(&bare) : SIZE_MAX;
	char name[65];

	if (n > bare.len / RECORD)
		return false;
	for (size_t i = 0; i < n; i++) {
		crypto_hex((const unsigned char *)bare.ptr + (i + 1) * RECORD - SHA256_SIZE, SHA256_SIZE, name);
		if (!fn(name, arg))
			break;
	}
	return true;
}

bool skeleton_each_blob(struct str encoded, int64_t size, skeleton_blob_fn fn, void *arg, struct err *err)
{
	const struct filling f = { .err = err };
	auto_free char *bare = NULL;
	size_t n;

	return (size >= 0 && size <= MAX_PLAIN && body_decompress(encoded, (size_t)size, &bare, &n) &&
		each_blob((struct str){ bare, n }, fn, arg)) || is_nonsense(&f);
}
