#include "backup/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"

enum { MAX_LINE = 4096 };

/* ---- writing ---- */

static void put_line(struct manifest_out *out, struct buf *line, bool is_hashed)
{
	buf_addc(line, '\n');
	if (is_hashed)
		sha256_add(out->hash, buf_str(line));
	if (fwrite(line->ptr, 1, line->len, out->file) != line->len)
		out->is_failed = true;
	buf_finish(line);
}

static void put_ledger(struct json_writer *w, const struct manifest *head)
{
	json_name(w, "ledger");
	json_open(w, '{');
	json_member_int(w, "received", head->received);
	json_member_int(w, "stored", head->stored);
	json_member_int(w, "duplicate", head->duplicate);
	json_member_int(w, "filtered", head->filtered);
	json_member_int(w, "dead", head->dead);
	json_member_int(w, "pending", head->pending);
	json_close(w, '}');
}

static void put_head(struct manifest_out *out, const struct manifest *head)
{
	char at[CLOCK_TEXT_SIZE];
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member_int(&w, "daybook_backup", MANIFEST_VERSION);
	json_member(&w, "version", str_from(head->version));
	json_member_int(&w, "schema", head->schema);
	json_member(&w, "taken_at", str_from(clock_format(head->taken_us, at)));
	json_member_int(&w, "last_id", head->last_id);
	put_ledger(&w, head);
	json_close(&w, '}');
	put_line(out, &line, true);
}

bool manifest_begin(struct manifest_out *out, const char *folder, const struct manifest *head, struct err *err)
{
	int fd;

	*out = (struct manifest_out){ .path = xasprintf("%s/" MANIFEST_NAME, folder) };
	fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	out->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out->file == NULL) {
		file_failed(out->path, err);
		manifest_drop(out);
		return false;
	}
	out->hash = sha256_create();
	put_head(out, head);
	return true;
}

void manifest_add(struct manifest_out *out, const char *path, const struct file_sum *sum)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "file", str_from(path));
	json_member_int(&w, "size", sum->size);
	json_member(&w, "sha256", str_from(sum->sha256));
	json_close(&w, '}');
	put_line(out, &line, true);
	out->n_files++;
	out->bytes += sum->size;
}

static void put_end(struct manifest_out *out)
{
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct json_writer w;
	struct buf line;

	sha256_end(out->hash, md);
	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member_int(&w, "files", out->n_files);
	json_member_int(&w, "bytes", out->bytes);
	json_member(&w, "sha256_of_this", str_from(crypto_hex(md, sizeof(md), hex)));
	json_close(&w, '}');
	put_line(out, &line, false);
}

bool manifest_end(struct manifest_out *out, struct err *err)
{
	bool ok;

	put_end(out);
	ok = !out->is_failed && fflush(out->file) == 0 && fsync(fileno(out->file)) == 0;
	if (!ok)
		file_failed(out->path, err);
	manifest_drop(out);
	return ok;
}

void manifest_drop(struct manifest_out *out)
{
	if (out->file != NULL)
		fclose(out->file);
	sha256_destroy(out->hash);
	free(out->path);
	*out = (struct manifest_out){ 0 };
}

/* ---- reading ---- */

struct reading {
	struct manifest *head;
	manifest_fn fn;
	void *arg;
	struct sha256 *hash;
	const char *path;
	int64_t n_lines, n_files, bytes;
	bool is_over, is_enough;
};

static int64_t number(struct json_object *object, const char *name)
{
	int64_t n = 0;

	json_int(json_get(object, name), &n);
	return n;
}

static bool read_head(struct reading *r, struct json_object *line, struct err *err)
{
	struct json_object *ledger = json_get(line, "ledger");
	struct str version = json_str(line, "version");
	struct manifest *head = r->head;

	*head = (struct manifest){
		.format = number(line, "daybook_backup"), .schema = number(line, "schema"), .last_id = number(line, "last_id"),
		.received = number(ledger, "received"), .stored = number(ledger, "stored"),
		.duplicate = number(ledger, "duplicate"), .filtered = number(ledger, "filtered"),
		.dead = number(ledger, "dead"), .pending = number(ledger, "pending"),
	};
	snprintf(head->version, sizeof(head->version), STR_FMT, STR_ARG(version));
	if (head->format < 1 || !clock_parse(json_str(line, "taken_at"), &head->taken_us))
		return err_setf(err, ERR_INPUT, "%s: is not the manifest of a backup", r->path);
	if (head->format > MANIFEST_VERSION)
		return err_setf(err, ERR_CONF, "%s: was written by a newer daybook (%s); restore with that version", r->path,
				head->version);
	return true;
}

