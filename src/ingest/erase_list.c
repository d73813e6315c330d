/* One line of JSON an erasure, after a first one with the key that its hashes are made with: a backup from before that key was made
 * is given it. */
#include "ingest/erase_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/erase_inside.h"
#include "model/identity.h"

enum { MAX_LINE = 16 << 20, ROOM = 64 << 20, MAX_NODES = 1000000, MAX_CONTACTS = 1024 };

#define NAME "erasures"

static bool failed(const char *path, struct err *err)
{
	return err_setf(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "%s: %s", path, strerror(errno));
}

/* ---- a line ---- */

struct line {
	struct json_writer w;
	const unsigned char *key;
	struct arena *arena;
};

static bool put_contact(int64_t contact, void *arg)
{
	struct line *l = arg;
	char id[ID_TEXT_SIZE];

	json_str_value(&l->w, str_from(id_format(contact, "con_", id)));
	return true;
}

static void put_handle(struct line *l, const struct identity *who)
{
	unsigned char hash[ERASE_HASH_SIZE];
	char hex[2 * ERASE_HASH_SIZE + 1];

	erase_hash(l->key, who, hash);
	json_str_value(&l->w, str_from(crypto_hex(hash, sizeof(hash), hex)));
}

static bool put_handles(const struct identity_row *row, void *arg)
{
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	struct line *l = arg;
	size_t n = identity_variants(&row->identity, l->arena, variants);

	put_handle(l, &row->identity);
	for (size_t i = 0; i < n; i++)
		put_handle(l, &variants[i].id);
	return true;
}

struct contacts {
	int64_t ids[MAX_CONTACTS];
	size_t n;
};

static bool keep_contact(int64_t id, void *arg)
{
	struct contacts *c = arg;

	c->ids[c->n++] = id;
	return c->n < countof(c->ids);
}

static bool put_erasure(struct line *l, struct store *st, const struct erasure *what, struct err *err)
{
	struct contacts contacts = { .n = 0 };
	char id[ID_TEXT_SIZE];

	if (!store_each_erased_contact(st, what->id, keep_contact, &contacts, err))
		return false;
	json_open(&l->w, '{');
	json_member(&l->w, "id", str_from(id_format(what->id, "era_", id)));
	json_member_int(&l->w, "at_us", what->at_us);
	json_member(&l->w, "by", what->by);
	json_name(&l->w, "contacts");
	json_open(&l->w, '[');
	for (size_t i = 0; i < contacts.n; i++)
		put_contact(contacts.ids[i], l);
	json_close(&l->w, ']');
	json_name(&l->w, "handles");
	json_open(&l->w, '[');
	for (size_t i = 0; i < contacts.n; i++)
		if (!store_each_identity(st, contacts.ids[i], put_handles, l, err))
			return false;
	json_close(&l->w, ']');
	json_close(&l->w, '}');
	return true;
}

static void put_key(struct buf *out, const unsigned char key[ERASE_KEY_SIZE])
{
	char hex[2 * ERASE_KEY_SIZE + 1];
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "key", str_from(crypto_hex(key, ERASE_KEY_SIZE, hex)));
	json_close(&w, '}');
	buf_addc(out, '\n');
}

/* ---- adding ---- */

/* In a whole line: one that was cut off, by a killed daemon or a full disk, has the id too, and no use. */
static bool has_line(struct str text, struct str id)
{
	struct str line;
	bool has = false;

	while (!has && str_next(&text, '\n', &line))
		has = str_find(line, id) != STR_NONE && str_ends(line, STR("}"));
	return has;
}

static bool read_all(const char *path, struct buf *out, struct err *err)
{
	auto_file FILE *file = fopen(path, "re");
	char piece[4096];
	size_t n;

	if (file == NULL)
		return errno == ENOENT || failed(path, err);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(out, (struct str){ piece, n });
	return !ferror(file) || failed(path, err);
}

