#include "tools/bench/wire.h"

#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_head_is_not_read_before_its_empty_line(void **state)
{
	struct wire_head head;

	(void)state;
	assert_int_equal(
		wire_head_parse(SLICE("HTTP/1.1 200 OK\r\nA: b\r\n"), &head),
		ERR_AGAIN);
	assert_int_equal(wire_head_parse(SLICE(""), &head), ERR_AGAIN);
}

static void the_length_is_found_in_any_case(void **state)
{
	struct wire_head head;

	(void)state;
	assert_int_equal(
		wire_head_parse(SLICE("HTTP/1.1 200 OK\r\nCONTENT-length: 12"
				      "\r\nConnection: close\r\n\r\nbody"),
				&head),
		OK);
	assert_int_equal(head.content_length, 12);
	assert_int_equal(head.head_bytes, 58);
	assert_true(head.has_length && head.close && !head.chunked);
}

static void two_framings_are_refused(void **state)
{
	struct wire_head head;

	(void)state;
	assert_int_equal(
		wire_head_parse(SLICE("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
				      "Transfer-Encoding: chunked\r\n\r\n"),
				&head),
		ERR_INVALID);
	assert_int_equal(wire_head_parse(SLICE("HTTP/1.1 200 OK\r\n"
					       "Content-Length: x\r\n\r\n"),
					 &head),
			 ERR_INVALID);
}

/* Reads all of it in pieces of `step` bytes. */
static enum status read_chunks(struct slice all, size_t step, struct buf *out,
			       bool *done)
{
	struct wire_chunks c = {0};

	for (size_t at = 0; at < all.n; at += step) {
		size_t n = all.n - at < step ? all.n - at : step;
		struct slice bytes = {all.p + at, n}, piece;

		while (bytes.n > 0 && !c.done) {
			enum status s = wire_chunks_next(&c, &bytes, &piece);

			if (s != OK)
				return s;
			buf_append(out, piece);
		}
	}
	*done = c.done;
	return OK;
}

static void chunks_cut_anywhere_give_the_same_body(void **state)
{
	struct slice all = SLICE("5\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n"
				 "0\r\n\r\n");

	(void)state;
	for (size_t step = 1; step <= all.n; step++) {
		struct buf out;
		bool done = false;

		buf_init(&out);
		assert_int_equal(read_chunks(all, step, &out, &done), OK);
		assert_true(done);
		assert_true(slice_equal(buf_slice(&out),
					SLICE("hello 0123456789")));
		buf_fini(&out);
	}
}

static void a_body_without_its_last_chunk_is_not_done(void **state)
{
	struct buf out;
	bool done = true;

	(void)state;
	buf_init(&out);
	assert_int_equal(
		read_chunks(SLICE("5\r\nhello\r\n0\r\n"), 3, &out, &done), OK);
	assert_false(done);
	buf_fini(&out);
}

static void what_is_no_chunk_is_refused(void **state)
{
	static const struct slice bad[] = {
		{"x\r\n", 3},
		{"5\r\nhelloX\n", 10},
		{"5\nhello", 7},
		{"fffffffffffffffffffff\r\n", 23},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf out;
		bool done;

		buf_init(&out);
		assert_int_equal(read_chunks(bad[i], 100, &out, &done),
				 ERR_INVALID);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_not_read_before_its_empty_line),
		cmocka_unit_test(the_length_is_found_in_any_case),
		cmocka_unit_test(two_framings_are_refused),
		cmocka_unit_test(chunks_cut_anywhere_give_the_same_body),
		cmocka_unit_test(a_body_without_its_last_chunk_is_not_done),
		cmocka_unit_test(what_is_no_chunk_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
