#include "conf/pack.h"

#include <string.h>

#include "base/mem.h"
#include "conf/table.h"

/* Layout, little-endian as the machine is (both ends are the same program):
 *   u32 magic, then each row: u8 type, value
 *   number i64 · bool, enum i32 · rate two i64 · text u32 length + 1 (0: NULL), bytes
 *   list u32 n, texts · map u32 n, each a text and a list */
static const uint32_t magic = 0x31636264;	/* "dbc1" */

/* ---- out ---- */

static void put(struct buf *out, const void *bytes, size_t n)
{
	buf_add(out, (struct str){ bytes, n });
}

static void put_u32(struct buf *out, size_t n)
{
	uint32_t v = (uint32_t)n;

	put(out, &v, sizeof(v));
}

static void put_text(struct buf *out, const char *text)
{
	struct str s = str_from(text);

	put_u32(out, text ? s.len + 1 : 0);
	buf_add(out, s);
}

static void put_list(struct buf *out, const struct conf_list *list)
{
	put_u32(out, list->n_items);
	for (size_t i = 0; i < list->n_items; i++)
		put_text(out, list->items[i]);
}

static void put_map(struct buf *out, const struct conf_map *map)
{
	put_u32(out, map->n_entries);
	for (size_t i = 0; i < map->n_entries; i++) {
		put_text(out, map->entries[i].name);
		put_list(out, &map->entries[i].values);
	}
}

/* A secret is represented by its digest: comparable, and nothing to zero afterwards. */
static void put_secret(struct buf *out, const struct secret *secret)
{
	unsigned char digest[SHA256_SIZE] = { 0 };

	if (secret != NULL)
		crypto_sha256(secret_bytes(secret), digest);
	put(out, digest, sizeof(digest));
}

static void put_value(struct buf *out, const struct conf_key *key, const void *slot)
{
	int32_t small;

	buf_addc(out, (char)key->type);
	switch (key->type) {
	case CONF_T_BOOL:
		small = *(const bool *)slot;
		put(out, &small, sizeof(small));
		break;
	case CONF_T_ENUM:
		small = *(const int *)slot;
		put(out, &small, sizeof(small));
		break;
	case CONF_T_INT: case CONF_T_SIZE: case CONF_T_DURATION: case CONF_T_DATE:
		put(out, slot, sizeof(int64_t));
		break;
	case CONF_T_RATE:
		put(out, &((const struct conf_rate *)slot)->count, sizeof(int64_t));
		put(out, &((const struct conf_rate *)slot)->per_us, sizeof(int64_t));
		break;
	case CONF_T_STRING: case CONF_T_PATH: put_text(out, *(const char *const *)slot); break;
	case CONF_T_SECRET: put_secret(out, *(const struct secret *const *)slot); break;
	case CONF_T_LIST: put_list(out, slot); break;
	case CONF_T_MAP: put_map(out, slot); break;
	case CONF_T_BLOCK:
		for (const struct conf_key *row = key->rows; row->name != NULL; row++)
			put_value(out, row, (const char *)slot + row->offset);
		break;
	case CONF_T_LATER: break;
	}
}

bool conf_pack(const struct conf_key *keys, const void *conf, struct buf *out)
{
	put(out, &magic, sizeof(magic));
	for (; keys->name != NULL; keys++) {
		if (!(keys->flags & CONF_NORMALIZE))
			continue;
		if (keys->type == CONF_T_SECRET)
			return false;
		put_value(out, keys, (const char *)conf + keys->offset);
	}
	return !buf_is_exceeded(out);
}

void conf_fingerprint(const struct conf_key *keys, const void *conf, struct sha256 *into)
{
	struct buf value;

	buf_init(&value, SIZE_MAX / 4);
	for (; keys->name != NULL; keys++) {
		buf_clear(&value);
		put_text(&value, keys->name);
		put_value(&value, keys, (const char *)conf + keys->offset);
		sha256_add(into, buf_str(&value));
	}
	buf_finish(&value);
}

bool conf_is_same(const struct conf_key *key, const void *a, const void *b)
{
	struct buf x, y;
	bool is_same;

	buf_init(&x, SIZE_MAX / 4);
	buf_init(&y, SIZE_MAX / 4);
	put_value(&x, key, (const char *)a + key->offset);
	put_value(&y, key, (const char *)b + key->offset);
	is_same = str_eq(buf_str(&x), buf_str(&y));
	buf_finish(&x);
	buf_finish(&y);
	return is_same;
}

