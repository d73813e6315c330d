/* A mail without its attachments is put together again byte for byte, or says which file is missing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "store/blob.h"
#include "store/body.h"
#include "store/skeleton.h"

#include "../check_main.h"

static char dir[64];
static struct err err;
static char bytes[3000];

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-skeleton-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(blob_prepare(dir, &err), "%s", err.msg);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * i + i / 7);
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	ck_assert_int_eq(system(rm), 0);
}

static void keep(struct str content, char hex[65])
{
	struct blob *blob;

	ck_assert(blob_open(dir, &blob, &err));
	ck_assert(blob_add(blob, content, &err));
	ck_assert_msg(blob_keep(blob, hex, &err), "%s", err.msg);
}

/* A head, an attachment as base64, text between, the same attachment as it is, an end. */
struct mail {
	char text[16000];
	size_t len;
	struct skeleton_ref refs[2];
};

static void add(struct mail *m, struct str text)
{
	memcpy(m->text + m->len, text.ptr, text.len);
	m->len += text.len;
}

static void make(struct mail *m, size_t n, struct base64_shape shape, struct str end)
{
	m->len = 0;
	add(m, STR("Subject: x\r\n\r\n"));
	m->refs[0] = (struct skeleton_ref){ .at = m->len, .len = base64_lines_size(shape, n), .n_bytes = n,
					    .is_base64 = true, .shape = shape };
	keep((struct str){ bytes, n }, m->refs[0].sha256);
	base64_lines_write(shape, (struct str){ bytes, n }, m->text + m->len);
	m->len += m->refs[0].len;
	add(m, STR("\r\n--between\r\n"));
	m->refs[1] = (struct skeleton_ref){ .at = m->len, .len = n, .n_bytes = n };
	memcpy(m->refs[1].sha256, m->refs[0].sha256, sizeof(m->refs[1].sha256));
	add(m, (struct str){ bytes, n });
	add(m, end);
}

static struct str text_of(const struct mail *m)
{
	return (struct str){ m->text, m->len };
}

static void check_back(const struct mail *m, struct str encoded)
{
	char *plain;

	ck_assert_msg(skeleton_decode(dir, encoded, (int64_t)m->len, &plain, &err), "%s", err.msg);
	ck_assert_mem_eq(plain, m->text, m->len);
	ck_assert_int_eq(plain[m->len], '\0');
	free(plain);
}

START_TEST(a_mail_comes_back_with_every_line_length_and_end)
{
	static struct mail m;
	char *encoded;
	size_t n;

	setup();
	for (uint32_t line = 0; line < 200; line += 4)
		for (uint32_t eol = line ? 1 : 0; eol <= (line ? 2 : 0); eol++)
			for (size_t size = 2000; size < 2003; size++) {
				make(&m, size, (struct base64_shape){ line, eol }, line % 8 ? STR("") : STR("\r\n--end--\r\n"));
				ck_assert(skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
				ck_assert_uint_lt(n, 300);
				check_back(&m, (struct str){ encoded, n });
				free(encoded);
			}
	cleanup();
}
END_TEST

START_TEST(references_that_are_small_or_overlap_or_lie_outside_are_left_in_the_text)
{
	static struct mail m;
	char *encoded;
	size_t n;

	setup();
	make(&m, 100, (struct base64_shape){ 76, 1 }, STR("end"));
	ck_assert(!skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	ck_assert(!skeleton_encode(text_of(&m), m.refs, 0, &encoded, &n));
	ck_assert(!skeleton_encode(STR(""), NULL, 0, &encoded, &n));
	make(&m, 2000, (struct base64_shape){ 76, 1 }, STR("end"));
	m.refs[1] = m.refs[0];
	m.refs[1].at++;
	ck_assert(skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	check_back(&m, (struct str){ encoded, n });
	free(encoded);
	m.refs[1].at = m.len + 1;
	ck_assert(skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	check_back(&m, (struct str){ encoded, n });
	free(encoded);
	m.refs[0].at = m.len - 5;
	ck_assert(!skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	cleanup();
}
END_TEST

START_TEST(a_blob_that_is_gone_or_spoilt_is_named)
{
	static struct mail m;
	char *encoded, *plain;
	auto_free char *path = NULL, *wants = NULL, *spoil = NULL;
	size_t n;

	setup();
	make(&m, 2000, (struct base64_shape){ 76, 2 }, STR("\r\n"));
	ck_assert(skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	path = xasprintf("%s/blobs/%.2s/%s", dir, m.refs[0].sha256, m.refs[0].sha256);
	spoil = xasprintf("printf x >> %s", path);
	ck_assert_int_eq(system(spoil), 0);
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, (int64_t)m.len, &plain, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	wants = xasprintf("store: %s does not hold what its name says", path);
	ck_assert_str_eq(err.msg, wants);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, (int64_t)m.len, &plain, &err));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	free(wants);
	wants = xasprintf("store: %s is not there", path);
	ck_assert_str_eq(err.msg, wants);
	free(encoded);
	cleanup();
}
END_TEST

static void refuses(struct str bare, int64_t size)
{
	char *encoded, *plain;
	size_t n;

	ck_assert(body_compress(bare, &encoded, &n));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, size, &plain, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_str_eq(err.msg, "a mail without its attachments does not say where they belong");
	free(encoded);
}

START_TEST(bytes_that_are_no_skeleton_are_refused)
{
	static struct mail m;
	char *encoded, *bare, *plain;
	size_t n, n_bare;

	setup();
	make(&m, 2000, (struct base64_shape){ 76, 2 }, STR("\r\n"));
	ck_assert(skeleton_encode(text_of(&m), m.refs, 2, &encoded, &n));
	for (size_t cut = 0; cut < n; cut++)
		ck_assert(!skeleton_decode(dir, (struct str){ encoded, cut }, (int64_t)m.len, &plain, &err));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, (int64_t)m.len + 1, &plain, &err));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, (int64_t)m.len - 1, &plain, &err));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, 0, &plain, &err));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, -1, &plain, &err));
	ck_assert(!skeleton_decode(dir, (struct str){ encoded, n }, INT64_MAX, &plain, &err));
	ck_assert(body_decompress((struct str){ encoded, n }, m.len, &bare, &n_bare));
	for (size_t cut = 0; cut < n_bare; cut++)
		refuses((struct str){ bare, cut }, (int64_t)m.len);
	bare[12] = 2;		/* a form that does not exist */
	refuses((struct str){ bare, n_bare }, (int64_t)m.len);
	bare[12] = 1;
	bare[16] = 77;		/* a line of no whole fours */
	refuses((struct str){ bare, n_bare }, (int64_t)m.len);
	bare[16] = 76;
	bare[8]--;		/* another size than the blob's */
	refuses((struct str){ bare, n_bare }, (int64_t)m.len);
	free(bare);
	free(encoded);
	cleanup();
}
END_TEST

RUN("skeleton", a_mail_comes_back_with_every_line_length_and_end,
    references_that_are_small_or_overlap_or_lie_outside_are_left_in_the_text, a_blob_that_is_gone_or_spoilt_is_named,
    bytes_that_are_no_skeleton_are_refused)
