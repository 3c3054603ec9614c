#include "common/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum status error_set(struct error *err, enum status status, const char *fmt,
		      ...)
{
	va_list args;

	if (err == NULL)
		return status;
	err->status = status;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return status;
}

const char *status_name(enum status status)
{
	static const char *const name[] = {
		[OK] = "ok",
		[ERR_INVALID] = "invalid",
		[ERR_LIMIT] = "limit",
		[ERR_NOT_FOUND] = "not found",
		[ERR_UNSUPPORTED] = "unsupported",
		[ERR_IO] = "input/output error",
		[ERR_CLOSED] = "closed",
		[ERR_AGAIN] = "again",
		[ERR_TIMEOUT] = "time-out",
	};

	if ((size_t)status >= ARRAY_LEN(name))
		return "unknown";
	return name[status];
}