/* ---- in: every length is checked against what is left ---- */

static bool take(struct str *in, void *out, size_t n)
{
	if (in->len < n)
		return false;
	memcpy(out, in->ptr, n);
	*in = str_sub(*in, n, in->len);
	return true;
}

/* A count of things that take at least four bytes each. */
static bool take_count(struct str *in, size_t *n)
{
	uint32_t v;

	if (!take(in, &v, sizeof(v)) || v > in->len / sizeof(v))
		return false;
	*n = v;
	return true;
}

static bool take_text(struct str *in, char **out)
{
	uint32_t v;

	if (!take(in, &v, sizeof(v)))
		return false;
	if (v == 0)
		return true;
	if (v - 1 > in->len || (v > 1 && memchr(in->ptr, '\0', v - 1) != NULL))
		return false;
	*out = xstrndup(in->ptr, v - 1);
	*in = str_sub(*in, v - 1, in->len);
	return true;
}

static bool take_list(struct str *in, struct conf_list *list)
{
	size_t n;

	if (!take_count(in, &n))
		return false;
	list->items = xcalloc(n, sizeof(*list->items));
	for (size_t i = 0; i < n; i++) {
		if (!take_text(in, (char **)&list->items[i]) || list->items[i] == NULL)
			return false;
		list->n_items++;
	}
	return true;
}

static bool take_map(struct str *in, struct conf_map *map)
{
	size_t n;

	if (!take_count(in, &n))
		return false;
	map->entries = xcalloc(n, sizeof(*map->entries));
	for (size_t i = 0; i < n; i++) {
		map->n_entries++;	/* first, so that half of one is freed too */
		if (!take_text(in, (char **)&map->entries[i].name) ||
		    map->entries[i].name == NULL || !take_list(in, &map->entries[i].values))
			return false;
	}
	return true;
}

static bool take_small(struct str *in, const struct conf_key *key, void *slot)
{
	int32_t small, n = 2;

	if (key->type == CONF_T_ENUM)
		for (n = 0; key->choices[n] != NULL; n++)
			;
	if (!take(in, &small, sizeof(small)) || small < 0 || small >= n)
		return false;
	if (key->type == CONF_T_ENUM)
		*(int *)slot = small;
	else
		*(bool *)slot = small;
	return true;
}

static bool take_value(struct str *in, const struct conf_key *key, void *slot)
{
	struct conf_rate *rate = slot;
	unsigned char type;

	if (!take(in, &type, 1) || type != key->type)
		return false;
	switch (key->type) {
	case CONF_T_BOOL: case CONF_T_ENUM: return take_small(in, key, slot);
	case CONF_T_INT: case CONF_T_SIZE: case CONF_T_DURATION: case CONF_T_DATE:
		return take(in, slot, sizeof(int64_t));
	case CONF_T_RATE:
		return take(in, &rate->count, sizeof(int64_t)) &&
		       take(in, &rate->per_us, sizeof(int64_t));
	case CONF_T_STRING: case CONF_T_PATH: return take_text(in, slot);
	case CONF_T_LIST: return take_list(in, slot);
	case CONF_T_MAP: return take_map(in, slot);
	case CONF_T_LATER: return true;
	case CONF_T_SECRET: case CONF_T_BLOCK: break;
	}
	return false;
}

void *conf_unpack(const struct conf_key *keys, size_t size, struct str packed, struct err *err)
{
	void *conf = xcalloc(1, size);
	uint32_t m;
	const char *where = "its head";
	bool is_ok = packed.len <= PACK_MAX_BYTES && take(&packed, &m, sizeof(m)) && m == magic;

	for (const struct conf_key *key = keys; is_ok && key->name != NULL; key++)
		if (key->flags & CONF_NORMALIZE) {
			where = key->name;
			is_ok = take_value(&packed, key, (char *)conf + key->offset);
		}
	if (is_ok && packed.len > 0) {
		where = "its end";
		is_ok = false;
	}
	if (is_ok)
		return conf;
	err_setf(err, ERR_INPUT, "packed options are damaged at %s", where);
	conf_free_unpacked(keys, conf);
	return NULL;
}

void conf_free_unpacked(const struct conf_key *keys, void *conf)
{
	conf_finish(keys, conf);
	free(conf);
}
