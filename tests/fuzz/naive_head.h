/* A second reader of heads, for the fuzz target alone: written after RFC
 * 9110 and RFC 9112 and our own rules, slow and plain, with nothing of the
 * first one's. It looks at a head that is whole. */
#ifndef TESTS_FUZZ_NAIVE_HEAD_H
#define TESTS_FUZZ_NAIVE_HEAD_H

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "common/http/head.h"

#define NAIVE_MAX_HEADERS 64
#define NAIVE_MAX_LINES   (NAIVE_MAX_HEADERS + 2)

struct naive {
	struct slice line[NAIVE_MAX_LINES];
	size_t n_lines;
	struct slice method, target, path, query, host, reason;
	unsigned status, minor;
	struct slice name[NAIVE_MAX_HEADERS], value[NAIVE_MAX_HEADERS];
	size_t n_headers;
	enum http_framing framing;
	int64_t content_length;
	bool keep_alive, plain_connection, expect;
};

/* Length of the head with its empty line; 0: it is not whole. */
static size_t naive_find_end(struct slice text)
{
	for (size_t n = 4; n <= text.n; n++)
		if (memcmp(text.p + n - 4, "\r\n\r\n", 4) == 0)
			return n;
	return 0;
}

static bool naive_is(struct slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static bool naive_all_of(struct slice s, const char *chars)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || strchr(chars, s.p[i]) == NULL)
			return false;
	return s.n > 0;
}

#define NAIVE_DIGITS "0123456789"
#define NAIVE_LETTERS                                                          \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" NAIVE_DIGITS

static bool naive_is_token(struct slice s)
{
	return naive_all_of(s, "!#$%&'*+-.^_`|~" NAIVE_LETTERS);
}

static bool naive_split_lines(struct naive *h, struct slice head)
{
	while (head.n > 0) {
		const char *cr = memchr(head.p, '\r', head.n);
		const char *lf = memchr(head.p, '\n', head.n);
		if (cr == NULL || lf != cr + 1 || h->n_lines == NAIVE_MAX_LINES)
			return false;
		size_t n = (size_t)(cr - head.p);
		h->line[h->n_lines++] = (struct slice){head.p, n};
		head = slice_from(head, n + 2);
	}
	return true;
}

/* --- the first line --- */

static bool naive_is_known(struct slice method)
{
	static const char *const known[] = {
		"DELETE",      "GET",       "HEAD",     "POST",   "PUT",
		"OPTIONS",     "COPY",      "LOCK",     "MKCOL",  "MOVE",
		"PROPFIND",    "PROPPATCH", "SEARCH",   "UNLOCK", "BIND",
		"REBIND",      "UNBIND",    "ACL",      "REPORT", "MKACTIVITY",
		"CHECKOUT",    "MERGE",     "M-SEARCH", "NOTIFY", "SUBSCRIBE",
		"UNSUBSCRIBE", "PATCH",     "PURGE",    "LINK",   "UNLINK",
		"MKCALENDAR",  "SOURCE",
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (method.n == strlen(known[i]) &&
		    memcmp(method.p, known[i], method.n) == 0)
			return true;
	return false;
}

static bool naive_version(struct slice s, unsigned *minor)
{
	if (s.n != 8 || memcmp(s.p, "HTTP/1.", 7) != 0)
		return false;
	*minor = s.p[7] == '1';
	return s.p[7] == '0' || s.p[7] == '1';
}

static bool naive_port(struct slice s)
{
	unsigned port = 0;
	if (s.n == 0)
		return true;
	if (s.n > 5 || !naive_all_of(s, NAIVE_DIGITS))
		return false;
	for (size_t i = 0; i < s.n; i++)
		port = port * 10 + (unsigned)(s.p[i] - '0');
	return port <= 65535;
}

static bool naive_escapes(struct slice s)
{
	static const char sign[] = "!$&'()*+-.=;_~%" NAIVE_LETTERS;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%')
			continue;
		struct slice digits = {s.p + i + 1, 2};
		if (i + 2 >= s.n ||
		    !naive_all_of(digits, "abcdefABCDEF" NAIVE_DIGITS))
			return false;
		char hex[3] = {s.p[i + 1], s.p[i + 2], '\0'};
		long c = strtol(hex, NULL, 16);
		if (c < 0x80 && (c == 0 || strchr(sign, (int)c) == NULL))
			return false;
	}
	return true;
}

