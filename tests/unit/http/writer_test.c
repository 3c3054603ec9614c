#include "common/http/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
		cmocka_unit_test(chunk_heads_tell_the_size),
		cmocka_unit_test(reasons_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
