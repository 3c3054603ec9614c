#include "tools/sim/leg_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool leg_fail(struct leg_fault *f, enum complaint_kind kind, const char *fmt,
	      ...)
{
	va_list args;

	f->kind = kind;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	return false;
}

struct slice leg_member(json_t *object, const char *key)
{
	json_t *j = json_object_get(object, key);

	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

bool leg_copy(struct slice s, const char *key, char *to, size_t size,
	      struct leg_fault *f)
{
	if (s.n == 0)
		return leg_fail(f, COMPLAINT_MISSING,
				"%s is not there, or no text", key);
	if (s.n >= size)
		return leg_fail(f, COMPLAINT_MISSING,
				"%s is longer than %zu bytes", key, size - 1);
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return true;
}

bool leg_text(json_t *object, const char *key, char *to, size_t size,
	      struct leg_fault *f)
{
	return leg_copy(leg_member(object, key), key, to, size, f);
}

bool leg_port(json_t *value, const char *key, uint16_t *to, struct leg_fault *f)
{
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > 65535)
		return leg_fail(f, COMPLAINT_MISSING,
				"%s is not there, or no port number", key);
	*to = (uint16_t)json_integer_value(value);
	return true;
}

bool leg_address(struct slice s, const char *key, struct leg_address *to,
		 struct leg_fault *f)
{
	struct slice host = s, port = s;
	uint64_t number;

	while (host.n > 0 && host.p[host.n - 1] != ':')
		host.n--;
	port = slice_from(s, host.n);
	host.n -= host.n > 0;
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct slice){host.p + 1, host.n - 2};
	if (slice_to_u64(port, 65535, &number) != OK || number == 0)
		return leg_fail(f, COMPLAINT_MISSING,
				"%s is no host with a port", key);
	to->port = (uint16_t)number;
	return leg_copy(host, key, to->host, sizeof(to->host), f);
}
