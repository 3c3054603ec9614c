#include <string.h>

#include <llhttp.h>

#include "common/http/rules.h"
#include "common/http/writer.h"

#define VERSION_BYTES 8 /* "HTTP/1.1" */

struct reading {
	const struct http_limits *limits;
	struct http_head *head;
	size_t room;
	struct slice status_text; /* as llhttp saw it */
	bool too_many;
};

enum status http_fault_set(struct http_fault *f, enum status st,
			   unsigned status, const char *why)
{
	f->status = status;
	f->why = why;
	return st;
}

static struct slice span(const char *at, size_t n)
{
	return (struct slice){at, n};
}

static struct reading *reading_of(llhttp_t *l)
{
	return l->data;
}

static int on_method(llhttp_t *l, const char *at, size_t n)
{
	reading_of(l)->head->method_text = span(at, n);
	return 0;
}

static int on_target(llhttp_t *l, const char *at, size_t n)
{
	reading_of(l)->head->target = span(at, n);
	return 0;
}

static int on_reason(llhttp_t *l, const char *at, size_t n)
{
	reading_of(l)->head->reason = span(at, n);
	return 0;
}

static int on_name(llhttp_t *l, const char *at, size_t n)
{
	struct reading *r = reading_of(l);
	if (r->head->n_headers == r->room) {
		r->too_many = true;
		return -1;
	}
	struct http_header *h = &r->head->header[r->head->n_headers++];
	*h = http_header_make(span(at, n), span(at + n, 0));
	return 0;
}

static int on_value(llhttp_t *l, const char *at, size_t n)
{
	struct http_head *h = reading_of(l)->head;
	if (h->n_headers == 0)
		return -1;
	h->header[h->n_headers - 1].value = slice_trim(span(at, n));
	return 0;
}

/* The body is framed by our own rules, so llhttp is to look no further. */
static int on_complete(llhttp_t *l)
{
	(void)l;
	return HPE_PAUSED;
}

static struct slice first_line(struct slice head)
{
	size_t n = slice_find(head, '\n');
	return span(head.p, n > 0 ? n - 1 : 0);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/2.0", whatever the digits. */
static bool names_a_version(struct slice text)
{
	return text.n == VERSION_BYTES && slice_starts(text, SLICE("HTTP/")) &&
	       is_digit(text.p[5]) && text.p[6] == '.' && is_digit(text.p[7]);
}

static bool is_version(struct slice text, unsigned *minor)
{
	if (text.n != VERSION_BYTES || !slice_starts(text, SLICE("HTTP/1.")))
		return false;
	*minor = (unsigned)(text.p[7] - '0');
	return *minor <= 1;
}

/* Method, target and version with one blank between: nothing more, nothing
 * in another order. */
static enum status check_request_line(struct slice line, struct http_head *h,
				      struct http_fault *f)
{
	size_t n = slice_find(line, ' ');
	struct slice method = span(line.p, n);
	if (!http_is_token(method) || n == line.n)
		return http_fault_set(f, ERR_INVALID, 400,
				      "the request line is malformed");
	struct slice rest = slice_from(line, n + 1);
	size_t target = slice_find(rest, ' ');
	struct slice version = slice_from(rest, target < rest.n ? target + 1
								: target);
	if (!names_a_version(version))
		return http_fault_set(f, ERR_INVALID, 400,
				      "the request line is malformed");
	if (!is_version(version, &h->minor))
		return http_fault_set(f, ERR_UNSUPPORTED, 505,
				      "only HTTP/1.0 and HTTP/1.1 are spoken");
	h->method_text = method;
	h->target = span(rest.p, target);
	h->method = http_method_of(method);
	return OK;
}

static enum status check_status_line(struct slice line, struct http_head *h,
				     struct http_fault *f)
{
	const char *p = line.p + VERSION_BYTES;
	bool whole = line.n >= 12 &&
		     is_version(span(line.p, VERSION_BYTES), &h->minor) &&
		     p[0] == ' ' && is_digit(p[1]) && is_digit(p[2]) &&
		     is_digit(p[3]) && (line.n == 12 || p[4] == ' ') &&
		     http_is_field_value(line);
	if (!whole)
		return http_fault_set(f, ERR_INVALID, 502,
				      "the status line is malformed");
	h->status = (unsigned)((p[1] - '0') * 100 + (p[2] - '0') * 10 +
			       (p[3] - '0'));
	if (h->status < 100 || h->status > 599)
		return http_fault_set(f, ERR_INVALID, 502,
				      "the status is none of 100 to 599");
	h->reason = line.n > 13 ? slice_from(line, 13) : span(line.p, 0);
	return OK;
}

static enum status check_first_line(enum http_side side, struct slice line,
				    const struct http_limits *limits,
				    struct http_head *h, struct http_fault *f)
{
	if (side == HTTP_CLIENT)
		return check_status_line(line, h, f);
	enum status st = check_request_line(line, h, f);
	if (st != OK)
		return st;
	if (limits->max_target_bytes > 0 &&
	    h->target.n > limits->max_target_bytes)
		return http_fault_set(f, ERR_LIMIT, 414,
				      "the request's target is too long");
	return OK;
}

/* What llhttp's refusal means to the peer. */
static enum status refusal(enum http_side side, const llhttp_t *l,
			   const struct reading *r, struct http_fault *f)
{
	if (side == HTTP_CLIENT)
		return http_fault_set(f, ERR_INVALID, 502,
				      "the answer's head is malformed");
	if (r->too_many)
		return http_fault_set(f, ERR_LIMIT, 431,
				      "there are too many headers");
	switch (llhttp_get_errno(l)) {
	case HPE_INVALID_METHOD:
		return http_fault_set(f, ERR_UNSUPPORTED, 501,
				      "the method is not known");
	case HPE_INVALID_URL:
		return http_fault_set(f, ERR_INVALID, 400,
				      "the request's target is malformed");
	case HPE_INVALID_CONTENT_LENGTH:
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return http_fault_set(f, ERR_INVALID, 400,
				      "Content-Length is malformed, repeated "
				      "or beside Transfer-Encoding");
	case HPE_INVALID_TRANSFER_ENCODING:
		return http_fault_set(f, ERR_INVALID, 400,
				      "Transfer-Encoding is malformed");
	default:
		return http_fault_set(f, ERR_INVALID, 400,
				      "a header is malformed");
	}
}

static const llhttp_settings_t settings = {
	.on_method = on_method,
	.on_url = on_target,
	.on_status = on_reason,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_headers_complete = on_complete,
};

static bool same(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || a.p == b.p);
}

