#include "common/http/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOM 4

static struct http_header header[ROOM];
static struct http_head head;
static struct http_seen seen;

/* Behind the bytes there are no more zeros than there must be. */
static size_t read_bytes(enum http_side side, struct slice bytes)
{
	static char *text;
	free(text);
	text = calloc(1, bytes.n + HTTP_PLAIN_ZEROS);
	memcpy(text, bytes.p, bytes.n);
	return http_plain_read(side, text, header, ROOM, &head, &seen);
}

static size_t request(const char *text)
{
	return read_bytes(HTTP_SERVER, slice_of(text));
}

static size_t answer(const char *text)
{
	return read_bytes(HTTP_CLIENT, slice_of(text));
}

static void a_usual_request_is_read(void **state)
{
	(void)state;
	const char *text = "POST /v1/a?b=%20 HTTP/1.1\r\nHost: a:1\r\n"
			   "X-Long-Name-Of-A-Header:  b, c\r\n\r\nbody";
	assert_int_equal(request(text), strlen(text) - 4);
	assert_int_equal(head.method, HTTP_METHOD_POST);
	assert_true(slice_equal(head.target, SLICE("/v1/a?b=%20")));
	assert_int_equal(head.n_headers, 2);
	assert_true(slice_equal(header[0].value, SLICE("a:1")));
	assert_true(
		slice_equal(header[1].name, SLICE("X-Long-Name-Of-A-Header")));
	assert_true(slice_equal(header[1].value, SLICE("b, c")));
	assert_int_equal(head.minor, 1);
}

static void a_usual_answer_is_read(void **state)
{
	(void)state;
	const char *text =
		"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\n";
	assert_int_equal(answer(text), strlen(text));
	assert_int_equal(head.status, 404);
	assert_true(slice_equal(head.reason, SLICE("Not Found")));
	assert_int_equal(head.n_headers, 1);
}

static void what_bears_on_framing_is_noted(void **state)
{
	(void)state;
	assert_true(answer("HTTP/1.1 200 OK\r\nA: b\r\n"
			   "transfer-encoding: Chunked\r\n\r\n") > 0);
	assert_ptr_equal(seen.coding, &header[1]);
	assert_null(seen.length);
	assert_true(request("POST / HTTP/1.1\r\nHost: a\r\n"
			    "Content-Length: 12\r\n"
			    "Expect: 100-continue\r\n"
			    "Connection: close\r\n\r\n") > 0);
	assert_ptr_equal(seen.host, &header[0]);
	assert_ptr_equal(seen.length, &header[1]);
	assert_ptr_equal(seen.expect, &header[2]);
	assert_int_equal(seen.content_length, 12);
	assert_true(seen.close && !seen.keep_alive && !seen.others);
	assert_null(seen.coding);
}

static void a_repeated_host_is_noted(void **state)
{
	(void)state;
	assert_true(request("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") >
		    0);
	assert_true(seen.host_again);
	assert_true(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n") > 0);
	assert_false(seen.host_again);
}

static void a_head_that_is_not_whole_is_left(void **state)
{
	(void)state;
	const char *text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(
			read_bytes(HTTP_SERVER, (struct slice){text, n}), 0);
	assert_int_equal(request(text), strlen(text));
}

static void what_is_out_of_the_ordinary_is_left(void **state)
{
	(void)state;
	static const char *const no[] = {
		"get / HTTP/1.1\r\nHost: a\r\n\r\n",
		"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\n\r\n",
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
		"GET / HTTP/1.1\r\n: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a \r\n\r\n",
		"GET / HTTP/1.1\r\nHost:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: caf\xc3\xa9\r\n\r\n",
		"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
		"GET / HTTP/1.1\r\nConnection: close, x\r\n\r\n",
		"GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n"
		"\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
		"Content-Length: 1\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n"
		"\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 1\r\n"
		"content-length: 1\r\n\r\n",
		"GET / HTTP/1.1\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n"
		"\r\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_int_equal(request(no[i]), 0);
	assert_int_equal(
		read_bytes(HTTP_SERVER,
			   SLICE("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n")),
		0);
	assert_int_equal(answer("HTTP/1.1 100 Continue\r\n\r\n"), 0);
	assert_int_equal(answer("HTTP/1.1 200\r\n\r\n"), 0);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\n\r\n"), 0);
	assert_int_equal(answer("HTTP/1.1 2000 OK\r\n\r\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_request_is_read),
		cmocka_unit_test(a_usual_answer_is_read),
		cmocka_unit_test(what_bears_on_framing_is_noted),
		cmocka_unit_test(a_repeated_host_is_noted),
		cmocka_unit_test(a_head_that_is_not_whole_is_left),
		cmocka_unit_test(what_is_out_of_the_ordinary_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
