#include "common/http/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/plain.h"

static void heads_are_written(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	http_write_status(&b, 404);
	http_write_own(&b, "A", "b c");
	http_write_number(&b, "Content-Length", 18446744073709551615ull);
	assert_int_equal(http_write_header(&b, SLICE("X-\xc3"), SLICE("y")),
			 ERR_INVALID);
	assert_int_equal(http_write_header(&b, SLICE("X"), SLICE("\xc3\xa9\t")),
			 OK);
	http_write_end(&b);
	assert_true(slice_equal(buf_slice(&b),
				SLICE("HTTP/1.1 404 Not Found\r\nA: b c\r\n"
				      "Content-Length: 18446744073709551615\r\n"
				      "X: \xc3\xa9\t\r\n\r\n")));
	buf_fini(&b);
}

static void nothing_can_be_injected(void **state)
{
	(void)state;
	const struct slice names[] = {
		SLICE(""),    SLICE("a b"), SLICE("a:"),  SLICE("a\r\n"),
		SLICE("a\0"), SLICE(" a"),  SLICE("a\t"), SLICE("(a)"),
	};
	const struct slice values[] = {
		SLICE("a\r\nb"), SLICE("a\rb"), SLICE("a\nb"),
		SLICE("a\0"),    SLICE("\x1b"), SLICE("\x7f"),
	};
	struct buf b;
	buf_init(&b);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(http_write_header(&b, names[i], SLICE("v")),
				 ERR_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		assert_int_equal(http_write_header(&b, SLICE("n"), values[i]),
				 ERR_INVALID);
	assert_int_equal(buf_len(&b), 0);
	buf_fini(&b);
}

static void request_lines_are_written(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b);
	assert_int_equal(http_write_request(&b, SLICE("GET"), SLICE("/a b")),
			 ERR_INVALID);
	assert_int_equal(http_write_request(&b, SLICE("G T"), SLICE("/a")),
			 ERR_INVALID);
	assert_int_equal(http_write_request(&b, SLICE("GET"), SLICE("")),
			 ERR_INVALID);
	assert_int_equal(http_write_request(&b, SLICE("GET"), SLICE("/\r\n")),
			 ERR_INVALID);
	assert_int_equal(http_write_request(&b, SLICE("GET"), SLICE("/\xff")),
			 ERR_INVALID);
	assert_int_equal(buf_len(&b), 0);
	assert_int_equal(http_write_request(&b, SLICE("POST"), SLICE("/a?b")),
			 OK);
	assert_true(
		slice_equal(buf_slice(&b), SLICE("POST /a?b HTTP/1.1\r\n")));
	buf_fini(&b);
}

static bool all_but_hosts(const struct http_head *h,
			  const struct http_header *of)
{
	(void)h;
	return of->id != HTTP_NAME_HOST;
}

/* As the parser gives it out. */
static void assert_passes(const char *text, bool plain, const char *want)
{
	static const struct http_limits limits = {.max_head_bytes = 4096,
						  .max_headers = 8};
	struct http_header header[8];
	struct http_fault fault;
	struct http_head h;
	struct http_seen seen;
	struct buf b, in;
	buf_init(&b);
	buf_init(&in);
	memset(buf_reserve(&in, strlen(text) + HTTP_PLAIN_ZEROS), 0,
	       strlen(text) + HTTP_PLAIN_ZEROS);
	buf_puts(&in, text);
	if (plain)
		assert_int_equal(http_plain_read(HTTP_SERVER, in.p, header, 8,
						 &h, &seen),
				 strlen(text));
	else
		assert_int_equal(http_head_read(HTTP_SERVER, slice_of(text),
						&limits, header, 8, &h, &seen,
						&fault),
				 OK);
	http_write_passing(&b, &h, all_but_hosts);
	if (!slice_equal(buf_slice(&b), slice_of(want)))
		fail_msg("%.*s", SLICE_ARG(buf_slice(&b)));
	buf_fini(&b);
	buf_fini(&in);
}

static void headers_pass_in_order(void **state)
{
	(void)state;
	const struct {
		const char *text, *want;
	} cases[] = {
		{"GET / HTTP/1.1\r\n\r\n", ""},
		{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", ""},
		{"GET / HTTP/1.1\r\nA: b\r\n\r\n", "A: b\r\n"},
		{"GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n", "A: b\r\nC: d\r\n"},
		{"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nC: d\r\nHOST: h\r\n"
		 "e: f\r\n\r\n",
		 "A: b\r\nC: d\r\ne: f\r\n"},
		{"GET / HTTP/1.1\r\nA: b\r\nhost: h\r\n\r\n", "A: b\r\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_passes(cases[i].text, true, cases[i].want);
		assert_passes(cases[i].text, false, cases[i].want);
	}
}

static void odd_lines_pass_in_our_own_spelling(void **state)
{
	(void)state;
	assert_passes("GET / HTTP/1.1\r\nA:b\r\nC: \t d \r\nE:\r\n"
		      "F: \xc3\xa9\r\n\r\n",
		      false, "A: b\r\nC: d\r\nE: \r\nF: \xc3\xa9\r\n");
}

/* No reader of ours lets it come to this. */
static void a_value_that_cannot_be_sent_is_left_out(void **state)
{
	(void)state;
	struct http_header h[] = {
		http_header_make(SLICE("A"), SLICE("b\r\nX: y")),
		http_header_make(SLICE("C"), SLICE("d")),
	};
	struct http_head head = {.header = h, .n_headers = 2};
	struct buf b;
	buf_init(&b);
	http_write_passing(&b, &head, all_but_hosts);
	assert_true(slice_equal(buf_slice(&b), SLICE("C: d\r\n")));
	buf_fini(&b);
}

static void chunk_heads_tell_the_size(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		const char *want;
	} cases[] = {
		{1, "1\r\n"},
		{15, "f\r\n"},
		{16, "10\r\n"},
		{255, "ff\r\n"},
		{256, "100\r\n"},
		{0xabcdef, "abcdef\r\n"},
		{SIZE_MAX, "ffffffffffffffff\r\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[HTTP_CHUNK_HEAD_BYTES];
		size_t n = http_chunk_head(out, cases[i].n);
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(out, cases[i].want, n);
	}
}

static void reasons_are_known(void **state)
{
	(void)state;
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(503), "Service Unavailable");
	assert_string_equal(http_reason(299), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_written),
		cmocka_unit_test(nothing_can_be_injected),
		cmocka_unit_test(request_lines_are_written),
		cmocka_unit_test(headers_pass_in_order),
		cmocka_unit_test(odd_lines_pass_in_our_own_spelling),
		cmocka_unit_test(a_value_that_cannot_be_sent_is_left_out),
		cmocka_unit_test(chunk_heads_tell_the_size),
		cmocka_unit_test(reasons_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
