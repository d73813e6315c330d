#include "cli/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

enum { MAX_PAYLOAD = 64 << 20, PIECE = 64 << 10 };

static bool read_all(int fd, struct buf *out, const char *path, struct err *err)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, (struct str){ piece, (size_t)n });
	if (n < 0)
		return err_setf(err, ERR_MISSING, "%.300s: %s", path, strerror(errno));
	if (buf_is_exceeded(out))
		return err_setf(err, ERR_LIMIT, "%.300s is larger than %d MB: that is no payload", path, MAX_PAYLOAD >> 20);
	if (out->len == 0)
		return err_setf(err, ERR_INPUT, "%.300s is empty", path);
	return true;
}

/* What a client would say: a browser's boundary stands in the first line. */
static char *guess_type(const struct connector *type, struct str body)
{
	struct str rest = str_trim(body), line;

	if (type->routes == NULL)
		return xstrdup("message/rfc822");
	if (str_starts(rest, STR("{")) || str_starts(rest, STR("[")))
		return xstrdup("application/json");
	if (str_starts(rest, STR("--")) && str_next(&rest, '\n', &line)) {
		line = str_trim(str_sub(line, 2, SIZE_MAX));
		return xasprintf("multipart/form-data; boundary=\"" STR_FMT "\"", STR_ARG(str_sub(line, 0, 200)));
	}
	return xstrdup("application/x-www-form-urlencoded");
}

bool payload_read(struct payload *p, const char *path, const struct connector *type, const char *content_type,
		  struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	auto_close int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct buf body;
	bool ok;

	*p = (struct payload){ .bytes = NULL };
	if (fd < 0)
		return err_setf(err, ERR_MISSING, "%.300s: %s", path, strerror(errno));
	buf_init(&body, MAX_PAYLOAD);
	ok = read_all(fd, &body, path, err);
	if (ok) {
		p->content_type = content_type ? xstrdup(content_type) : guess_type(type, buf_str(&body));
		p->raw = (struct raw){ .content_type = str_from(p->content_type), .received_us = clock_wall_us() };
		p->raw.body.len = body.len;
		p->raw.body.ptr = p->bytes = buf_steal(&body);
	}
	buf_finish(&body);
	return ok;
}

void payload_finish(struct payload *p)
{
	free(p->bytes);
	free(p->content_type);
}
