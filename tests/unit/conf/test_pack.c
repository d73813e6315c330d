/* Options on their way to the parser process. */
#include "conf/pack.h"
#include "conf_test.h"

static struct config *config;

static const void *load(const char *connector)
{
	auto_free char *text = xasprintf("config_version: 1\nconnectors: {c: %s}\n", connector);

	setenv("T_SECRET", "hunter2", 1);
	config = parse_text(text);
	ck_assert_msg(config != NULL, "%s", report);
	return config->connectors[0].conf;
}

static const char mailbox_text[] =
	"{type: mailbox, host: h, user: u, password: !env T_SECRET, privacy: personal, limit: 1M, folders: [A, 'B é']}";

START_TEST(what_normalize_reads_arrives_and_nothing_else)
{
	const struct mailbox_conf *m = load(mailbox_text);
	struct mailbox_conf *copy;
	struct buf b;
	struct err err;

	buf_init(&b, PACK_MAX_BYTES);
	ck_assert(conf_pack(mailbox_keys, m, &b));
	ck_assert_ptr_null(memmem(b.ptr, b.len, "hunter2", 7));
	copy = conf_unpack(mailbox_keys, sizeof(*copy), buf_str(&b), &err);
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(copy->privacy, MAILBOX_PERSONAL);
	ck_assert_int_eq(copy->limit, 1 << 20);
	ck_assert_uint_eq(copy->folders.n_items, 2);
	ck_assert_str_eq(copy->folders.items[1], "B é");
	ck_assert_ptr_null(copy->host);
	ck_assert_ptr_null(copy->password);
	ck_assert_int_eq(copy->port, 0);
	conf_free_unpacked(mailbox_keys, copy);
	buf_finish(&b);
	config_unref(config);
}
END_TEST

START_TEST(maps_and_absent_texts_arrive)
{
	const struct hook_conf *h = load("{type: hook, map: {a: [b, c], d: []}}");
	struct hook_conf *copy;
	struct buf b;
	struct err err;

	buf_init(&b, PACK_MAX_BYTES);
	ck_assert(conf_pack(hook_keys, h, &b));
	copy = conf_unpack(hook_keys, sizeof(*copy), buf_str(&b), &err);
	ck_assert_ptr_nonnull(copy);
	ck_assert_ptr_null(copy->greeting);
	ck_assert_uint_eq(copy->map.n_entries, 2);
	ck_assert_str_eq(copy->map.entries[0].values.items[1], "c");
	ck_assert_uint_eq(copy->map.entries[1].values.n_items, 0);
	conf_free_unpacked(hook_keys, copy);
	buf_finish(&b);
	config_unref(config);
}
END_TEST

START_TEST(a_packed_secret_or_a_full_buffer_fails)
{
	static const struct conf_key keys[] = {
		CONF_KEY(CONF_T_SECRET, hook_conf, token, NULL, CONF_NORMALIZE, "x"), { 0 } };
	const struct hook_conf *h = load("{type: hook}");
	struct buf b;

	buf_init(&b, 1000);
	ck_assert(!conf_pack(keys, h, &b));
	buf_finish(&b);
	buf_init(&b, 10);
	ck_assert(!conf_pack(hook_keys, h, &b));
	buf_finish(&b);
	config_unref(config);
}
END_TEST

static void try_bytes(struct str packed)
{
	struct err err = { 0 };
	void *conf = conf_unpack(mailbox_keys, sizeof(struct mailbox_conf), packed, &err);

	if (conf == NULL)
		ck_assert_int_eq(err.kind, ERR_INPUT);
	conf_free_unpacked(mailbox_keys, conf);
}

START_TEST(damaged_bytes_are_refused_at_every_place)
{
	const struct mailbox_conf *m = load(mailbox_text);
	struct err err;
	struct buf b;

	buf_init(&b, PACK_MAX_BYTES);
	ck_assert(conf_pack(mailbox_keys, m, &b));
	for (size_t len = 0; len < b.len; len++) {
		/* A copy of exactly this size, so that one byte too far is seen. */
		auto_free char *cut = malloc(len ? len : 1);

		memcpy(cut, b.ptr, len);
		ck_assert_ptr_null(conf_unpack(mailbox_keys, sizeof(struct mailbox_conf),
					       (struct str){ cut, len }, &err));
		ck_assert_int_eq(err.kind, ERR_INPUT);
		ck_assert_ptr_nonnull(strstr(err.msg, "packed options are damaged at "));
	}
	for (size_t i = 0; i < b.len; i++)
		for (int v = 0; v < 256; v += 5) {
			char was = b.ptr[i];

			b.ptr[i] = (char)v;
			try_bytes(buf_str(&b));
			b.ptr[i] = was;
		}
	buf_addc(&b, 'x');
	ck_assert_ptr_null(conf_unpack(mailbox_keys, sizeof(struct mailbox_conf), buf_str(&b), &err));
	ck_assert_str_eq(err.msg, "packed options are damaged at its end");
	buf_finish(&b);
	config_unref(config);
}
END_TEST

START_TEST(huge_counts_take_no_memory)
{
	/* magic, size row, enum row, then a list that claims four thousand million items */
	static const unsigned char bytes[] = { 'd', 'b', 'c', '1', CONF_T_SIZE, 0, 0, 0, 0, 0, 0, 0, 0,
					       CONF_T_ENUM, 0, 0, 0, 0, CONF_T_LIST, 0xff, 0xff, 0xff, 0xff };
	struct err err;

	ck_assert_ptr_null(conf_unpack(mailbox_keys, sizeof(struct mailbox_conf),
				       (struct str){ (const char *)bytes, sizeof(bytes) }, &err));
	ck_assert_str_eq(err.msg, "packed options are damaged at folders");
}
END_TEST

RUN("conf/pack", what_normalize_reads_arrives_and_nothing_else, maps_and_absent_texts_arrive,
    a_packed_secret_or_a_full_buffer_fails, damaged_bytes_are_refused_at_every_place,
    huge_counts_take_no_memory)
