#include "common/http/parser.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"

#define KEEP_HEAD_BYTES 4096
#define KEEP_HEADERS    64

void http_parser_init(struct http_parser *p, enum http_side side,
		      const struct http_limits *limits,
		      const struct http_events *events, void *arg)
{
	*p = (struct http_parser){
		.side = side,
		.limits = limits,
		.events = events,
		.arg = arg,
	};
	buf_init(&p->head_bytes);
}

static void free_headers(struct http_parser *p)
{
	mem_free(p->header);
	p->header = NULL;
	p->n_header_room = 0;
}

void http_parser_fini(struct http_parser *p)
{
	buf_fini(&p->head_bytes);
	free_headers(p);
}

void http_parser_next(struct http_parser *p)
{
	ASSERT(p->state == HTTP_DONE || !http_parser_begun(p));
	p->state = HTTP_IN_HEAD;
	buf_reset(&p->head_bytes, KEEP_HEAD_BYTES);
	if (p->n_header_room > KEEP_HEADERS)
		free_headers(p);
	p->line_bytes = 0;
	p->head = (struct http_head){.content_length = -1};
	p->left = p->body_bytes = 0;
	p->interim = p->blank_lines = 0;
	p->no_body = false;
}

void http_parser_idle(struct http_parser *p)
{
	ASSERT(!http_parser_begun(p));
	buf_reset(&p->head_bytes, 0);
	free_headers(p);
}

void http_parser_stop(struct http_parser *p)
{
	p->stopped = true;
}

void http_parser_expect_no_body(struct http_parser *p)
{
	ASSERT(p->side == HTTP_CLIENT);
	p->no_body = true;
}

bool http_parser_begun(const struct http_parser *p)
{
	return p->state != HTTP_IN_HEAD || buf_len(&p->head_bytes) > 0;
}

unsigned http_parser_error_status(const struct http_parser *p)
{
	return p->side == HTTP_CLIENT ? 502 : p->fault.status;
}

const char *http_parser_why(const struct http_parser *p)
{
	return p->fault.why ? p->fault.why : "";
}

static enum status fault(struct http_parser *p, enum status st, unsigned status,
			 const char *why)
{
	return http_fault_set(&p->fault, st, status, why);
}

/* Bytes up to the end of the head's empty line, or all there are. `whole`
 * if that line is among them. */
static size_t head_part(struct http_parser *p, struct slice bytes, bool *whole)
{
	size_t at = 0;
	*whole = false;
	while (at < bytes.n) {
		const char *start = bytes.p + at;
		const char *lf = memchr(start, '\n', bytes.n - at);
		if (!lf) {
			p->line_bytes += bytes.n - at;
			return bytes.n;
		}
		size_t line = p->line_bytes + (size_t)(lf - start);
		at += (size_t)(lf - start) + 1;
		p->line_bytes = 0;
		/* "" or "\r": malformed or not, the head ends here. */
		if (line <= 1) {
			*whole = true;
			return at;
		}
	}
	return at;
}

static size_t count_lines(struct slice s)
{
	size_t n = 0;
	for (const char *p = s.p; (p = memchr(p, '\n', s.n)); n++) {
		p++;
		s.n -= (size_t)(p - s.p);
		s.p = p;
	}
	return n;
}

static enum status room_for_headers(struct http_parser *p)
{
	/* All lines but the first and the empty one. */
	size_t n = count_lines(buf_slice(&p->head_bytes));
	n = n > 2 ? n - 2 : 0;
	if (n > p->limits->max_headers)
		return fault(p, ERR_LIMIT, 431, "there are too many headers");
	if (n <= p->n_header_room)
		return OK;
	free_headers(p);
	p->n_header_room = n < 16 ? 16 : n;
	p->header = mem_array(p->n_header_room, sizeof(*p->header));
	return OK;
}

static enum status read_head(struct http_parser *p)
{
	struct slice head = buf_slice(&p->head_bytes);
	enum status st = http_check_lines(head, &p->fault);
	if (st == OK)
		st = room_for_headers(p);
	if (st == OK)
		st = http_head_read(p->side, head, p->limits, p->header,
				    p->n_header_room, &p->head, &p->fault);
	if (st == OK)
		st = http_head_judge(p->side, p->no_body, &p->head, &p->fault);
	if (st != OK)
		return st;
	uint64_t max = p->limits->max_body_bytes;
	if (max > 0 && p->head.framing == HTTP_LENGTH &&
	    (uint64_t)p->head.content_length > max)
		return fault(p, ERR_LIMIT, 413, "the body is too large");
	return OK;
}

/* An interim answer: forgotten, the final one follows. */
static enum status skip_interim(struct http_parser *p)
{
	if (p->head.status == 101)
		return fault(p, ERR_INVALID, 502,
			     "a change of protocol that nobody asked for");
	if (++p->interim > HTTP_MAX_INTERIM)
		return fault(p, ERR_LIMIT, 502, "too many interim answers");
	buf_reset(&p->head_bytes, KEEP_HEAD_BYTES);
	return OK;
}

