#include "tests/unit/http/feed.h"

#define GET_HEAD  "GET / HTTP/1.1\r\nHost: h\r\n"
#define POST_HEAD "POST /x HTTP/1.1\r\nHost: h\r\n"

static void requests_are_read(void **state)
{
	(void)state;
	taken(HTTP_SERVER, SLICE(GET_HEAD "\r\n"),
	      "GET|/||h|0||1.1 f0 l-1 k1 e0 [Host=h]\nend\n", "");
	taken(HTTP_SERVER,
	      SLICE("GET /a/b?c=d&e HTTP/1.1\r\nHOST:h:80\r\n\r\n"),
	      "GET|/a/b|c=d&e|h:80|0||1.1 f0 l-1 k1 e0 [HOST=h:80]\nend\n", "");
	taken(HTTP_SERVER, SLICE("GET / HTTP/1.0\r\n\r\n"),
	      "GET|/|||0||1.0 f0 l-1 k0 e0\nend\n", "");
	taken(HTTP_SERVER,
	      SLICE("GET / HTTP/1.0\r\nConnection: a, Keep-Alive"
		    "\r\n\r\n"),
	      "GET|/|||0||1.0 f0 l-1 k1 e0 [Connection=a, Keep-Alive]\nend\n",
	      "");
	taken(HTTP_SERVER, SLICE(GET_HEAD "Connection: close\r\n\r\n"),
	      "GET|/||h|0||1.1 f0 l-1 k0 e0 [Host=h] [Connection=close]\nend\n",
	      "");
	taken(HTTP_SERVER,
	      SLICE(GET_HEAD "X-Empty:\r\nX-Pad: \t a b \t \r\n\r\n"),
	      "GET|/||h|0||1.1 f0 l-1 k1 e0 [Host=h] [X-Empty=] [X-Pad=a b]\n"
	      "end\n",
	      "");
	taken(HTTP_SERVER,
	      SLICE("OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
	      "OPTIONS|*||[::1]:80|0||1.1 f0 l-1 k1 e0 [Host=[::1]:80]\nend\n",
	      "");
	taken(HTTP_SERVER,
	      SLICE("GET http://o:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n"),
	      "GET|/p|q|o:1|0||1.1 f0 l-1 k1 e0 [Host=h]\nend\n", "");
	taken(HTTP_SERVER, SLICE("GET http://o HTTP/1.1\r\nHost: h\r\n\r\n"),
	      "GET|/||o|0||1.1 f0 l-1 k1 e0 [Host=h]\nend\n", "");
	taken(HTTP_SERVER, SLICE("PURGE / HTTP/1.1\r\nHost: h\r\n\r\n"),
	      "PURGE|/||h|0||1.1 f0 l-1 k1 e0 [Host=h]\nend\n", "");
}

static void an_empty_line_may_come_first(void **state)
{
	(void)state;
	taken(HTTP_SERVER, SLICE("\r\n" GET_HEAD "\r\n"),
	      "GET|/||h|0||1.1 f0 l-1 k1 e0 [Host=h]\nend\n", "");
	refused(HTTP_SERVER, SLICE("\r\n\r\n" GET_HEAD "\r\n"), 400);
	refused(HTTP_SERVER, SLICE("\n" GET_HEAD "\r\n"), 400);
}

static void bodies_are_told_by_length(void **state)
{
	(void)state;
	taken(HTTP_SERVER, SLICE(POST_HEAD "Content-Length: 5\r\n\r\nabcde"),
	      "POST|/x||h|0||1.1 f1 l5 k1 e0 [Host=h] [Content-Length=5]\n"
	      "end\n",
	      "abcde");
	taken(HTTP_SERVER, SLICE(POST_HEAD "Content-Length: 0\r\n\r\n"),
	      "POST|/x||h|0||1.1 f0 l0 k1 e0 [Host=h] [Content-Length=0]\n"
	      "end\n",
	      "");
	taken(HTTP_SERVER,
	      SLICE(POST_HEAD "Expect: 100-Continue\r\n"
			      "Content-Length: 1\r\n\r\n"),
	      "POST|/x||h|0||1.1 f1 l1 k1 e1 [Host=h] [Expect=100-Continue] "
	      "[Content-Length=1]\n",
	      "");
}

#define CHUNKED_HEAD POST_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_LINE                                                           \
	"POST|/x||h|0||1.1 f2 l-1 k1 e0 [Host=h] "                             \
	"[Transfer-Encoding=chunked]\n"

static void chunked_bodies_are_taken_apart(void **state)
{
	(void)state;
	taken(HTTP_SERVER, SLICE(CHUNKED_HEAD "0\r\n\r\n"),
	      CHUNKED_LINE "end\n", "");
	taken(HTTP_SERVER,
	      SLICE(CHUNKED_HEAD "3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n"),
	      CHUNKED_LINE "end\n", "abc0123456789");
	taken(HTTP_SERVER,
	      SLICE(CHUNKED_HEAD "1;a=b;c=\"d\"\r\nx\r\n0;z\r\n\r\n"),
	      CHUNKED_LINE "end\n", "x");
	taken(HTTP_SERVER,
	      SLICE(CHUNKED_HEAD "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n"),
	      CHUNKED_LINE "end\n", "x");
	taken(HTTP_SERVER,
	      SLICE(POST_HEAD "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
	      "POST|/x||h|0||1.1 f2 l-1 k1 e0 [Host=h] "
	      "[Transfer-Encoding=Chunked]\nend\n",
	      "");
}

static void malformed_chunks_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE(CHUNKED_HEAD "\r\n"),
		SLICE(CHUNKED_HEAD "x\r\n"),
		SLICE(CHUNKED_HEAD "-1\r\n"),
		SLICE(CHUNKED_HEAD "+1\r\n"),
		SLICE(CHUNKED_HEAD "0x1\r\n"),
		SLICE(CHUNKED_HEAD " 1\r\n"),
		SLICE(CHUNKED_HEAD "1 \r\n"),
		SLICE(CHUNKED_HEAD "1_0\r\n"),
		SLICE(CHUNKED_HEAD "1\nx\r\n"),
		SLICE(CHUNKED_HEAD "1\rx\r\n"),
		SLICE(CHUNKED_HEAD "1\r\nxy\r\n"),
		SLICE(CHUNKED_HEAD "1\r\nx\n"),
		SLICE(CHUNKED_HEAD "1\r\nx\rX"),
		SLICE(CHUNKED_HEAD "1\r\nx0\r\n\r\n"),
		SLICE(CHUNKED_HEAD "1;a\nx\r\n"),
		SLICE(CHUNKED_HEAD "1;a\x01\r\nx"),
		SLICE(CHUNKED_HEAD "0\n\n"),
		SLICE(CHUNKED_HEAD "0\r\n\n"),
		SLICE(CHUNKED_HEAD "0\r\nno colon\r\n\r\n"),
		SLICE(CHUNKED_HEAD "0\r\n folded: a\r\n\r\n"),
		SLICE(CHUNKED_HEAD "0\r\n: a\r\n\r\n"),
		SLICE(CHUNKED_HEAD "0\r\na: b\n\r\n"),
		SLICE(CHUNKED_HEAD "0\r\na: \0\r\n\r\n"),
		SLICE(CHUNKED_HEAD "fffffffffffffffff\r\n"),
		SLICE(CHUNKED_HEAD "10000000000000000\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 400);
}

static void heads_that_can_be_read_in_two_ways_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		/* Framing. */
		SLICE(POST_HEAD "Content-Length: 1\r\n"
				"Transfer-Encoding: chunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: chunked\r\n"
				"Content-Length: 1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: 1\r\n"
				"Content-Length: 1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: 1\r\n"
				"Content-Length: 2\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: 1, 1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: +1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: -1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: 0x1\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length: 1 2\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length:\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length:\t1\r\n\r\nx"),
		SLICE(POST_HEAD "Content-Length: 1\t\r\n\r\nx"),
		SLICE(POST_HEAD "Content-Length: "
				"99999999999999999999\r\n\r\n"),
		SLICE(POST_HEAD "Content-Length : 1\r\n\r\nx"),
		SLICE(POST_HEAD "Transfer-Encoding:\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding:\r\n"
				"Content-Length: 1\r\n\r\nx"),
		SLICE(POST_HEAD "Transfer-Encoding: identity\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: chunked\t\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding:\tchunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: chunked, gzip\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: chunked\r\n"
				"Transfer-Encoding: chunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: xchunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: \"chunked\"\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding : chunked\r\n\r\n"),
		SLICE(POST_HEAD "Transfer-Encoding: \x0b"
				"chunked\r\n\r\n"),
		SLICE("POST / HTTP/1.0\r\nHost: h\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n"),
		/* Lines. */
		SLICE("GET / HTTP/1.1\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: h\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: h\r\n\n"),
		SLICE(GET_HEAD "A: b\rC: d\r\n\r\n"),
		SLICE(GET_HEAD "A: b\r\r\n\r\n"),
		SLICE(GET_HEAD "A: b\r\n c\r\n\r\n"),
		SLICE(GET_HEAD "A: b\r\n\tc\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
		SLICE(GET_HEAD "A\r\n\r\n"),
		SLICE(GET_HEAD ": b\r\n\r\n"),
		SLICE(GET_HEAD "A B: c\r\n\r\n"),
		SLICE(GET_HEAD "A : c\r\n\r\n"),
		SLICE(GET_HEAD "A\t: c\r\n\r\n"),
		SLICE(GET_HEAD "A\x80: c\r\n\r\n"),
		SLICE(GET_HEAD "A(: c\r\n\r\n"),
		SLICE(GET_HEAD "A: b\0c\r\n\r\n"),
		SLICE(GET_HEAD "A: b\x07"
			       "c\r\n\r\n"),
		SLICE(GET_HEAD "A: b\x7f\r\n\r\n"),
		SLICE(GET_HEAD "\0A: b\r\n\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 400);
}

static void options_of_the_connection_are_few(void **state)
{
	(void)state;
	struct trace t;
	struct buf b;
	for (int n = 31; n <= 33; n++) {
		buf_init(&b);
		buf_puts(&b, GET_HEAD "Connection: ");
		for (int i = 1; i < n; i++)
			buf_puts(&b, i == 16 ? "a\r\nConnection: " : "a,");
		buf_puts(&b, "b\r\n\r\n");
		run_all(&t, HTTP_SERVER, buf_slice(&b), false);
		assert_int_equal(t.status, n <= 32 ? OK : ERR_INVALID);
		trace_fini(&t);
		buf_fini(&b);
	}
}

static void a_host_must_be_one(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("GET / HTTP/1.1\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"),
		SLICE("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [x]\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [::::]\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [12345::]\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a%00\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"),
		SLICE("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 400);
}

static void malformed_request_lines_are_refused(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("\x16\x03\x01"),
		SLICE("\0"),
		SLICE(" GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET\r\n\r\n"),
		SLICE("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET /#a HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET file:///etc HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET http:/x HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET http://u@h/x HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET a HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GE(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 400);
}

static void other_versions_are_not_spoken(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("GET / HTTP/0.9\r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
		SLICE("PRI * HTTP/2.0\r\n\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 505);
}

static void what_names_no_version_is_malformed(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("GET /\r\n\r\n"),
		SLICE("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET /  HTTP/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/11\r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/1.10\r\nHost: h\r\n\r\n"),
		SLICE("GET / HTTP/1,1\r\nHost: h\r\n\r\n"),
		SLICE("GET / http/1.1\r\nHost: h\r\n\r\n"),
		SLICE("GET / RTSP/1.0\r\nHost: h\r\n\r\n"),
		SLICE("GET / ICE/1.0\r\nHost: h\r\n\r\n"),
		SLICE("SETUP / RTSP/1.0\r\nHost: h\r\n\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		refused(HTTP_SERVER, no[i], 400);
}

static void methods_that_we_do_not_serve_are_told(void **state)
{
	(void)state;
	refused(HTTP_SERVER, SLICE("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
		501);
	refused(HTTP_SERVER, SLICE("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
	refused(HTTP_SERVER, SLICE("BREW / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
	refused(HTTP_SERVER, SLICE("get / HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
}

static void refused_after(const char *start, char fill, size_t n,
			  const char *end, unsigned status)
{
	struct buf b;
	buf_init(&b);
	buf_puts(&b, start);
	memset(buf_reserve(&b, n), fill, n);
	buf_commit(&b, n);
	buf_puts(&b, end);
	refused(HTTP_SERVER, buf_slice(&b), status);
	buf_fini(&b);
}

static void sizes_are_bounded(void **state)
{
	(void)state;
	refused_after("GET /", 'a', 300, " HTTP/1.1\r\nHost: h\r\n\r\n", 414);
	refused_after("GET /", 'a', 2000, "", 414);
	refused_after(GET_HEAD "A: ", 'a', 1024, "", 431);
	refused_after(GET_HEAD, 'a', 1024, "", 431);
	refused(HTTP_SERVER, SLICE(POST_HEAD "Content-Length: 4097\r\n\r\n"),
		413);
	refused_after(CHUNKED_HEAD "1;", 'a', 300, "\r\n", 400);
	refused_after(CHUNKED_HEAD, '0', 300, "\r\n", 400);
	refused(HTTP_SERVER,
		SLICE(GET_HEAD "A:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\n"
			       "A:b\r\nA:b\r\nA:b\r\nA:b\r\nA:b\r\n"
			       "A:b\r\nA:b\r\n\r\n"),
		431);
}

static void trailers_are_bounded(void **state)
{
	(void)state;
	struct trace t;
	struct buf b;
	buf_init(&b);
	buf_puts(&b, CHUNKED_HEAD "0\r\n");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "A: 56789\r\n");
	run(&t, HTTP_SERVER, buf_slice(&b), buf_len(&b), false);
	assert_int_equal(t.status, ERR_LIMIT);
	trace_fini(&t);
	buf_fini(&b);
}

static void a_chunked_body_is_bounded(void **state)
{
	(void)state;
	struct trace t;
	struct buf b;
	buf_init(&b);
	buf_puts(&b, CHUNKED_HEAD);
	for (int i = 0; i < 257; i++)
		buf_puts(&b, "10\r\n0123456789abcdef\r\n");
	run(&t, HTTP_SERVER, buf_slice(&b), buf_len(&b), false);
	assert_int_equal(t.status, ERR_LIMIT);
	assert_int_equal(t.error_status, 413);
	assert_int_equal(buf_len(&t.body), 4096);
	trace_fini(&t);
	buf_fini(&b);
}

static void a_chunk_past_the_bound_is_refused_by_its_size(void **state)
{
	(void)state;
	refused(HTTP_SERVER, SLICE(CHUNKED_HEAD "1001\r\n"), 413);
	refused(HTTP_SERVER, SLICE(CHUNKED_HEAD "1\r\nx\r\n1000\r\n"), 413);
	refused(HTTP_SERVER, SLICE(CHUNKED_HEAD "7fffffffffffffff\r\n"), 413);
	refused(HTTP_SERVER,
		SLICE(CHUNKED_HEAD "1\r\nx\r\n7fffffffffffffff\r\nx"), 413);
	refused(HTTP_SERVER, SLICE(CHUNKED_HEAD "8000000000000000\r\n"), 400);
}

static void expectations_that_cannot_be_met_are_refused(void **state)
{
	(void)state;
	refused(HTTP_SERVER, SLICE(POST_HEAD "Expect: x\r\n\r\n"), 417);
	refused(HTTP_SERVER, SLICE(POST_HEAD "Expect:\r\n\r\n"), 417);
	refused(HTTP_SERVER, SLICE(POST_HEAD "Expect: 100-continue, x\r\n\r\n"),
		417);
	refused(HTTP_SERVER,
		SLICE(POST_HEAD "Expect: 100-continue\r\n"
				"Expect: 100-continue\r\n\r\n"),
		417);
	/* Nothing to go on with; and HTTP/1.0 knows none. */
	taken(HTTP_SERVER, SLICE(GET_HEAD "Expect: 100-continue\r\n\r\n"),
	      "GET|/||h|0||1.1 f0 l-1 k1 e0 [Host=h] [Expect=100-continue]\n"
	      "end\n",
	      "");
	taken(HTTP_SERVER,
	      SLICE("POST / HTTP/1.0\r\nExpect: x\r\n"
		    "Content-Length: 1\r\n\r\nx"),
	      "POST|/|||0||1.0 f1 l1 k0 e0 [Expect=x] [Content-Length=1]\n"
	      "end\n",
	      "x");
}

static void pipelined_bytes_stay_unconsumed(void **state)
{
	(void)state;
	struct slice first = SLICE(POST_HEAD "Content-Length: 2\r\n\r\nab");
	struct slice both = SLICE(
		POST_HEAD "Content-Length: 2\r\n\r\nab" GET_HEAD "\r\n");
	struct http_parser p;
	struct trace t;
	size_t n, m;
	trace_init(&t);
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	assert_int_equal(http_parser_feed(&p, both, &n), OK);
	assert_int_equal(n, first.n);
	assert_int_equal(p.state, HTTP_DONE);
	assert_int_equal(http_parser_feed(&p, slice_from(both, n), &m), OK);
	assert_int_equal(m, 0);
	http_parser_next(&p);
	assert_int_equal(http_parser_feed(&p, slice_from(both, n), &m), OK);
	assert_int_equal(n + m, both.n);
	assert_int_equal(p.state, HTTP_DONE);
	assert_int_equal(http_parser_finish(&p), ERR_CLOSED);
	http_parser_next(&p);
	assert_null(p.room);
	http_parser_fini(&p);
	trace_fini(&t);
}

/* Two connections take turns with one room. */
static void a_head_that_is_let_go_leaves_its_room_to_others(void **state)
{
	(void)state;
	struct slice text = SLICE(POST_HEAD "Content-Length: 2\r\n\r\nab");
	struct http_parser a, b;
	struct http_rooms rooms;
	struct trace t;
	size_t n;
	http_rooms_init(&rooms);
	trace_init(&t);
	http_parser_init(&a, HTTP_SERVER, &limits, &events, &t);
	http_parser_init(&b, HTTP_SERVER, &limits, &events, &t);
	http_parser_share(&a, &rooms);
	http_parser_share(&b, &rooms);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(http_parser_feed(&a, text, &n), OK);
		assert_int_equal(rooms.slab.n, 1);
		http_parser_forget_head(&a);
		http_parser_forget_head(&a);
		assert_int_equal(rooms.n, 1);
		assert_int_equal(http_parser_feed(&b, text, &n), OK);
		assert_int_equal(rooms.slab.n, 1);
		http_parser_next(&a);
		http_parser_next(&b);
		assert_int_equal(rooms.n, 1);
	}
	/* The body does without. */
	assert_int_equal(
		http_parser_feed(
			&a, slice_of(POST_HEAD "Content-Length: 2\r\n\r\na"),
			&n),
		OK);
	http_parser_forget_head(&a);
	assert_int_equal(http_parser_feed(&a, SLICE("b"), &n), OK);
	assert_int_equal(a.state, HTTP_DONE);
	http_parser_fini(&a);
	http_parser_fini(&b);
	http_rooms_fini(&rooms);
	trace_fini(&t);
}

static void a_stop_holds_the_rest_back(void **state)
{
	(void)state;
	struct slice text = SLICE(POST_HEAD "Content-Length: 2\r\n\r\nab");
	struct http_parser p;
	struct trace t;
	size_t n, m;
	trace_init(&t);
	t.stop_at_head = true;
	t.parser = &p;
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	assert_int_equal(http_parser_feed(&p, text, &n), OK);
	assert_int_equal(n, text.n - 2);
	assert_int_equal(buf_len(&t.body), 0);
	assert_int_equal(http_parser_feed(&p, slice_from(text, n), &m), OK);
	assert_int_equal(m, 2);
	assert_int_equal(p.state, HTTP_DONE);
	http_parser_fini(&p);
	trace_fini(&t);
}

static void a_stop_before_the_end_of_no_body_is_taken_up(void **state)
{
	(void)state;
	struct http_parser p;
	struct trace t;
	size_t n;
	trace_init(&t);
	t.stop_at_head = true;
	t.parser = &p;
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	assert_int_equal(http_parser_feed(&p, SLICE(GET_HEAD "\r\n"), &n), OK);
	assert_int_equal(p.state, HTTP_IN_BODY);
	assert_int_equal(http_parser_feed(&p, SLICE(""), &n), OK);
	assert_int_equal(p.state, HTTP_DONE);
	http_parser_fini(&p);
	trace_fini(&t);
}

#define TEST(name) cmocka_unit_test(name)

static void a_feed_of_whole_chunks_is_told(void **state)
{
	(void)state;
	struct slice head = SLICE(POST_HEAD
				  "Transfer-Encoding: chunked\r\n\r\n");
	const struct {
		struct slice bytes;
		bool whole;
	} part[] = {
		{head, false},
		{SLICE("3\r\nabc\r\n"), true},
		{SLICE("3\r\nde"), false},
		{SLICE("f\r\n"), false},
		{SLICE("1\r\ng\r\n1\r\nh\r\n"), true},
		{SLICE("1\r\n-\r\n1\r"), false},
		{SLICE("\n-\r\n1\r\n-\r\n"), false},
		{SLICE("3\r\nijk\r\n"), true},
		{SLICE("0\r\n\r\n"), false},
	};
	struct http_parser p;
	struct trace t;
	trace_init(&t);
	http_parser_init(&p, HTTP_SERVER, &limits, &events, &t);
	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		assert_int_equal(feed_part(&p, &t, part[i].bytes),
				 part[i].bytes.n);
		assert_int_equal(t.status, OK);
		assert_int_equal(http_parser_fed_chunks(&p), part[i].whole);
	}
	assert_int_equal(p.state, HTTP_DONE);
	assert_true(slice_equal(buf_slice(&t.body), SLICE("abcdefgh---ijk")));
	http_parser_fini(&p);
	trace_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_read),
		TEST(an_empty_line_may_come_first),
		TEST(bodies_are_told_by_length),
		TEST(chunked_bodies_are_taken_apart),
		TEST(malformed_chunks_are_refused),
		TEST(heads_that_can_be_read_in_two_ways_are_refused),
		TEST(options_of_the_connection_are_few),
		TEST(a_host_must_be_one),
		TEST(malformed_request_lines_are_refused),
		TEST(other_versions_are_not_spoken),
		TEST(what_names_no_version_is_malformed),
		TEST(methods_that_we_do_not_serve_are_told),
		TEST(sizes_are_bounded),
		TEST(trailers_are_bounded),
		TEST(a_chunked_body_is_bounded),
		TEST(a_chunk_past_the_bound_is_refused_by_its_size),
		TEST(expectations_that_cannot_be_met_are_refused),
		TEST(a_feed_of_whole_chunks_is_told),
		TEST(pipelined_bytes_stay_unconsumed),
		TEST(a_head_that_is_let_go_leaves_its_room_to_others),
		TEST(a_stop_holds_the_rest_back),
		TEST(a_stop_before_the_end_of_no_body_is_taken_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
