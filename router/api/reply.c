#include "router/api/reply.h"

#include <stdarg.h>
#include <stdio.h>

void api_error_set(struct api_error *e, unsigned status, const char *param,
		   const char *code, const char *fmt, ...)
{
	va_list args;
	*e = (struct api_error){
		.status = status,
		.param = param,
		.code = code,
	};
	va_start(args, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, args);
	va_end(args);
}

struct type_row {
	unsigned status; /* 0: all others of the kind */
	const char *openai, *anthropic;
};

static const struct type_row types[] = {
	{401, "authentication_error", "authentication_error"},
	{403, "permission_error", "permission_error"},
	{404, "not_found_error", "not_found_error"},
	{413, "invalid_request_error", "request_too_large"},
	{429, "rate_limit_exceeded", "rate_limit_error"},
	{503, "service_unavailable", "overloaded_error"},
	{504, "timeout", "timeout_error"},
	{529, "overloaded_error", "overloaded_error"},
};

const char *api_error_type(enum api_dialect d, unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].status == status)
			return d == API_ANTHROPIC ? types[i].anthropic
						  : types[i].openai;
	if (status < 500)
		return "invalid_request_error";
	return d == API_ANTHROPIC ? "api_error" : "server_error";
}

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "\"%s\":", name);
	if (text)
		buf_json_string(out, slice_of(text));
	else
		buf_puts(out, "null");
}

void api_error_body(const struct api_error *e, enum api_dialect d,
		    struct buf *out)
{
	const char *type = api_error_type(d, e->status);
	if (d == API_ANTHROPIC) {
		buf_puts(out, "{\"type\":\"error\",\"error\":{");
		put_text(out, "type", type);
		buf_putc(out, ',');
		put_text(out, "message", e->message);
		buf_puts(out, "}}");
		return;
	}
	buf_puts(out, "{\"error\":{");
	put_text(out, "message", e->message);
	buf_putc(out, ',');
	put_text(out, "type", type);
	buf_putc(out, ',');
	put_text(out, "param", e->param);
	buf_putc(out, ',');
	put_text(out, "code", e->code);
	buf_puts(out, "}}");
}

void api_error_event(const struct api_error *e, enum api_dialect d,
		     struct buf *out)
{
	if (d == API_ANTHROPIC)
		buf_puts(out, "event: error\n");
	buf_puts(out, "data: ");
	api_error_body(e, d, out);
	buf_puts(out, "\n\n");
}
