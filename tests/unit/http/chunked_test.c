#include "common/http/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* In memory of its own, so that a look past it is seen. */
static struct slice whole(const struct http_chunked *c, struct slice text,
			  size_t *n)
{
	char *copy = malloc(text.n ? text.n : 1);
	memcpy(copy, text.p, text.n);
	struct slice data = http_chunked_whole(c, (struct slice){copy, text.n},
					       n);
	size_t at = data.n > 0 ? (size_t)(data.p - copy) : 0;
	free(copy);
	return (struct slice){text.p + at, data.n};
}

static void a_whole_chunk_is_known_as_one(void **state)
{
	(void)state;
	const struct {
		struct slice text, data;
		size_t n;
	} yes[] = {
		{SLICE("3\r\nabc\r\n"), SLICE("abc"), 8},
		{SLICE("3\r\nabc\r\nwhatever"), SLICE("abc"), 8},
		{SLICE("3\r\nabc\r\n0\r\n\r\n"), SLICE("abc"), 8},
		{SLICE("0000000A\r\n\r\n4567890\n\r\n"), SLICE("\r\n4567890\n"),
		 22},
	};
	struct http_chunked c;
	http_chunked_init(&c);
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		size_t n = 0;
		assert_true(
			slice_equal(whole(&c, yes[i].text, &n), yes[i].data));
		assert_int_equal(n, yes[i].n);
	}
}

static void what_is_no_whole_chunk_is_none(void **state)
{
	(void)state;
	const struct slice no[] = {
		SLICE("4\r\nabc\r\n"),        SLICE("2\r\nabc\r\n"),
		SLICE("3;x\r\nabc\r\n"),      SLICE("3 \r\nabc\r\n"),
		SLICE("3\nabc\r\n"),          SLICE("3\r\nabc\n\n"),
		SLICE("3\r\nabc\r\r"),        SLICE("x\r\nabc\r\n"),
		SLICE("0\r\n\r\n"),           SLICE("000000003\r\nabc\r\n"),
		SLICE("-3\r\nabc\r\n"),       SLICE("\r\nabc\r\n"),
		SLICE("ffffffff\r\nabc\r\n"),
	};
	struct slice yes = SLICE("3\r\nabc\r\n");
	struct http_chunked c;
	size_t n;
	http_chunked_init(&c);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_int_equal(whole(&c, no[i], &n).n, 0);
	for (size_t part = 0; part < yes.n; part++)
		assert_int_equal(whole(&c, (struct slice){yes.p, part}, &n).n,
				 0);
}

static void a_chunk_begins_only_behind_another(void **state)
{
	(void)state;
	struct slice text = SLICE("5\r\n12345\r\n0\r\n\r\n"), data;
	struct slice chunk = SLICE("3\r\nabc\r\n");
	for (size_t cut = 1; cut < text.n; cut++) {
		struct http_chunked c;
		size_t n = 0, at = 0;
		http_chunked_init(&c);
		for (; at < cut; at += n)
			assert_int_equal(
				http_chunked_step(
					&c,
					(struct slice){text.p + at, cut - at},
					&n, &data),
				OK);
		assert_int_equal(whole(&c, chunk, &n).n, cut == 10 ? 3 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_are_spans_of_the_bytes),
		cmocka_unit_test(a_chunk_may_come_in_parts),
		cmocka_unit_test(sizes_have_a_limit),
		cmocka_unit_test(a_whole_chunk_is_known_as_one),
		cmocka_unit_test(what_is_no_whole_chunk_is_none),
		cmocka_unit_test(a_chunk_begins_only_behind_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