static bool write_all(int fd, struct str text)
{
	for (size_t at = 0; at < text.len;) {
		ssize_t n = write(fd, text.ptr + at, text.len - at);

		if (n < 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* At the end of the file. A line that a killed daemon left half stands by itself and is read over. */
static bool append(const char *dir, const char *path, struct str text, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	auto_close int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && write_all(fd, text) && fsync(fd) == 0 && folder >= 0 && fsync(folder) == 0) || failed(path, err);
}

bool erase_list_add(const char *dir, struct store *st, const struct erasure *what, struct arena *arena, struct err *err)
{
	auto_free char *path = xasprintf("%s/" NAME, dir);
	unsigned char key[ERASE_KEY_SIZE];
	struct line l = { .key = key, .arena = arena };
	char id[ID_TEXT_SIZE];
	struct buf has, line;
	bool ok;

	buf_init(&has, SIZE_MAX / 2);
	buf_init(&line, MAX_LINE);
	ok = store_erase_key(st, key, err) && read_all(path, &has, err);
	if (ok && !has_line(buf_str(&has), str_from(id_format(what->id, "era_", id)))) {
		if (has.len == 0)
			put_key(&line, key);
		else if (has.ptr[has.len - 1] != '\n')
			buf_addc(&line, '\n');
		json_begin(&l.w, &line);
		ok = put_erasure(&l, st, what, err);
		buf_addc(&line, '\n');
		ok = ok && append(dir, path, buf_str(&line), err);
	}
	buf_finish(&has);
	buf_finish(&line);
	return ok;
}

/* ---- again ---- */

struct again {
	struct store *st;
	struct arena *arena;
	unsigned char key[ERASE_KEY_SIZE];
	struct err *err;
};

static bool is_known(struct again *a, int64_t id)
{
	struct erasure ignored;
	struct err missing;

	return store_get_erasure(a->st, id, a->arena, &ignored, &missing);
}

static bool begin_again(struct again *a, struct json_object *line, const struct erasure *what)
{
	struct json_object *contacts = json_get(line, "contacts"), *handles = json_get(line, "handles");
	unsigned char hash[ERASE_HASH_SIZE];
	int64_t contact;

	if (!store_put_erasure(a->st, what, a->err))
		return false;
	for (size_t i = 0; i < json_count(contacts); i++)
		if (id_parse(json_text(json_at(contacts, i)), "con_", &contact) &&
		    !store_put_erased_contact(a->st, contact, what->id, a->err))
			return false;
	for (size_t i = 0; i < json_count(handles); i++)
		if (crypto_unhex(json_text(json_at(handles, i)), hash, sizeof(hash)) &&
		    !store_put_erased_handle(a->st, hash, what->at_us, a->err))
			return false;
	return true;
}

static bool take_key(struct again *a, struct json_object *line)
{
	unsigned char key[ERASE_KEY_SIZE];
	bool has;

	if (!crypto_unhex(json_str(line, "key"), key, sizeof(key)) || crypto_equal(key, a->key, sizeof(key)))
		return true;
	if (!store_has_tombstones(a->st, &has, a->err))
		return false;
	if (has)
		return true;		/* a store with erasures of its own, by its own key */
	memcpy(a->key, key, sizeof(key));
	return store_set_erase_key(a->st, key, a->err);
}

static bool take_line(struct again *a, struct str text)
{
	struct err ignored;
	auto_json struct json_object *line = json_parse(text, 4, MAX_NODES, &ignored);
	struct erasure what = { .by = arena_str(a->arena, json_str(line, "by")) };

	if (json_str(line, "key").len > 0)
		return take_key(a, line);
	if (!id_parse(json_str(line, "id"), "era_", &what.id) || !json_int(json_get(line, "at_us"), &what.at_us) ||
	    is_known(a, what.id))
		return true;
	return begin_again(a, line, &what);
}

static bool take_all(struct again *a, struct str text)
{
	struct str line;

	while (str_next(&text, '\n', &line))
		if (!take_line(a, line))
			return false;
	return true;
}

bool erase_list_again(struct store *st, struct err *err)
{
	auto_free char *path = xasprintf("%s/" NAME, store_dir(st));
	struct again *a = xnew(struct again);
	struct buf text;
	bool ok;

	a->st = st;
	a->arena = arena_create(ROOM);
	a->err = err;
	buf_init(&text, SIZE_MAX / 2);
	ok = read_all(path, &text, err) && store_erase_key(st, a->key, err) && store_begin(st, err);
	if (ok && !(take_all(a, buf_str(&text)) && store_commit(st, err))) {
		store_rollback(st);
		ok = false;
	}
	buf_finish(&text);
	arena_destroy(a->arena);
	free(a);
	return ok;
}
