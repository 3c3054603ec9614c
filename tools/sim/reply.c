#include "tools/sim/reply.h"

#include "tools/sim/ask.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <stdio.h>
#include <string.h>

static const char *reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 429: return "Too Many Requests";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	default: return "Status";
	}
}

static void add_header(struct evhttp_request *req, const char *name,
		       const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(req), name, value);
}

void reply_bytes(struct evhttp_request *req, int status, const char *type,
		 struct slice body)
{
	struct evbuffer *out = evbuffer_new();

	add_header(req, "Server", "warmpath-sim");
	if (type)
		add_header(req, "Content-Type", type);
	evbuffer_add(out, body.p, body.n);
	evhttp_send_reply(req, status, reason(status), out);
	evbuffer_free(out);
}

void reply_json(struct evhttp_request *req, int status, struct slice body)
{
	reply_bytes(req, status, "application/json", body);
}

void reply_empty(struct evhttp_request *req, int status)
{
	reply_bytes(req, status, "text/plain; charset=utf-8",
		    (struct slice){0});
}

void reply_error(struct evhttp_request *req, int status, const char *type,
		 const char *param, const char *message)
{
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "{\"error\":{\"message\":");
	buf_json_string(&b, slice_of(message));
	buf_puts(&b, ",\"type\":");
	buf_json_string(&b, slice_of(type));
	buf_puts(&b, ",\"param\":");
	if (param)
		buf_json_string(&b, slice_of(param));
	else
		buf_puts(&b, "null");
	buf_printf(&b, ",\"code\":%d}}", status);
	reply_json(req, status, buf_slice(&b));
	buf_fini(&b);
}

void reply_retry_after(struct evhttp_request *req, uint64_t s)
{
	char text[24];

	if (s == 0)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)s);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Retry-After",
			  text);
}

void reply_refusal(struct evhttp_request *req, const struct refusal *no)
{
	reply_error(req, no->status, no->type, no->param, no->text);
}

struct slice request_body(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	return (struct slice){n ? (char *)evbuffer_pullup(in, -1) : NULL, n};
}

struct slice request_header(struct evhttp_request *req, const char *name)
{
	const char *value = evhttp_find_header(
		evhttp_request_get_input_headers(req), name);

	return value ? slice_of(value) : (struct slice){0};
}
