#include "common/http/chunked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/rules.h"

static const struct http_limits limits = {
	.max_extension_bytes = 40,
	.max_trailer_bytes = 64,
};

static void data_are_spans_of_the_bytes(void **state)
{
	(void)state;
	struct slice text = SLICE("3\r\nabc\r\n0\r\n\r\nmore"), data;
	struct http_chunked c;
	size_t n, m;
	http_chunked_init(&c, &limits);
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
	http_chunked_init(&c, &limits);
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
		http_chunked_init(&c, &limits);
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
	http_chunked_init(&c, &limits);
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
	http_chunked_init(&c, &limits);
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
		http_chunked_init(&c, &limits);
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

static enum status all(const struct http_limits *l, const char *text,
		       size_t step)
{
	struct slice left = slice_of(text), data;
	struct http_chunked c;
	enum status st = OK;
	http_chunked_init(&c, l);
	while (st == OK && left.n > 0 && !http_chunked_done(&c)) {
		struct slice part = {left.p, left.n < step ? left.n : step};
		size_t n = 0;
		st = http_chunked_step(&c, part, &n, &data);
		left = slice_from(left, n);
	}
	assert_true(st == OK || c.why != NULL);
	return st;
}

static void comes_to(enum status want, const char *text)
{
	for (size_t step = 1; step < 40; step++)
		assert_int_equal(all(&limits, text, step), want);
}

static void extensions_have_one_form(void **state)
{
	(void)state;
	comes_to(OK, "1;a\r\nx\r\n0;b=c\r\n\r\n");
	comes_to(OK, "1;a=\"b;c=\\\"d\\\\\";e\r\nx\r\n0\r\n\r\n");
	const char *no[] = {
		"1;\r\n",           "1;;a\r\n",       "1;a;\r\n",
		"1;=a\r\n",         "1;a=\r\n",       "1;a==b\r\n",
		"1; a\r\n",         "1;a =b\r\n",     "1;a= b\r\n",
		"1;a=b c\r\n",      "1;\"a\"\r\n",    "1;a=\"b\r\n",
		"1;a=\"b\\\r\n",    "1;a=\"b\"c\r\n", "1;a=b\"c\"\r\n",
		"1;a=\"\x07\"\r\n", "1;a\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		comes_to(ERR_INVALID, no[i]);
}

static void extensions_are_bounded_over_all_chunks(void **state)
{
	(void)state;
	comes_to(OK, "1;aaaaaaaaaaaaaaaaaaa\r\nx\r\n"
		     "1;bbbbbbbbbbbbbbbbbbb\r\nx\r\n0\r\n\r\n");
	comes_to(ERR_LIMIT, "1;aaaaaaaaaaaaaaaaaaa\r\nx\r\n"
			    "1;bbbbbbbbbbbbbbbbbbbb\r\nx\r\n0\r\n\r\n");
}

static void trailers_are_bounded(void **state)
{
	(void)state;
	comes_to(OK, "0\r\nA: 0123456789012345678901234567890123456789\r\n"
		     "B: 0123456789\r\n\r\n");
	comes_to(ERR_LIMIT,
		 "0\r\nA: 0123456789012345678901234567890123456789\r\n"
		 "B: 0123456789012345\r\n\r\n");
}

static void a_trailer_says_nothing_that_only_a_header_may(void **state)
{
	(void)state;
	comes_to(OK, "0\r\nServer: a\r\nX: b\r\n\r\n");
	comes_to(OK, "0\r\nContent-Lengths: 1\r\n\r\n");
	comes_to(OK, "0\r\nProxy-Authentications: 1\r\n\r\n");
	comes_to(ERR_INVALID, "0\r\nContent-Length: 1\r\n\r\n");
	comes_to(ERR_INVALID, "0\r\nX: y\r\ntransfer-ENCODING: a\r\n\r\n");
	comes_to(ERR_INVALID, "0\r\nProxy-Authorization: a\r\n\r\n");
	comes_to(ERR_INVALID, "0\r\nHost: a\r\n\r\n");
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
		cmocka_unit_test(extensions_have_one_form),
		cmocka_unit_test(extensions_are_bounded_over_all_chunks),
		cmocka_unit_test(trailers_are_bounded),
		cmocka_unit_test(a_trailer_says_nothing_that_only_a_header_may),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
