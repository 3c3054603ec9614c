#include "common/http/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void data_are_spans_of_the_bytes(void **state)
{
	(void)state;
	struct slice text = SLICE("3\r\nabc\r\n0\r\n\r\nmore"), data;
	struct http_chunked c;
	size_t n, m;
	http_chunked_init(&c);
	assert_int_equal(http_chunked_step(&c, text, &n, &data), OK);
	assert_ptr_equal(data.p, text.p + 3);
	assert_int_equal(data.n, 3);
	/* The line's end behind the data has come, too. */
	assert_int_equal(n, 8);
	assert_false(http_chunked_done(&c));
	assert_int_equal(http_chunked_step(&c, slice_from(text, n), &m, &data),
			 OK);
	assert_int_equal(data.n, 0);
	assert_true(http_chunked_done(&c));
	assert_int_equal(n + m, text.n - 4);
}

static void a_chunk_may_come_in_parts(void **state)
{
	(void)state;
	struct slice data;
	struct http_chunked c;
	size_t n;
	http_chunked_init(&c);
	assert_int_equal(http_chunked_step(&c, SLICE("4"), &n, &data), OK);
	assert_int_equal(http_chunked_step(&c, SLICE("\r\na"), &n, &data), OK);
	assert_true(slice_equal(data, SLICE("a")));
	assert_int_equal(http_chunked_step(&c, SLICE("bcd\r"), &n, &data), OK);
	assert_true(slice_equal(data, SLICE("bcd")));
	assert_int_equal(n, 3);
	assert_int_equal(http_chunked_step(&c, SLICE("\r"), &n, &data), OK);
	assert_int_equal(data.n, 0);
	assert_int_equal(http_chunked_step(&c, SLICE("x"), &n, &data),
			 ERR_INVALID);
	assert_non_null(c.why);
	assert_int_equal(n, 0);
}

static void sizes_have_a_limit(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("8000000000000000\r\n"),
		SLICE("10000000000000000\r\n"),
		SLICE("0000000000000000fffffffffffffffff\r\n"),
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		struct http_chunked c;
		struct slice data;
		size_t n;
		http_chunked_init(&c);
		assert_int_equal(http_chunked_step(&c, no[i], &n, &data),
				 ERR_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_are_spans_of_the_bytes),
		cmocka_unit_test(a_chunk_may_come_in_parts),
		cmocka_unit_test(sizes_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