static enum status head_complete(struct http_parser *p)
{
	/* Some clients send an empty line behind a body (RFC 9112 2.2). */
	if (p->side == HTTP_SERVER && buf_len(&p->head_bytes) == 2 &&
	    p->blank_lines++ == 0) {
		struct slice line = buf_slice(&p->head_bytes);
		if (!slice_equal(line, SLICE("\r\n")))
			return fault(p, ERR_INVALID, 400,
				     "the request line is malformed");
		buf_reset(&p->head_bytes, KEEP_HEAD_BYTES);
		return OK;
	}
	enum status st = read_head(p);
	if (st != OK)
		return st;
	if (p->side == HTTP_CLIENT && p->head.status < 200)
		return skip_interim(p);
	p->state = HTTP_IN_BODY;
	p->left = p->head.framing == HTTP_LENGTH
			  ? (uint64_t)p->head.content_length
			  : 0;
	http_chunked_init(&p->chunked);
	p->events->head(p->arg, &p->head);
	return OK;
}

static bool may_begin(enum http_side side, char c)
{
	if (side == HTTP_CLIENT)
		return c == 'H';
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r';
}

static bool has_line(struct slice s)
{
	return slice_find(s, '\n') < s.n;
}

static enum status too_long(struct http_parser *p, struct slice bytes)
{
	bool first = !has_line(buf_slice(&p->head_bytes)) && !has_line(bytes);
	return fault(p, ERR_LIMIT, first ? 414 : 431, "the head is too long");
}

static enum status take_head(struct http_parser *p, struct slice bytes,
			     size_t *taken)
{
	bool whole;
	if (buf_len(&p->head_bytes) == 0 && !may_begin(p->side, bytes.p[0]))
		return fault(p, ERR_INVALID, 400, "this is not HTTP");
	size_t n = head_part(p, bytes, &whole);
	struct slice part = {bytes.p, n};
	if (n > p->limits->max_head_bytes - buf_len(&p->head_bytes))
		return too_long(p, part);
	buf_append(&p->head_bytes, part);
	*taken = n;
	return whole ? head_complete(p) : OK;
}

static enum status tell_body(struct http_parser *p, struct slice bytes)
{
	uint64_t max = p->limits->max_body_bytes;
	if (bytes.n == 0)
		return OK;
	if (max > 0 && bytes.n > max - p->body_bytes)
		return fault(p, ERR_LIMIT, 413, "the body is too large");
	p->body_bytes += bytes.n;
	p->events->body(p->arg, bytes);
	return OK;
}

static enum status take_chunked(struct http_parser *p, struct slice bytes,
				size_t *taken)
{
	struct slice part;
	enum status st = http_chunked_step(&p->chunked, bytes, taken, &part);
	if (st != OK)
		return fault(p, st, 400, p->chunked.why);
	return tell_body(p, part);
}

static enum status take_body(struct http_parser *p, struct slice bytes,
			     size_t *taken)
{
	if (p->head.framing == HTTP_CHUNKED)
		return take_chunked(p, bytes, taken);
	if (p->head.framing == HTTP_LENGTH) {
		if (bytes.n > p->left)
			bytes.n = (size_t)p->left;
		p->left -= bytes.n;
	}
	*taken = bytes.n;
	return tell_body(p, bytes);
}

static bool body_is_whole(const struct http_parser *p)
{
	switch (p->head.framing) {
	case HTTP_LENGTH: return p->left == 0;
	case HTTP_CHUNKED: return http_chunked_done(&p->chunked);
	case HTTP_UNTIL_CLOSE: return false;
	default: return true;
	}
}

static void end_message(struct http_parser *p)
{
	p->state = HTTP_DONE;
	p->events->end(p->arg);
}

enum status http_parser_feed(struct http_parser *p, struct slice bytes,
			     size_t *consumed)
{
	size_t at = 0;
	enum status st = OK;
	ASSERT(p->state != HTTP_BROKEN);
	p->stopped = false;
	while (st == OK && !p->stopped && p->state != HTTP_DONE) {
		size_t taken = 0;
		if (p->state == HTTP_IN_BODY && body_is_whole(p)) {
			end_message(p);
			continue;
		}
		if (at == bytes.n)
			break;
		struct slice left = slice_from(bytes, at);
		st = p->state == HTTP_IN_HEAD ? take_head(p, left, &taken)
					      : take_body(p, left, &taken);
		at += taken;
	}
	*consumed = at;
	if (st != OK)
		p->state = HTTP_BROKEN;
	return st;
}

enum status http_parser_finish(struct http_parser *p)
{
	ASSERT(p->state != HTTP_BROKEN);
	if (p->state == HTTP_DONE || !http_parser_begun(p))
		return ERR_CLOSED;
	if (p->state == HTTP_IN_BODY &&
	    (p->head.framing == HTTP_UNTIL_CLOSE || body_is_whole(p))) {
		end_message(p);
		return OK;
	}
	p->state = HTTP_BROKEN;
	return fault(p, ERR_INVALID, 400, "the message was cut");
}
