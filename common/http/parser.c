#include "common/http/parser.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/http/plain.h"

/* A head that is longer is taken the long way. */
#define MAX_PLAIN_BYTES 8192

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
}

void http_parser_fini(struct http_parser *p)
{
	http_parser_forget_head(p);
}

void http_parser_next(struct http_parser *p)
{
	ASSERT(p->state == HTTP_DONE || !http_parser_begun(p));
	http_parser_forget_head(p);
	p->state = HTTP_IN_HEAD;
	p->body_bytes = 0;
	p->interim = p->blank_lines = 0;
	p->no_body = false;
}

void http_parser_forget_head(struct http_parser *p)
{
	http_room_give_back(p->rooms, p->room);
	p->room = NULL;
}

void http_parser_share(struct http_parser *p, struct http_rooms *rooms)
{
	ASSERT(p->room == NULL);
	p->rooms = rooms;
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
	return p->state != HTTP_IN_HEAD ||
	       (p->room != NULL && buf_len(&p->room->bytes) > 0);
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

static enum status bad_line(struct http_parser *p, const char *why)
{
	return fault(p, ERR_INVALID, 400, why);
}

/* A line has ended at `lf`, which is in the part being read. */
static enum status check_line(struct http_parser *p, const char *lf,
			      bool part_begins)
{
	struct slice held = buf_slice(&p->room->bytes);
	char before = '\0';
	if (!part_begins)
		before = lf[-1];
	else if (held.n > 0)
		before = held.p[held.n - 1];
	return before == '\r' ? OK : bad_line(p, "a line ends in LF alone");
}

/* Finds the end of the head's empty line: `taken` bytes reach to it, or
 * are all there are. Each line must end in CRLF and begin with no blank,
 * which would make it a part of the line before. */
static enum status find_end(struct http_parser *p, struct slice bytes,
			    size_t *taken, bool *whole)
{
	struct http_room *r = p->room;
	size_t at = 0;
	*whole = false;
	while (at < bytes.n && !*whole) {
		const char *start = bytes.p + at;
		bool blank = *start == ' ' || *start == '\t';
		if (r->line_bytes == 0 && r->lines > 0 && blank)
			return bad_line(p, "a header line is folded");
		const char *lf = memchr(start, '\n', bytes.n - at);
		size_t n = lf ? (size_t)(lf - start) : bytes.n - at;
		r->line_bytes += n;
		at += n;
		if (!lf)
			break;
		enum status st = check_line(p, lf, lf == bytes.p);
		if (st != OK)
			return st;
		*whole = r->line_bytes == 1;
		r->line_bytes = 0;
		r->lines++;
		at++;
	}
	*taken = at;
	return OK;
}

static enum status read_head(struct http_parser *p, struct http_seen *seen)
{
	struct http_room *r = p->room;
	/* All lines but the first and the empty one. */
	size_t n = r->lines > 2 ? r->lines - 2 : 0;
	if (n > p->limits->max_headers)
		return fault(p, ERR_LIMIT, 431, "there are too many headers");
	http_room_for_headers(r, n);
	return http_head_read(p->side, buf_slice(&r->bytes), p->limits,
			      r->header, r->n_headers, &r->head, seen,
			      &p->fault);
}

static enum status check_headers(struct http_parser *p)
{
	const struct http_head *h = &p->room->head;
	size_t max = p->limits->max_header_bytes;
	if (max == 0 || buf_len(&p->room->bytes) <= max)
		return OK;
	for (size_t i = 0; i < h->n_headers; i++)
		if (h->header[i].name.n + h->header[i].value.n > max)
			return fault(p, ERR_LIMIT, 431, "a header is too long");
	return OK;
}

static enum status judge_head(struct http_parser *p,
			      const struct http_seen *seen)
{
	struct http_head *h = &p->room->head;
	enum status st = http_head_judge(p->side, p->no_body, seen, h,
					 &p->fault);
	if (st == OK)
		st = check_headers(p);
	if (st != OK)
		return st;
	uint64_t max = p->limits->max_body_bytes;
	if (max > 0 && h->framing == HTTP_LENGTH &&
	    (uint64_t)h->content_length > max)
		return fault(p, ERR_LIMIT, 413, "the body is too large");
	return OK;
}

/* An interim answer: forgotten, the final one follows. */
static enum status skip_interim(struct http_parser *p)
{
	if (p->room->head.status == 101)
		return fault(p, ERR_INVALID, 502,
			     "a change of protocol that nobody asked for");
	if (++p->interim > HTTP_MAX_INTERIM)
		return fault(p, ERR_LIMIT, 502, "too many interim answers");
	http_room_reset(p->room);
	return OK;
}

static enum status head_is_read(struct http_parser *p,
				const struct http_seen *seen)
{
	enum status st = judge_head(p, seen);
	if (st != OK)
		return st;
	const struct http_head *h = &p->room->head;
	if (p->side == HTTP_CLIENT && h->status < 200)
		return skip_interim(p);
	p->state = HTTP_IN_BODY;
	p->framing = h->framing;
	if (h->framing == HTTP_LENGTH)
		p->left = (uint64_t)h->content_length;
	else
		http_chunked_init(&p->chunked, p->limits);
	p->events->head(p->arg, h);
	return OK;
}

static enum status head_complete(struct http_parser *p)
{
	/* Some clients send an empty line behind a body (RFC 9112 2.2). */
	if (p->side == HTTP_SERVER && p->room->lines == 1 &&
	    p->blank_lines++ == 0) {
		http_room_reset(p->room);
		return OK;
	}
	struct http_seen seen;
	enum status st = read_head(p, &seen);
	return st == OK ? head_is_read(p, &seen) : st;
}

/* It is copied first, with some of what comes behind it, and read there. */
static size_t read_plain_head(struct http_parser *p, struct slice bytes,
			      struct http_seen *seen)
{
	const struct http_limits *l = p->limits;
	struct http_room *r = p->room;
	char *text = buf_reserve(&r->bytes, bytes.n + HTTP_PLAIN_ZEROS);
	memcpy(text, bytes.p, bytes.n);
	memset(text + bytes.n, 0, HTTP_PLAIN_ZEROS);
	size_t n = http_plain_read(p->side, text, r->header, r->n_headers,
				   &r->head, seen);
	size_t max_target = l->max_target_bytes ? l->max_target_bytes
						: l->max_head_bytes;
	if (n > l->max_head_bytes || r->head.n_headers > l->max_headers ||
	    r->head.target.n > max_target)
		return 0;
	buf_commit(&r->bytes, n);
	return n;
}

/* Length of a whole head of the usual form, within all limits; else 0, and
 * it is taken the long way. Most are short, and no more than that is copied
 * of what comes behind one. */
static size_t take_plain_head(struct http_parser *p, struct slice bytes,
			      struct http_seen *seen)
{
	const size_t few = HTTP_FEW_BYTES - HTTP_PLAIN_ZEROS;
	struct slice front = bytes;
	size_t n;
	if (p->room->lines > 0 || p->room->line_bytes > 0)
		return 0;
	if (bytes.n <= few)
		return read_plain_head(p, bytes, seen);
	front.n = few;
	n = read_plain_head(p, front, seen);
	front.n = bytes.n < MAX_PLAIN_BYTES ? bytes.n : MAX_PLAIN_BYTES;
	return n > 0 ? n : read_plain_head(p, front, seen);
}

static bool may_begin(enum http_side side, char c)
{
	if (side == HTTP_CLIENT)
		return c == 'H';
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\r';
}

static enum status take_head(struct http_parser *p, struct slice bytes,
			     size_t *taken)
{
	if (p->room == NULL)
		p->room = http_room_take(p->rooms);
	struct http_seen seen;
	size_t n = 0;
	size_t held = buf_len(&p->room->bytes);
	/* The limit may have been lowered since the head began. */
	size_t room = held < p->limits->max_head_bytes
			      ? p->limits->max_head_bytes - held
			      : 0;
	bool whole, cut = bytes.n > room;
	if (held == 0 && !may_begin(p->side, bytes.p[0]))
		return fault(p, ERR_INVALID, 400, "this is not HTTP");
	*taken = take_plain_head(p, bytes, &seen);
	if (*taken > 0)
		return head_is_read(p, &seen);
	if (cut)
		bytes.n = room;
	enum status st = find_end(p, bytes, &n, &whole);
	if (st != OK)
		return st;
	if (cut && !whole)
		return fault(p, ERR_LIMIT, p->room->lines > 0 ? 431 : 414,
			     "the head is too long");
	buf_append(&p->room->bytes, (struct slice){bytes.p, n});
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
	uint64_t max = p->limits->max_body_bytes;
	enum status st = http_chunked_step(&p->chunked, bytes, taken, &part);
	if (st != OK)
		return fault(p, st, 400, p->chunked.why);
	/* Told by its size, before its bytes are there. */
	if (max > 0 &&
	    http_chunked_due(&p->chunked) + part.n > max - p->body_bytes)
		return fault(p, ERR_LIMIT, 413, "the body is too large");
	return tell_body(p, part);
}

static enum status take_body(struct http_parser *p, struct slice bytes,
			     size_t *taken)
{
	if (p->framing == HTTP_CHUNKED)
		return take_chunked(p, bytes, taken);
	if (p->framing == HTTP_LENGTH) {
		if (bytes.n > p->left)
			bytes.n = (size_t)p->left;
		p->left -= bytes.n;
	}
	*taken = bytes.n;
	return tell_body(p, bytes);
}

static bool body_is_whole(const struct http_parser *p)
{
	switch (p->framing) {
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

bool http_parser_fed_chunks(const struct http_parser *p)
{
	return p->fed_chunks;
}

/* Whole chunks at the front, which a stream's readings mostly are. */
static enum status take_chunks(struct http_parser *p, struct slice bytes,
			       size_t *taken)
{
	size_t at = 0, n;
	enum status st = OK;
	if (p->state != HTTP_IN_BODY || p->framing != HTTP_CHUNKED)
		return OK;
	while (st == OK && !p->stopped && at < bytes.n) {
		struct slice body = http_chunked_whole(
			&p->chunked, slice_from(bytes, at), &n);
		if (body.n == 0)
			break;
		at += n;
		st = tell_body(p, body);
	}
	*taken = at;
	return st;
}

static enum status take_heads(struct http_parser *p, struct slice bytes,
			      size_t *at)
{
	enum status st = OK;
	while (st == OK && p->state == HTTP_IN_HEAD && *at < bytes.n) {
		size_t n = 0;
		st = take_head(p, slice_from(bytes, *at), &n);
		*at += n;
	}
	return st;
}

static enum status take_bodies(struct http_parser *p, struct slice bytes,
			       size_t *at)
{
	enum status st = OK;
	while (st == OK && !p->stopped) {
		size_t n = 0;
		if (body_is_whole(p)) {
			end_message(p);
			break;
		}
		if (*at == bytes.n)
			break;
		st = take_body(p, slice_from(bytes, *at), &n);
		*at += n;
	}
	return st;
}

static enum status take_rest(struct http_parser *p, struct slice bytes,
			     size_t *at)
{
	enum status st = take_heads(p, bytes, at);
	if (st == OK && p->state == HTTP_IN_BODY)
		st = take_bodies(p, bytes, at);
	return st;
}

enum status http_parser_feed(struct http_parser *p, struct slice bytes,
			     size_t *consumed)
{
	size_t taken = 0;
	ASSERT(p->state != HTTP_BROKEN);
	p->stopped = false;
	enum status st = take_chunks(p, bytes, &taken);
	p->fed_chunks = taken > 0 && taken == bytes.n;
	if (st == OK && !p->fed_chunks)
		st = take_rest(p, bytes, &taken);
	*consumed = taken;
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
	    (p->framing == HTTP_UNTIL_CLOSE || body_is_whole(p))) {
		end_message(p);
		return OK;
	}
	p->state = HTTP_BROKEN;
	return fault(p, ERR_INVALID, 400, "the message was cut");
}
