#include "common/http/rules.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/http/writer.h"

static enum status bad(enum http_side side, struct http_fault *f,
		       const char *why)
{
	return http_fault_set(f, ERR_INVALID, side == HTTP_SERVER ? 400 : 502,
			      why);
}

/* A token's, but for four, and "()=;". */
static const bool host_char[256] = {
	['!'] = 1,         ['$'] = 1,         ['%'] = 1, ['&'] = 1,
	['\''] = 1,        ['*'] = 1,         ['+'] = 1, ['-'] = 1,
	['.'] = 1,         ['_'] = 1,         ['~'] = 1, ['('] = 1,
	[')'] = 1,         ['='] = 1,         [';'] = 1, ['0' ... '9'] = 1,
	['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

static bool is_port(struct slice s)
{
	uint64_t port;
	return s.n == 0 || (s.n <= 5 && slice_to_u64(s, 65535, &port) == OK);
}

/* Of the address alone, or with ":port" behind it. */
static bool is_bracketed(struct slice s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t end = slice_find(s, ']');
	if (end == s.n || end - 1 >= sizeof(text))
		return false;
	memcpy(text, s.p + 1, end - 1);
	text[end - 1] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1)
		return false;
	struct slice rest = slice_from(s, end + 1);
	return rest.n == 0 ||
	       (rest.p[0] == ':' && is_port(slice_from(rest, 1)));
}

/* What is escaped could stand there as it is, or is beyond ASCII. */
static bool is_escape(struct slice s)
{
	int high = s.n < 3 ? -1 : hex_digit(s.p[1]);
	int low = s.n < 3 ? -1 : hex_digit(s.p[2]);
	return high >= 0 && low >= 0 &&
	       (high > 7 || host_char[high << 4 | low]);
}

bool http_is_authority(struct slice s)
{
	if (s.n > 0 && s.p[0] == '[')
		return is_bracketed(s);
	size_t n = 0;
	for (; n < s.n && host_char[(unsigned char)s.p[n]]; n++)
		if (s.p[n] == '%' && !is_escape(slice_from(s, n)))
			return false;
	if (n == 0 || n == s.n)
		return n > 0;
	return s.p[n] == ':' && is_port(slice_from(s, n + 1));
}

/* Each header is looked for among them: many would take the square of a
 * head's length. */
#define MAX_OPTIONS 32

static void see_connection(struct http_seen *s, struct slice list)
{
	while (list.n > 0 && s->options <= MAX_OPTIONS) {
		struct slice token = slice_trim(slice_split(&list, ','));
		s->options++;
		if (slice_equal_nocase(token, SLICE("close")))
			s->close = true;
		else if (slice_equal_nocase(token, SLICE("keep-alive")))
			s->keep_alive = true;
		else
			s->others = true;
	}
}

/* The first of its name; true if there was one before. */
static bool see_first(const struct http_header **first,
		      const struct http_header *h)
{
	if (*first)
		return true;
	*first = h;
	return false;
}

static void see_length(struct http_seen *s, const struct http_header *h)
{
	s->length_again |= see_first(&s->length, h);
	s->length_bad |= slice_to_u64(h->value, INT64_MAX,
				      &s->content_length) != OK;
}

void http_see(struct http_seen *s, const struct http_header *h)
{
	switch (h->id) {
	case HTTP_NAME_HOST: s->host_again |= see_first(&s->host, h); break;
	case HTTP_NAME_CONTENT_LENGTH: see_length(s, h); break;
	case HTTP_NAME_TRANSFER_ENCODING:
		s->coding_again |= see_first(&s->coding, h);
		break;
	case HTTP_NAME_CONNECTION: see_connection(s, h->value); break;
	case HTTP_NAME_EXPECT:
		s->expect_again |= see_first(&s->expect, h);
		break;
	default: break;
	}
}

/* Tabs round a value are allowed, and some parsers stumble over them: where
 * framing hangs on the value, that is one reading too many. The value lies
 * in its line, so both neighbours exist. */
static bool stands_beside_tab(struct slice value)
{
	return value.n > 0 && (value.p[-1] == '\t' || value.p[value.n] == '\t');
}

static enum status judge_coding(enum http_side side, struct http_head *h,
				const struct http_seen *seen,
				struct http_fault *f)
{
	if (seen->length)
		return bad(side, f, "Content-Length beside Transfer-Encoding");
	if (seen->coding_again ||
	    !slice_equal_nocase(seen->coding->value, SLICE("chunked")) ||
	    stands_beside_tab(seen->coding->value))
		return bad(side, f, "Transfer-Encoding is not one \"chunked\"");
	if (h->minor == 0)
		return bad(side, f, "Transfer-Encoding in HTTP/1.0");
	h->framing = HTTP_CHUNKED;
	return OK;
}

static enum status judge_framing(enum http_side side, struct http_head *h,
				 const struct http_seen *seen,
				 struct http_fault *f)
{
	if (seen->coding)
		return judge_coding(side, h, seen, f);
	h->framing = side == HTTP_SERVER ? HTTP_NO_BODY : HTTP_UNTIL_CLOSE;
	if (!seen->length)
		return OK;
	if (seen->length_again || seen->length_bad ||
	    stands_beside_tab(seen->length->value))
		return bad(side, f, "Content-Length is malformed or repeated");
	h->content_length = (int64_t)seen->content_length;
	h->framing = h->content_length > 0 ? HTTP_LENGTH : HTTP_NO_BODY;
	return OK;
}

static void judge_connection(struct http_head *h, const struct http_seen *seen)
{
	h->keep_alive = !seen->close && (h->minor > 0 || seen->keep_alive);
	h->connection_is_plain = !seen->others;
}

static void split_query(struct http_head *h, struct slice path)
{
	h->query = path;
	h->path = slice_split(&h->query, '?');
}

/* "http://host/path": the host in the target stands for the header. */
static enum status judge_absolute(struct http_head *h, struct http_fault *f)
{
	struct slice rest = h->target;
	size_t scheme = slice_find(rest, ':');
	struct slice name = {rest.p, scheme};
	if (!slice_equal_nocase(name, SLICE("http")) &&
	    !slice_equal_nocase(name, SLICE("https")))
		return bad(HTTP_SERVER, f, "the target's form is not known");
	rest = slice_from(rest, scheme);
	if (!slice_starts(rest, SLICE("://")))
		return bad(HTTP_SERVER, f, "the target's form is not known");
	rest = slice_from(rest, 3);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	h->host = (struct slice){rest.p, n};
	if (!http_is_authority(h->host))
		return bad(HTTP_SERVER, f, "the target's host is malformed");
	split_query(h, slice_from(rest, n));
	if (h->path.n == 0)
		h->path = SLICE("/");
	return OK;
}

static enum status judge_target(struct http_head *h, struct http_fault *f)
{
	if (memchr(h->target.p, '#', h->target.n))
		return bad(HTTP_SERVER, f, "a fragment in the target");
	if (h->target.p[0] == '/') {
		split_query(h, h->target);
		return OK;
	}
	if (slice_equal(h->target, SLICE("*"))) {
		h->path = h->target;
		return h->method == HTTP_METHOD_OPTIONS
			       ? OK
			       : bad(HTTP_SERVER, f,
				     "a target of \"*\" is for OPTIONS");
	}
	return judge_absolute(h, f);
}

/* HTTP/1.0 has no expectations (RFC 9110 10.1.1). */
static enum status judge_expect(struct http_head *h,
				const struct http_seen *seen,
				struct http_fault *f)
{
	if (!seen->expect || h->minor == 0)
		return OK;
	if (seen->expect_again ||
	    !slice_equal_nocase(seen->expect->value, SLICE("100-continue")))
		return http_fault_set(f, ERR_UNSUPPORTED, 417,
				      "no expectation but 100-continue is met");
	h->expect_continue = h->framing != HTTP_NO_BODY;
	return OK;
}

static enum status judge_request(struct http_head *h,
				 const struct http_seen *seen,
				 struct http_fault *f)
{
	if (h->method == HTTP_METHOD_OTHER &&
	    (slice_equal(h->method_text, SLICE("CONNECT")) ||
	     slice_equal(h->method_text, SLICE("TRACE"))))
		return http_fault_set(f, ERR_UNSUPPORTED, 501,
				      "CONNECT and TRACE are not served");
	if (seen->host_again)
		return bad(HTTP_SERVER, f, "Host is repeated");
	if (!seen->host && h->minor == 1)
		return bad(HTTP_SERVER, f, "Host is missing");
	if (seen->host && !http_is_authority(seen->host->value))
		return bad(HTTP_SERVER, f, "Host is malformed");
	if (seen->host)
		h->host = seen->host->value;
	enum status st = judge_expect(h, seen, f);
	return st == OK ? judge_target(h, f) : st;
}

static bool never_has_body(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

static enum status judge_answer(bool no_body, struct http_head *h,
				struct http_fault *f)
{
	bool framed = h->framing == HTTP_LENGTH || h->framing == HTTP_CHUNKED;
	/* Some readers would wait for that body. A 304 may tell the length
	 * that a 200 would have. */
	if (framed && (h->status < 200 || h->status == 204))
		return bad(HTTP_CLIENT, f,
			   "a body where the status allows none");
	if (no_body || never_has_body(h->status))
		h->framing = HTTP_NO_BODY;
	if (h->framing == HTTP_UNTIL_CLOSE)
		h->keep_alive = false;
	return OK;
}

enum status http_head_judge(enum http_side side, bool no_body,
			    const struct http_seen *seen, struct http_head *h,
			    struct http_fault *fault)
{
	if (seen->options > MAX_OPTIONS)
		return bad(side, fault, "Connection has too many options");
	enum status st = judge_framing(side, h, seen, fault);
	if (st != OK)
		return st;
	judge_connection(h, seen);
	if (side == HTTP_SERVER)
		return judge_request(h, seen, fault);
	return judge_answer(no_body, h, fault);
}
