/* One line an event: a constant message and key=value fields, to stderr (with <level> prefixes where
 * the journal listens). Never blocks: a line that stderr does not take is dropped and counted. Any
 * thread. Personal data (addresses, text, file names, tokens) never above debug. */
#pragma once

#include <daybook/str.h>

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_ };

/* Fields that every line of this context carries, ready-made: " connector=loja type=whatsapp". */
struct log_ctx {
	char fields[160];
};

struct log_kv {
	const char *key;
	enum { LOG_KV_STR, LOG_KV_INT } type;
	struct str s;
	int64_t i;
};

void log_setup(enum log_level level);
void log_ctx_add(struct log_ctx *ctx, const char *key, struct str value);
unsigned long log_dropped(void);

/* A report that is several lines already, as it is, in pieces that stderr takes; never blocks either. */
void log_report(struct str text);

/* ctx may be NULL. kvs ends with a NULL key. */
void log_line(enum log_level level, const struct log_ctx *ctx, const char *message,
	      const struct log_kv *kvs);

#define kv_s(key, cstr) ((struct log_kv){ (key), LOG_KV_STR, str_from(cstr), 0 })
#define kv_str(key, str) ((struct log_kv){ (key), LOG_KV_STR, (str), 0 })
#define kv_i(key, n) ((struct log_kv){ (key), LOG_KV_INT, { NULL, 0 }, (int64_t)(n) })
#define LOG_KVS(...) ((const struct log_kv[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } })
#define log_error(ctx, msg, ...) log_line(LOG_ERROR_, (ctx), (msg), LOG_KVS(__VA_ARGS__))
#define log_warn(ctx, msg, ...) log_line(LOG_WARN_, (ctx), (msg), LOG_KVS(__VA_ARGS__))
#define log_info(ctx, msg, ...) log_line(LOG_INFO_, (ctx), (msg), LOG_KVS(__VA_ARGS__))
#define log_debug(ctx, msg, ...) log_line(LOG_DEBUG_, (ctx), (msg), LOG_KVS(__VA_ARGS__))
