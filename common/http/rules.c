#include "common/http/rules.h"

#include <string.h>

#include "common/http/writer.h"

static enum status bad(enum http_side side, struct http_fault *f,
		       const char *why)
{
	return http_fault_set(f, ERR_INVALID, side == HTTP_SERVER ? 400 : 502,
			      why);
}

enum status http_check_lines(struct slice head, struct http_fault *fault)
{
	struct slice left = head;
	for (bool first = true; left.n > 0; first = false) {
		struct slice line = slice_split(&left, '\n');
		if (line.n == 0 || line.p[line.n - 1] != '\r')
			return http_fault_set(fault, ERR_INVALID, 400,
					      "a line ends in LF alone");
		if (slice_find(line, '\r') != line.n - 1)
			return http_fault_set(fault, ERR_INVALID, 400,
					      "a CR inside a line");
		if (!first && (line.p[0] == ' ' || line.p[0] == '\t'))
			return http_fault_set(fault, ERR_INVALID, 400,
					      "a header line is folded");
	}
	return OK;
}

static bool is_host_char(char c)
{
	return http_is_token((struct slice){&c, 1})
		       ? c != '#' && c != '^' && c != '`' && c != '|'
		       : strchr("()=;", c) && c;
}

static bool is_port(struct slice s)
{
	uint64_t port;
	return s.n == 0 || (s.n <= 5 && slice_to_u64(s, 65535, &port) == OK);
}

static bool is_bracketed(struct slice s)
{
	size_t end = slice_find(s, ']');
	if (end == s.n || end < 3)
		return false;
	for (size_t i = 1; i < end; i++) {
		char c = s.p[i];
		bool hex = (c >= '0' && c <= '9') ||
			   ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
		if (!hex && c != ':' && c != '.')
			return false;
	}
	struct slice rest = slice_from(s, end + 1);
	return rest.n == 0 ||
	       (rest.p[0] == ':' && is_port(slice_from(rest, 1)));
}

bool http_is_authority(struct slice s)
{
	if (s.n > 0 && s.p[0] == '[')
		return is_bracketed(s);
	struct slice rest = s, host = slice_split(&rest, ':');
	for (size_t i = 0; i < host.n; i++)
		if (!is_host_char(host.p[i]))
			return false;
	return host.n > 0 && is_port(rest);
}

static bool is_name(const struct http_header *h, const char *name)
{
	return slice_equal_nocase(h->name, slice_of(name));
}

/* Facts about the headers that bear on framing and routing. */
struct seen {
	size_t hosts, lengths, codings;
	struct slice host, length, coding;
};

static void look(const struct http_head *h, struct seen *out)
{
	*out = (struct seen){0};
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *x = &h->header[i];
		if (is_name(x, "host")) {
			out->hosts++;
			out->host = x->value;
		} else if (is_name(x, "content-length")) {
			out->lengths++;
			out->length = x->value;
		} else if (is_name(x, "transfer-encoding")) {
			out->codings++;
			out->coding = x->value;
		}
	}
}

static enum status judge_names(enum http_side side, const struct http_head *h,
			       struct http_fault *f)
{
	for (size_t i = 0; i < h->n_headers; i++)
		if (!http_is_token(h->header[i].name) ||
		    !http_is_field_value(h->header[i].value))
			return bad(side, f, "a header is malformed");
	return OK;
}

static enum status judge_framing(enum http_side side, struct http_head *h,
				 const struct seen *seen, struct http_fault *f)
{
	if (seen->codings > 0 && seen->lengths > 0)
		return bad(side, f, "Content-Length beside Transfer-Encoding");
	if (seen->codings > 0) {
		if (seen->codings > 1 ||
		    !slice_equal_nocase(seen->coding, SLICE("chunked")))
			return bad(side, f,
				   "Transfer-Encoding is not one \"chunked\"");
		if (h->minor == 0)
			return bad(side, f, "Transfer-Encoding in HTTP/1.0");
		h->framing = HTTP_CHUNKED;
		return OK;
	}
	h->framing = side == HTTP_SERVER ? HTTP_NO_BODY : HTTP_UNTIL_CLOSE;
	if (seen->lengths == 0)
		return OK;
	uint64_t n;
	if (seen->lengths > 1 ||
	    slice_to_u64(seen->length, INT64_MAX, &n) != OK)
		return bad(side, f, "Content-Length is malformed or repeated");
	h->content_length = (int64_t)n;
	h->framing = n > 0 ? HTTP_LENGTH : HTTP_NO_BODY;
	return OK;
}

static void judge_connection(struct http_head *h)
{
	struct slice name = SLICE("connection");
	if (http_header_has_token(h, name, SLICE("close")))
		h->keep_alive = false;
	else if (h->minor == 0)
		h->keep_alive = http_header_has_token(h, name,
						      SLICE("keep-alive"));
	else
		h->keep_alive = true;
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

static enum status judge_request(struct http_head *h, const struct seen *seen,
				 struct http_fault *f)
{
	if (slice_equal(h->method_text, SLICE("CONNECT")) ||
	    slice_equal(h->method_text, SLICE("TRACE")))
		return http_fault_set(f, ERR_UNSUPPORTED, 501,
				      "CONNECT and TRACE are not served");
	if (seen->hosts > 1)
		return bad(HTTP_SERVER, f, "Host is repeated");
	if (seen->hosts == 0 && h->minor == 1)
		return bad(HTTP_SERVER, f, "Host is missing");
	if (seen->hosts == 1 && !http_is_authority(seen->host))
		return bad(HTTP_SERVER, f, "Host is malformed");
	h->host = seen->host;
	const struct http_header *expect = http_header_find(h, SLICE("expect"));
	h->expect_continue = expect && h->minor == 1 &&
			     slice_equal_nocase(expect->value,
						SLICE("100-continue"));
	return judge_target(h, f);
}

static bool never_has_body(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

enum status http_head_judge(enum http_side side, bool no_body,
			    struct http_head *h, struct http_fault *fault)
{
	struct seen seen;
	enum status st = judge_names(side, h, fault);
	if (st != OK)
		return st;
	look(h, &seen);
	st = judge_framing(side, h, &seen, fault);
	if (st != OK)
		return st;
	judge_connection(h);
	if (side == HTTP_SERVER)
		return judge_request(h, &seen, fault);
	if (no_body || never_has_body(h->status))
		h->framing = HTTP_NO_BODY;
	if (h->framing == HTTP_UNTIL_CLOSE)
		h->keep_alive = false;
	return OK;
}
