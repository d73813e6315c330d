#include <daybook/err.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_setf(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	va_start(args, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	return false;
}

bool err_prefixf(struct err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	va_list args;
	int n;

	memcpy(inner, err->msg, sizeof(inner));
	va_start(args, fmt);
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(err->msg))
		snprintf(err->msg + n, sizeof(err->msg) - (size_t)n, ": %.*s",
			 (int)sizeof(inner), inner);
	return false;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[ERR_NONE] = "none", [ERR_INPUT] = "input", [ERR_LIMIT] = "limit",
		[ERR_AGAIN] = "again", [ERR_AUTH] = "auth", [ERR_LOGIN] = "login",
		[ERR_THROTTLED] = "throttled", [ERR_DENIED] = "denied",
		[ERR_UNCERTAIN] = "uncertain", [ERR_CONF] = "configuration",
		[ERR_CANCELED] = "canceled", [ERR_FULL] = "full", [ERR_IO] = "io",
		[ERR_MISSING] = "missing", [ERR_BUG] = "bug",
	};

	return (size_t)kind < sizeof(names) / sizeof(*names) ? names[kind] : "unknown";
}