static bool naive_authority(struct slice s)
{
	struct slice rest = s;
	struct slice host = slice_split(&rest,
					s.n && s.p[0] == '[' ? ']' : ':');
	char text[64] = "";
	struct in6_addr address;
	if (s.n == 0 || s.p[0] != '[') {
		return naive_all_of(host, "!$&'()*+-.=;_~%" NAIVE_LETTERS) &&
		       naive_escapes(host) && naive_port(rest);
	}
	if (host.n == s.n || host.n > 60 || host.n < 2)
		return false;
	memcpy(text, host.p + 1, host.n - 1);
	if (inet_pton(AF_INET6, text, &address) != 1)
		return false;
	return rest.n == 0 ||
	       (rest.p[0] == ':' && naive_port(slice_from(rest, 1)));
}

static void naive_split_query(struct naive *h, struct slice path)
{
	h->query = path;
	h->path = slice_split(&h->query, '?');
}

static bool naive_absolute(struct naive *h)
{
	struct slice rest = h->target;
	struct slice scheme = slice_split(&rest, ':');
	size_t n = 2;
	if (!naive_is(scheme, "http") && !naive_is(scheme, "https"))
		return false;
	if (rest.n < 2 || rest.p[0] != '/' || rest.p[1] != '/')
		return false;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	h->host = (struct slice){rest.p + 2, n - 2};
	naive_split_query(h, slice_from(rest, n));
	if (h->path.n == 0)
		h->path = SLICE("/");
	return naive_authority(h->host);
}

static bool naive_target(struct naive *h)
{
	for (size_t i = 0; i < h->target.n; i++)
		if (h->target.p[i] <= ' ' || h->target.p[i] == 0x7f ||
		    h->target.p[i] == '#')
			return false;
	if (h->target.n == 0)
		return false;
	if (h->target.p[0] == '/') {
		naive_split_query(h, h->target);
		return true;
	}
	if (naive_is(h->target, "*")) {
		h->path = h->target;
		return naive_is(h->method, "OPTIONS");
	}
	return naive_absolute(h);
}

static bool naive_request_line(struct naive *h)
{
	struct slice rest = h->line[0];
	h->method = slice_split(&rest, ' ');
	h->target = slice_split(&rest, ' ');
	return naive_is_known(h->method) && naive_version(rest, &h->minor);
}

static bool naive_status_line(struct naive *h)
{
	struct slice line = h->line[0];
	if (line.n < 12 || line.p[8] != ' ' ||
	    !naive_version((struct slice){line.p, 8}, &h->minor) ||
	    !naive_all_of((struct slice){line.p + 9, 3}, NAIVE_DIGITS))
		return false;
	h->status = (unsigned)atoi(line.p + 9);
	if (line.n > 12 && line.p[12] != ' ')
		return false;
	h->reason = slice_from(line, line.n > 12 ? 13 : 12);
	return h->status >= 100 && h->status <= 599;
}

/* --- headers --- */

static bool naive_is_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool naive_headers(struct naive *h)
{
	for (size_t i = 1; i + 1 < h->n_lines; i++) {
		struct slice value = h->line[i];
		struct slice name = slice_split(&value, ':');
		if (name.n == h->line[i].n || !naive_is_token(name) ||
		    !naive_is_text(value))
			return false;
		h->name[h->n_headers] = name;
		h->value[h->n_headers++] = slice_trim(value);
	}
	return true;
}

/* How many there are; `at` is the last one's place. */
static size_t naive_count(const struct naive *h, const char *name, size_t *at)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_headers; i++) {
		if (!naive_is(h->name[i], name))
			continue;
		*at = i;
		n++;
	}
	return n;
}

