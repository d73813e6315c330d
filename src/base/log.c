#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_ = 2048, VALUE_MAX = 600 };

static enum log_level threshold = LOG_INFO_;
static bool to_journal;
static atomic_ulong dropped;

void log_setup(enum log_level level)
{
	threshold = level;
	to_journal = getenv("JOURNAL_STREAM") != NULL;
}

unsigned long log_dropped(void)
{
	return atomic_load(&dropped);
}

struct line {
	char text[LINE_MAX_];
	size_t len;
};

static void put(struct line *l, const char *bytes, size_t n)
{
	if (n > sizeof(l->text) - 1 - l->len)
		n = sizeof(l->text) - 1 - l->len;
	memcpy(l->text + l->len, bytes, n);
	l->len += n;
}

/* A forged line break, an escape sequence or a bidi mark must not reach a terminal. */
static void put_value(struct line *l, struct str s)
{
	bool quote = s.len == 0 || str_chr(s, ' ') != STR_NONE || str_chr(s, '"') != STR_NONE ||
		     str_chr(s, '=') != STR_NONE;
	bool is_utf8 = str_is_utf8(s);
	char hex[5];

	s = str_sub(s, 0, VALUE_MAX);
	if (quote)
		put(l, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_mark = c == 0xe2 && i + 1 < s.len &&
			       ((unsigned char)s.ptr[i + 1] == 0x80 ||
				(unsigned char)s.ptr[i + 1] == 0x81);

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && (!is_utf8 || is_mark)) || c == 0xc2) {
			snprintf(hex, sizeof(hex), "\\x%02x", c);
			put(l, hex, 4);
		} else if (c == '"' || c == '\\') {
			put(l, "\\", 1);
			put(l, (char *)&c, 1);
		} else {
			put(l, (char *)&c, 1);
		}
	}
	if (quote)
		put(l, "\"", 1);
}

static void put_field(struct line *l, const struct log_kv *kv)
{
	char number[24];

	put(l, " ", 1);
	put(l, kv->key, strlen(kv->key));
	put(l, "=", 1);
	if (kv->type == LOG_KV_STR) {
		put_value(l, kv->s);
		return;
	}
	snprintf(number, sizeof(number), "%lld", (long long)kv->i);
	put(l, number, strlen(number));
}

void log_ctx_add(struct log_ctx *ctx, const char *key, struct str value)
{
	struct line l = { .len = 0 };
	size_t used = strlen(ctx->fields);

	put_field(&l, &(struct log_kv){ key, LOG_KV_STR, value, 0 });
	if (used + l.len < sizeof(ctx->fields)) {
		memcpy(ctx->fields + used, l.text, l.len);
		ctx->fields[used + l.len] = '\0';
	}
}

/* A pipe that says it has room takes that much without waiting. */
static bool is_written(struct str piece)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && write(STDERR_FILENO, piece.ptr, piece.len) >= 0;
}

void log_report(struct str text)
{
	while (text.len > 0) {
		size_t n = text.len < PIPE_BUF ? text.len : PIPE_BUF;

		if (!is_written(str_sub(text, 0, n))) {
			atomic_fetch_add(&dropped, 1);
			return;
		}
		text = str_sub(text, n, text.len);
	}
}

void log_line(enum log_level level, const struct log_ctx *ctx, const char *message,
	      const struct log_kv *kvs)
{
	static const char *const journal[] = { "<3>", "<4>", "<6>", "<7>" };
	static const char *const plain[] = { "error: ", "warning: ", "", "debug: " };
	struct line l = { .len = 0 };
	const char *head;

	if (level > threshold)
		return;
	head = to_journal ? journal[level] : plain[level];
	put(&l, head, strlen(head));
	put(&l, message, strlen(message));
	if (ctx != NULL)
		put(&l, ctx->fields, strlen(ctx->fields));
	for (; kvs->key != NULL; kvs++)
		put_field(&l, kvs);
	l.text[l.len++] = '\n';
	if (!is_written((struct str){ l.text, l.len }))
		atomic_fetch_add(&dropped, 1);
}
