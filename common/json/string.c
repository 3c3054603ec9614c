#include "common/json/string.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json/escape.h"
#include "common/json/span.h"

/* What stands between the quotes. */
static bool inside(struct slice raw, struct slice *out)
{
	if (raw.n < 2 || raw.p[0] != '"' || raw.p[raw.n - 1] != '"')
		return false;
	*out = (struct slice){raw.p + 1, raw.n - 2};
	return true;
}

bool json_escaped_equal(struct slice raw, struct slice text)
{
	struct slice in;
	if (!inside(raw, &in))
		return false;
	const char *p = in.p, *end = in.p + in.n;
	if (!memchr(p, '\\', in.n))
		return false;
	size_t at = 0;
	while (p < end) {
		char c[4] = {*p};
		const char *why;
		size_t n = 1;
		if (*p != '\\')
			p++;
		else if ((n = json_escape(&p, end, c, &why)) == 0)
			return false;
		if (text.n - at < n || memcmp(text.p + at, c, n) != 0)
			return false;
		at += n;
	}
	return at == text.n;
}

enum status json_unescape(struct slice raw, char *to, size_t *n)
{
	struct slice in;
	if (!inside(raw, &in))
		return ERR_INVALID;
	const char *p = in.p, *end = in.p + in.n;
	char *at = to;
	/* The output is never ahead of the input, so the room that is left is
	 * at least what is left to read. */
	while ((p = json_copy_plain(p, end, &at)) < end) {
		const char *why;
		size_t got = json_escape(&p, end, at, &why);
		if (got == 0)
			return ERR_INVALID;
		at += got;
	}
	*n = (size_t)(at - to);
	return OK;
}

enum status json_text(struct slice raw, struct arena *arena, struct slice *out)
{
	struct slice in;
	if (!inside(raw, &in))
		return ERR_INVALID;
	if (!memchr(in.p, '\\', in.n)) {
		*out = in;
		return OK;
	}
	char *to = arena_alloc(arena, raw.n);
	size_t n;
	enum status st = json_unescape(raw, to, &n);
	if (st != OK)
		return st;
	*out = (struct slice){to, n};
	return OK;
}

enum status json_int(struct slice raw, int64_t *out)
{
	bool negative = raw.n > 0 && raw.p[0] == '-';
	struct slice digits = slice_from(raw, negative);
	uint64_t max = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t value;
	if (digits.n == 0)
		return ERR_INVALID;
	enum status st = slice_to_u64(digits, max, &value);
	if (st != OK)
		return st;
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return OK;
}

enum status json_double(struct slice raw, double *out)
{
	struct json_value v;
	char text[64], *end;
	if (json_check(raw, 0, &v) != OK || v.type != JSON_TYPE_NUMBER)
		return ERR_INVALID;
	if (raw.n >= sizeof(text))
		return ERR_LIMIT;
	memcpy(text, raw.p, raw.n);
	text[raw.n] = '\0';
	double value = strtod(text, &end);
	if (!isfinite(value))
		return ERR_LIMIT;
	*out = value;
	return OK;
}