static bool naive_near_tab(struct slice value)
{
	return value.n > 0 && (value.p[-1] == '\t' || value.p[value.n] == '\t');
}

/* Up to the line's end, among blanks. */
static bool naive_tab_behind(struct slice value)
{
	const char *p = value.p + value.n;
	while (*p == ' ')
		p++;
	return *p == '\t';
}

static bool naive_length(struct naive *h, struct slice value)
{
	h->content_length = 0;
	if (!naive_all_of(value, NAIVE_DIGITS) || naive_near_tab(value) ||
	    naive_tab_behind(value))
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (__builtin_mul_overflow(h->content_length, 10,
					   &h->content_length) ||
		    __builtin_add_overflow(h->content_length, value.p[i] - '0',
					   &h->content_length))
			return false;
	return true;
}

static bool naive_framing(struct naive *h, bool request)
{
	size_t length = 0, coding = 0;
	size_t lengths = naive_count(h, "Content-Length", &length);
	size_t codings = naive_count(h, "Transfer-Encoding", &coding);
	h->content_length = -1;
	h->framing = request ? HTTP_NO_BODY : HTTP_UNTIL_CLOSE;
	if (lengths + codings > 1)
		return false;
	if (codings > 0) {
		h->framing = HTTP_CHUNKED;
		return h->minor == 1 && naive_is(h->value[coding], "chunked") &&
		       !naive_near_tab(h->value[coding]);
	}
	if (lengths == 0)
		return true;
	if (!naive_length(h, h->value[length]))
		return false;
	h->framing = h->content_length > 0 ? HTTP_LENGTH : HTTP_NO_BODY;
	return true;
}

static bool naive_connection(struct naive *h)
{
	bool close = false, keep = false;
	size_t n = 0;
	h->plain_connection = true;
	for (size_t i = 0; i < h->n_headers; i++) {
		struct slice list = h->value[i];
		while (naive_is(h->name[i], "Connection") && list.n > 0) {
			struct slice one = slice_trim(slice_split(&list, ','));
			n++;
			close |= naive_is(one, "close");
			keep |= naive_is(one, "keep-alive");
			h->plain_connection &= naive_is(one, "close") ||
					       naive_is(one, "keep-alive");
		}
	}
	h->keep_alive = !close && (h->minor == 1 || keep);
	return n <= 32;
}

static bool naive_host(struct naive *h)
{
	size_t at = 0;
	size_t n = naive_count(h, "Host", &at);
	if (n != 1)
		return n == 0 && h->minor == 0;
	h->host = h->value[at];
	return naive_authority(h->host);
}

static bool naive_expect(struct naive *h)
{
	size_t at = 0;
	size_t n = naive_count(h, "Expect", &at);
	if (n == 0 || h->minor == 0)
		return true;
	h->expect = h->framing != HTTP_NO_BODY;
	return n == 1 && naive_is(h->value[at], "100-continue");
}

/* --- all of it --- */

static bool naive_request(struct naive *h, struct slice head)
{
	*h = (struct naive){0};
	if (!naive_split_lines(h, head) || !naive_request_line(h) ||
	    !naive_headers(h) || !naive_framing(h, true))
		return false;
	return naive_connection(h) && naive_host(h) && naive_expect(h) &&
	       naive_target(h);
}

static bool naive_answer(struct naive *h, struct slice head, bool to_head)
{
	*h = (struct naive){0};
	if (!naive_split_lines(h, head) || !naive_status_line(h) ||
	    !naive_is_text(h->line[0]) || !naive_headers(h) ||
	    !naive_framing(h, false))
		return false;
	if (!naive_connection(h))
		return false;
	bool framed = h->framing == HTTP_LENGTH || h->framing == HTTP_CHUNKED;
	if (framed && (h->status < 200 || h->status == 204))
		return false;
	if (to_head || h->status < 200 || h->status == 204 || h->status == 304)
		h->framing = HTTP_NO_BODY;
	if (h->framing == HTTP_UNTIL_CLOSE)
		h->keep_alive = false;
	return true;
}

#endif