/* daybook.db, or blobs/ab/ab… and nothing else: what is written from it stays where it belongs. */
static bool is_good_path(struct str path, struct str sha256)
{
	unsigned char md[SHA256_SIZE];

	if (str_eq(path, STR("daybook.db")))
		return true;
	return path.len == 9 + 64 && str_starts(path, STR("blobs/")) && path.ptr[8] == '/' &&
	       str_eq(str_sub(path, 9, 64), sha256) && str_eq(str_sub(path, 6, 2), str_sub(sha256, 0, 2)) &&
	       crypto_unhex(sha256, md, sizeof(md));
}

static bool read_file(struct reading *r, struct json_object *line, struct err *err)
{
	struct str path = json_str(line, "file"), sha256 = json_str(line, "sha256");
	struct file_sum sum = { .size = number(line, "size") };
	char text[MANIFEST_MAX_PATH];

	if (sha256.len != 64 || !is_good_path(path, sha256))
		return err_setf(err, ERR_INPUT, "%s: line %lld names no file of a backup", r->path, (long long)r->n_lines);
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(path));
	snprintf(sum.sha256, sizeof(sum.sha256), STR_FMT, STR_ARG(sha256));
	r->n_files++;
	r->bytes += sum.size;
	if (r->fn != NULL && !r->is_enough)
		r->is_enough = !r->fn(text, &sum, r->arg);
	return true;
}

static bool read_end(struct reading *r, struct json_object *line, struct err *err)
{
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	sha256_end(r->hash, md);
	r->is_over = true;
	r->head->n_files = number(line, "files");
	r->head->bytes = number(line, "bytes");
	if (r->head->n_files == r->n_files && r->head->bytes == r->bytes &&
	    str_eq(json_str(line, "sha256_of_this"), str_from(crypto_hex(md, sizeof(md), hex))))
		return true;
	return err_setf(err, ERR_INPUT, "%s: was changed after it was written", r->path);
}

static bool read_line(struct reading *r, struct str text, struct err *err)
{
	struct err ignored;
	auto_json struct json_object *line = json_parse(str_trim(text), 4, 100, &ignored);

	r->n_lines++;
	if (line == NULL || r->is_over)
		return err_setf(err, ERR_INPUT, "%s: line %lld makes no sense", r->path, (long long)r->n_lines);
	if (json_get(line, "sha256_of_this") != NULL)
		return read_end(r, line, err);
	sha256_add(r->hash, text);
	return r->n_lines == 1 ? read_head(r, line, err) : read_file(r, line, err);
}

static bool read_lines(struct reading *r, FILE *file, struct err *err)
{
	char bytes[MAX_LINE];

	while (fgets(bytes, sizeof(bytes), file) != NULL)
		if (!read_line(r, str_from(bytes), err))
			return false;
	if (ferror(file))
		return file_failed(r->path, err);
	return r->is_over || err_setf(err, ERR_INPUT, "%s: is cut short", r->path);
}

bool manifest_read(const char *folder, struct manifest *head, manifest_fn fn, void *arg, struct err *err)
{
	auto_free char *path = xasprintf("%s/" MANIFEST_NAME, folder);
	auto_file FILE *file = fopen(path, "re");
	struct reading r = { .head = head, .fn = fn, .arg = arg, .path = path };
	bool ok;

	if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
		return err_setf(err, ERR_MISSING, "%s is no backup: it has no " MANIFEST_NAME, folder);
	if (file == NULL)
		return file_failed(path, err);
	r.hash = sha256_create();
	ok = read_lines(&r, file, err);
	sha256_destroy(r.hash);
	return ok;
}