static const struct slice method[HTTP_METHOD_OTHER] = {
	[HTTP_METHOD_GET] = SLICE("GET"),
	[HTTP_METHOD_HEAD] = SLICE("HEAD"),
	[HTTP_METHOD_POST] = SLICE("POST"),
	[HTTP_METHOD_PUT] = SLICE("PUT"),
	[HTTP_METHOD_DELETE] = SLICE("DELETE"),
	[HTTP_METHOD_OPTIONS] = SLICE("OPTIONS"),
	[HTTP_METHOD_PATCH] = SLICE("PATCH"),
};

enum http_method http_method_of(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(method); i++)
		if (name.n == method[i].n && name.p[0] == method[i].p[0] &&
		    memcmp(name.p, method[i].p, name.n) == 0)
			return (enum http_method)i;
	return HTTP_METHOD_OTHER;
}

struct slice http_method_name(enum http_method m)
{
	return m < HTTP_METHOD_OTHER ? method[m] : (struct slice){NULL, 0};
}

/* llhttp has checked what names and values are made of. */
static enum status look(enum http_side side, const struct http_head *h,
			struct http_seen *seen, struct http_fault *f)
{
	*seen = (struct http_seen){0};
	for (size_t i = 0; i < h->n_headers; i++) {
		if (h->header[i].name.n == 0)
			return http_fault_set(f, ERR_INVALID,
					      side == HTTP_SERVER ? 400 : 502,
					      "a header has no name");
		http_see(seen, &h->header[i]);
	}
	return OK;
}

enum status http_head_read(enum http_side side, struct slice head,
			   const struct http_limits *limits,
			   struct http_header *header, size_t room,
			   struct http_head *out, struct http_seen *seen,
			   struct http_fault *fault)
{
	struct http_head ours = {.content_length = -1};
	struct http_head theirs = {.content_length = -1, .header = header};
	enum status st = check_first_line(side, first_line(head), limits, &ours,
					  fault);
	if (st != OK)
		return st;
	struct reading r = {.limits = limits, .head = &theirs, .room = room};
	llhttp_t l;
	llhttp_init(&l, side == HTTP_SERVER ? HTTP_REQUEST : HTTP_RESPONSE,
		    &settings);
	l.data = &r;
	if (llhttp_execute(&l, head.p, head.n) != HPE_PAUSED)
		return refusal(side, &l, &r, fault);
	bool agree = same(ours.method_text, theirs.method_text) &&
		     same(ours.target, theirs.target) &&
		     ours.status == l.status_code;
	if (!agree)
		return http_fault_set(fault, ERR_INVALID,
				      side == HTTP_SERVER ? 400 : 502,
				      "the first line is malformed");
	ours.header = header;
	ours.n_headers = theirs.n_headers;
	st = look(side, &ours, seen, fault);
	if (st == OK)
		*out = ours;
	return st;
}
