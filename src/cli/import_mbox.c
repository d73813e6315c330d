/* An mbox file of any size, read once from front to back through one buffer. A mail begins after a line that
 * begins with "From " and tells a date; where none does, an empty line before and a field after must do.
 * Lines that were escaped (">From ", ">>From ") lose one ">": mboxrd, and mboxo as far as it can be undone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "cli/import_from.h"
#include "cli/import_hint.h"
#include "cli/import_mail.h"

enum {
	BUFFER = 1 << 20,
	MAX_FROM = 1000,	/* of a "From " line, what is looked at */
	DIGEST = 8,
};

struct mbox {
	struct import_reader reader;
	char *path;
	int fd;
	char *buffer;
	size_t begin, end;		/* what of it is not used yet */
	uint64_t offset, line;		/* of buffer[begin] in the file */
	bool is_eof, is_inside_line;
	struct err err;			/* of the file, once reading failed */
	size_t max_message;
	enum import_hint hint;

	/* The mail under way. */
	bool is_open, is_after_blank;
	uint64_t from_offset;		/* of its "From " line */
	int64_t from_us;
	struct buf mail;
	uint64_t mail_bytes;		/* also of what is too large to keep */
};

/* ---- bytes ---- */

/* Has at least n bytes been made ready? Less only at the end of the file. */
static bool want(struct mbox *m, size_t n)
{
	while (m->end - m->begin < n && !m->is_eof) {
		ssize_t got;

		if (m->begin > 0) {
			memmove(m->buffer, m->buffer + m->begin, m->end - m->begin);
			m->end -= m->begin;
			m->begin = 0;
		}
		if (m->end == BUFFER)
			break;
		got = read(m->fd, m->buffer + m->end, BUFFER - m->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			err_setf(&m->err, ERR_IO, "%s: %s", m->path, strerror(errno));
		if (got <= 0)
			m->is_eof = true;
		else
			m->end += (size_t)got;
	}
	return m->end - m->begin >= n;
}

static struct str ready(const struct mbox *m)
{
	return (struct str){ m->buffer + m->begin, m->end - m->begin };
}

/* The line that comes, or as much of it as fits. */
static struct str peek_line(struct mbox *m)
{
	for (;;) {
		size_t seen = m->end - m->begin;
		size_t lf = str_chr(ready(m), '\n');

		if (lf != STR_NONE)
			return str_sub(ready(m), 0, lf + 1);
		if (!want(m, seen + 1))
			return ready(m);
	}
}

static void use(struct mbox *m, struct str piece)
{
	m->begin += piece.len;
	m->offset += piece.len;
	m->is_inside_line = piece.len > 0 && piece.ptr[piece.len - 1] != '\n';
	m->line += !m->is_inside_line;
}

static bool is_blank(struct str line)
{
	return str_eq(line, STR("\n")) || str_eq(line, STR("\r\n"));
}

/* ---- where one mail ends ---- */

static bool is_field_next(struct mbox *m, size_t line_len)
{
	want(m, line_len + MAX_FROM);	/* may move the buffer */
	return import_is_field(str_sub(ready(m), line_len, MAX_FROM));
}

/* Does this line, which begins at buffer[begin], part two mails? */
static bool is_from_line(struct mbox *m, struct str line, int64_t *us)
{
	size_t n = line.len;

	*us = 0;
	if (m->is_inside_line || !str_starts(line, STR("From ")))
		return false;
	if (import_from_date(str_sub(line, 0, MAX_FROM), us))
		return m->is_after_blank || is_field_next(m, n);
	return m->is_after_blank && is_field_next(m, n);
}

static char *mark_here(struct mbox *m)
{
	struct str line = str_sub(peek_line(m), 0, MAX_FROM);
	unsigned char md[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	crypto_sha256(line, md);
	return xasprintf("%" PRIu64 " %s", m->offset, crypto_hex(md, DIGEST, hex));
}

/* Is there a mail to read? Stands behind its "From " line then. */
static bool begin_mail(struct mbox *m)
{
	struct str line = peek_line(m);
	int64_t us;

	m->is_after_blank = true;
	if (!is_from_line(m, line, &us))
		return false;
	line = peek_line(m);
	m->from_offset = m->offset;
	m->from_us = us;
	use(m, line);
	while (m->is_inside_line && want(m, 1))
		use(m, peek_line(m));
	m->is_open = true;
	m->is_after_blank = false;
	m->mail_bytes = 0;
	buf_init(&m->mail, m->max_message + 2);
	return true;
}

/* ---- what a mail says ---- */

static void take(struct mbox *m, struct str piece)
{
	struct str kept = piece;
	size_t arrows = 0;

	if (!m->is_inside_line) {
		while (arrows < piece.len && piece.ptr[arrows] == '>')
			arrows++;
		if (arrows > 0 && str_starts(str_sub(piece, arrows, 5), STR("From ")))
			kept = str_sub(piece, 1, piece.len);
		m->is_after_blank = is_blank(piece);
	}
	buf_add(&m->mail, kept);
	m->mail_bytes += kept.len;
	use(m, piece);
}

/* The empty line before the next "From " is not the mail's. */
static void strip_blank(struct mbox *m)
{
	struct str text = buf_str(&m->mail);

	if (!m->is_after_blank || buf_is_exceeded(&m->mail))
		return;
	m->mail_bytes = text.len - (str_ends(text, STR("\r\n")) ? 2 : 1);
	buf_truncate(&m->mail, m->mail_bytes);
}

static void end_mail(struct mbox *m, struct import_mail *mail)
{
	strip_blank(m);
	mail->origin = xasprintf("%s, byte %" PRIu64, m->path, m->from_offset);
	mail->mark = mark_here(m);
	mail->internaldate_us = m->from_us;
	mail->hint = m->hint;
	if (m->mail_bytes > m->max_message)
		err_setf(&mail->problem, ERR_LIMIT, "it has %" PRIu64 " bytes, ingest.max_message is %zu",
			 m->mail_bytes, m->max_message);
	else if (m->mail_bytes == 0)
		err_setf(&mail->problem, ERR_INPUT, "it is empty");
	if (mail->problem.kind == ERR_NONE) {
		mail->n_bytes = m->mail.len;
		mail->bytes = buf_steal(&m->mail);
	}
	buf_finish(&m->mail);
	m->is_open = false;
	m->reader.done = (int64_t)m->offset;
}

static enum import_step next_mail(struct import_reader *r, struct import_mail *mail, struct err *err)
{
	struct mbox *m = (struct mbox *)r;
	struct str piece;
	bool is_candidate;
	int64_t us;

	if (!m->is_open && !begin_mail(m)) {
		if (m->err.kind == ERR_NONE)
			return IMPORT_END;
		*err = m->err;
		return IMPORT_FAILED;
	}
	for (;;) {
		piece = peek_line(m);
		is_candidate = str_starts(piece, STR("From "));
		if (piece.len == 0 || (is_candidate && is_from_line(m, piece, &us)))
			break;
		take(m, is_candidate ? peek_line(m) : piece);	/* the buffer may have moved */
	}
	if (m->err.kind != ERR_NONE) {	/* half a mail is none */
		*err = m->err;
		return IMPORT_FAILED;
	}
	end_mail(m, mail);
	return IMPORT_MAIL;
}

/* ---- going on ---- */

static bool seek_to(struct mbox *m, uint64_t offset)
{
	if (lseek(m->fd, (off_t)offset, SEEK_SET) < 0)
		return false;
	m->begin = m->end = 0;
	m->offset = offset;
	m->is_eof = m->is_inside_line = m->is_open = false;
	m->err.kind = ERR_NONE;
	m->reader.done = (int64_t)offset;
	return true;
}

static bool resume(struct import_reader *r, struct str mark)
{
	struct mbox *m = (struct mbox *)r;
	uint64_t start = m->offset;
	int64_t offset;
	struct str number;

	if (str_next(&mark, ' ', &number) && str_int64(number, &offset) && offset <= r->total &&
	    seek_to(m, (uint64_t)offset)) {
		auto_free char *here = mark_here(m);
		struct str digest = str_from(here);

		str_next(&digest, ' ', &number);
		if (str_eq(digest, mark) && m->err.kind == ERR_NONE)
			return true;
	}
	seek_to(m, start);
	return false;
}

/* ---- opening ---- */

static void close_mbox(struct import_reader *r)
{
	struct mbox *m = (struct mbox *)r;

	if (m->fd >= 0)
		close(m->fd);
	buf_finish(&m->mail);
	free(m->buffer);
	free(m->path);
	free(m->reader.left_out);
	free(m);
}

static bool explain_first_line(struct mbox *m, struct str line, const char **hint, struct err *err)
{
	if (str_starts(line, STR("\x1f\x8b")) || str_starts(line, STR("PK\x03\x04")) ||
	    str_starts(line, STR("\xfd" "7zXZ")) || str_starts(line, STR("BZh")))
		*hint = "it is compressed: unpack it first";
	else if (import_is_field(line))
		*hint = "it looks like a single mail, of kind eml: daybook import eml PATH";
	else
		*hint = "an mbox begins with a line such as \"From maria@example.com Tue Nov  3 14:02:11 2026\"";
	return err_setf(err, ERR_INPUT, "%s:%" PRIu64 ": this is not an mbox: the first line does not begin with \"From \"",
			m->path, m->line);
}

/* Empty lines at the front do no harm; anything else does. An empty file is an mbox without mails. */
static bool check_start(struct mbox *m, const char **hint, struct err *err)
{
	struct str line = peek_line(m);
	int64_t us;

	while (is_blank(line)) {
		use(m, line);
		line = peek_line(m);
	}
	m->is_after_blank = true;
	if (m->err.kind != ERR_NONE) {
		*err = m->err;
		return false;
	}
	return line.len == 0 || is_from_line(m, line, &us) ||
	       explain_first_line(m, peek_line(m), hint, err);
}

static bool open_file(struct mbox *m, const char **hint, struct err *err)
{
	struct stat st;

	m->fd = open(m->path, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0 || fstat(m->fd, &st) != 0)
		return err_setf(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: %s", m->path, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		*hint = "daybook import maildir PATH, or import eml PATH";
		return err_setf(err, ERR_INPUT, "%s is a folder, not an mbox file", m->path);
	}
	if (!S_ISREG(st.st_mode))
		return err_setf(err, ERR_INPUT, "%s is not a regular file", m->path);
	posix_fadvise(m->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	m->reader.total = st.st_size;
	return true;
}

struct import_reader *import_open_mbox(const char *path, const struct import_options *options,
				       const char **hint, struct err *err)
{
	struct mbox *m = xnew(struct mbox);

	m->reader = (struct import_reader){ .next = next_mail, .resume = resume, .close = close_mbox };
	m->path = xstrdup(path);
	m->fd = -1;
	m->line = 1;
	m->max_message = options->max_message;
	m->hint = import_hint_of_file(path);
	m->buffer = xcalloc(1, BUFFER);
	if (open_file(m, hint, err) && check_start(m, hint, err))
		return &m->reader;
	close_mbox(&m->reader);
	return NULL;
}
