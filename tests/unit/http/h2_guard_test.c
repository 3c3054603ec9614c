#include "common/http/h2_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

enum {
	DATA,
	HEADERS,
	PRIORITY,
	RST,
	SETTINGS,
	PUSH,
	PING,
	GOAWAY,
	WINDOW,
	CONTINUATION,
	UNKNOWN = 77
};
#define END_STREAM  1
#define END_HEADERS 4

static void put_frame_of(struct buf *b, int type, int flags, int id, size_t n)
{
	const char head[] = {(char)(n >> 16),
			     (char)(n >> 8),
			     (char)n,
			     (char)type,
			     (char)flags,
			     0,
			     0,
			     (char)(id >> 8),
			     (char)id};

	buf_append(b, (struct slice){head, sizeof(head)});
	memset(buf_reserve(b, n), 7, n);
	buf_commit(b, n);
}

static void put_frame(struct buf *b, int type, int flags, size_t n)
{
	put_frame_of(b, type, flags, 1, n);
}

static enum h2_abuse frame_of(struct h2_guard *g, int type, int flags, int id,
			      size_t n, uint64_t now_ms)
{
	struct buf b = {0};
	enum h2_abuse abuse;

	put_frame_of(&b, type, flags, id, n);
	abuse = h2_guard_feed(g, buf_slice(&b), now_ms);
	buf_fini(&b);
	return abuse;
}

/* Of a stream of its own. */
static enum h2_abuse frame(struct h2_guard *g, int type, int flags, size_t n,
			   uint64_t now_ms)
{
	return frame_of(g, type, flags, (int)(2 * g->n_frames + 1) & 0xffff, n,
			now_ms);
}

/* How many of a frame are borne at one moment. */
static int borne(int type, int flags, size_t n)
{
	struct h2_guard g;
	int i = 0;

	h2_guard_init(&g, 65536);
	while (i < 5000 && frame(&g, type, flags, n, 1000) == H2_NO_ABUSE)
		i++;
	return i;
}

static void requests_and_bodies_cost_nothing(void **unused)
{
	(void)unused;
	assert_int_equal(borne(HEADERS, END_HEADERS | END_STREAM, 30), 5000);
	assert_int_equal(borne(DATA, 0, 1), 5000);
	assert_int_equal(borne(DATA, END_STREAM, 0), 5000);
}

static void what_moves_nothing_on_is_bounded(void **unused)
{
	static const int type[] = {PRIORITY, RST,    SETTINGS, PUSH,
				   PING,     GOAWAY, WINDOW,   UNKNOWN};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(type); i++)
		assert_int_equal(borne(type[i], 0, 8), 1000);
	assert_int_equal(borne(DATA, 0, 0), 1000);
}

static void the_store_fills_with_time(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	for (uint64_t ms = 1000; ms < 101000; ms += 20)
		assert_int_equal(frame(&g, PING, 0, 8, ms), H2_NO_ABUSE);
	/* Ten a second too many. */
	h2_guard_init(&g, 65536);
	uint64_t ms = 1000;
	while (frame(&g, PING, 0, 8, ms) == H2_NO_ABUSE && ms < 1000000)
		ms += 16;
	assert_in_range(ms, 60000, 100000);
}

static void time_that_stands_still_or_goes_back_fills_nothing(void **unused)
{
	struct h2_guard g;
	int n = 0;

	(void)unused;
	h2_guard_init(&g, 65536);
	while (n < 5000 &&
	       frame(&g, PING, 0, 8, 100000 - (uint64_t)n) == H2_NO_ABUSE)
		n++;
	assert_int_equal(n, 1000);
}

static void thanks_for_frames_that_were_sent_are_free(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	for (int i = 0; i < 20000; i++) {
		h2_guard_sent(&g, 100);
		assert_int_equal(frame(&g, WINDOW, 0, 4, 1000), H2_NO_ABUSE);
		assert_int_equal(frame(&g, WINDOW, 0, 4, 1000), H2_NO_ABUSE);
	}
}

static void windows_of_a_byte_are_not_thanked_for(void **unused)
{
	struct h2_guard g;
	int i = 0;

	(void)unused;
	h2_guard_init(&g, 65536);
	while (i < 5000 && frame(&g, WINDOW, 0, 4, 1000) == H2_NO_ABUSE) {
		h2_guard_sent(&g, 1);
		i++;
	}
	assert_int_equal(i, 1000);
}

static void what_was_sent_is_no_store_for_later(void **unused)
{
	struct h2_guard g;
	int i = 0;

	(void)unused;
	h2_guard_init(&g, 65536);
	for (int k = 0; k < 100000; k++)
		h2_guard_sent(&g, 1000);
	while (i < 5000 && frame(&g, PING, 0, 8, 1000) == H2_NO_ABUSE)
		i++;
	assert_int_equal(i, 1000);
}

static void a_header_block_has_few_frames(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	assert_int_equal(frame(&g, HEADERS, 0, 10, 1), H2_NO_ABUSE);
	for (int i = 0; i < 8; i++)
		assert_int_equal(frame(&g, CONTINUATION, 0, 0, 1), H2_NO_ABUSE);
	assert_int_equal(frame(&g, CONTINUATION, 0, 0, 1), H2_HEADER_BLOCK);
}

static void a_header_block_has_few_bytes(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 40000);
	assert_int_equal(frame(&g, HEADERS, 0, 16384, 1), H2_NO_ABUSE);
	assert_int_equal(frame(&g, CONTINUATION, 0, 16384, 1), H2_NO_ABUSE);
	assert_int_equal(frame(&g, CONTINUATION, 0, 16384, 1), H2_HEADER_BLOCK);
	/* Each block anew. */
	h2_guard_init(&g, 40000);
	for (int i = 0; i < 10; i++)
		assert_int_equal(frame(&g, HEADERS, END_HEADERS, 16384, 1),
				 H2_NO_ABUSE);
	assert_int_equal(frame(&g, HEADERS, END_HEADERS, 40001, 1),
			 H2_HEADER_BLOCK);
}

static void it_knows_where_a_frame_ends(void **unused)
{
	struct h2_guard g;
	struct buf b = {0};
	struct slice all;

	(void)unused;
	h2_guard_init(&g, 65536);
	put_frame(&b, HEADERS, 0, 3);
	put_frame(&b, CONTINUATION, END_HEADERS, 2);
	put_frame(&b, DATA, END_STREAM, 0);
	put_frame(&b, PING, 0, 8);
	all = buf_slice(&b);
	assert_false(h2_guard_midway(&g));
	for (size_t i = 0; i < all.n; i++) {
		bool between = i == 3 + 9 + 2 + 9 - 1 || i == 31 || i == 48;

		assert_int_equal(
			h2_guard_feed(&g, (struct slice){all.p + i, 1}, 1),
			H2_NO_ABUSE);
		assert_int_equal(h2_guard_midway(&g), !between);
	}
	buf_fini(&b);
}

static void cuts_make_no_difference(void **unused)
{
	(void)unused;
	for (size_t step = 1; step < 40; step++) {
		struct h2_guard g;
		struct buf b = {0};
		struct slice left;
		enum h2_abuse abuse = H2_NO_ABUSE;

		h2_guard_init(&g, 65536);
		for (int i = 0; i < 1001; i++)
			put_frame(&b, PING, 0, 8);
		left = buf_slice(&b);
		while (left.n > 8) {
			struct slice part = left;

			assert_int_equal(abuse, H2_NO_ABUSE);
			if (part.n > step)
				part.n = step;
			abuse = h2_guard_feed(&g, part, 1);
			left = slice_from(left, part.n);
			if (abuse != H2_NO_ABUSE)
				break;
		}
		assert_int_equal(abuse, H2_FLOOD);
		assert_in_range(left.n, 0, 8);
		buf_fini(&b);
	}
}

static void streams_that_end_unanswered_are_bounded(void **unused)
{
	struct h2_guard g;
	int n = 0;

	(void)unused;
	h2_guard_init(&g, 65536);
	while (n < 5000 && h2_guard_reset(&g, 1000) == H2_NO_ABUSE)
		n++;
	assert_int_equal(n, 200);
	h2_guard_init(&g, 65536);
	for (uint64_t ms = 1000; ms < 1000000; ms += 100)
		assert_int_equal(h2_guard_reset(&g, ms), H2_NO_ABUSE);
}

static void abuses_have_names(void **unused)
{
	(void)unused;
	for (int i = 0; i < H2_ABUSE_N; i++)
		assert_true(h2_abuse_name((enum h2_abuse)i)[0] != '\0');
	assert_string_equal(h2_abuse_name(H2_RESETS), "resets");
}

static void a_stream_that_its_peer_has_ended_is_over(void **unused)
{
	static const struct {
		int by, flags, then;
	} row[] = {
		{DATA, END_STREAM, DATA},
		{DATA, END_STREAM, HEADERS},
		{HEADERS, END_STREAM | END_HEADERS, DATA},
		{HEADERS, END_STREAM | END_HEADERS, HEADERS},
		{RST, 0, DATA},
		{RST, 0, HEADERS},
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct h2_guard g;

		h2_guard_init(&g, 65536);
		assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 1, 4, 1),
				 H2_NO_ABUSE);
		assert_int_equal(frame_of(&g, row[i].by, row[i].flags, 1, 4, 1),
				 H2_NO_ABUSE);
		assert_int_equal(
			frame_of(&g, row[i].then, END_HEADERS, 3, 4, 1),
			H2_NO_ABUSE);
		assert_int_equal(
			frame_of(&g, row[i].then, END_HEADERS, 1, 4, 1),
			H2_STREAM_ENDED);
	}
}

/* What may still be said of it, and what is none of its end. */
static void an_ended_stream_may_be_reset_or_thanked(void **unused)
{
	static const int type[] = {RST, WINDOW, PRIORITY, UNKNOWN,
				   CONTINUATION};
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	/* No flag of theirs is END_STREAM. */
	assert_int_equal(frame_of(&g, WINDOW, END_STREAM, 5, 4, 1),
			 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, HEADERS, END_STREAM, 5, 4, 1),
			 H2_NO_ABUSE);
	for (size_t i = 0; i < ARRAY_LEN(type); i++)
		assert_int_equal(frame_of(&g, type[i], END_HEADERS, 5, 4, 1),
				 H2_NO_ABUSE);
}

static void long_ended_streams_are_the_librarys(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	for (int id = 1; id <= 2 * H2_GUARD_ENDED + 1; id += 2)
		assert_int_equal(frame_of(&g, DATA, END_STREAM, id, 4, 1),
				 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, DATA, 0, 3, 4, 1), H2_STREAM_ENDED);
	assert_int_equal(frame_of(&g, DATA, 0, 1, 4, 1), H2_NO_ABUSE);
}

static void a_priority_is_a_streams(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	assert_int_equal(frame_of(&g, PRIORITY, 0, 1, 5, 1), H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, SETTINGS, 0, 0, 0, 1), H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, PRIORITY, 0, 0, 5, 1), H2_WRONG_STREAM);
}

/* RFC 9113 5.1.1: a new one closes those below it that never began. */
static void what_was_passed_over_does_not_begin(void **unused)
{
	struct h2_guard g;

	(void)unused;
	h2_guard_init(&g, 65536);
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 1, 4, 1),
			 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 3, 4, 1),
			 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 9, 4, 1),
			 H2_NO_ABUSE);
	/* Trailers. */
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 3, 4, 1),
			 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 9, 4, 1),
			 H2_NO_ABUSE);
	assert_int_equal(frame_of(&g, HEADERS, END_HEADERS, 5, 4, 1),
			 H2_WRONG_STREAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_bodies_cost_nothing),
		cmocka_unit_test(what_moves_nothing_on_is_bounded),
		cmocka_unit_test(the_store_fills_with_time),
		cmocka_unit_test(
			time_that_stands_still_or_goes_back_fills_nothing),
		cmocka_unit_test(thanks_for_frames_that_were_sent_are_free),
		cmocka_unit_test(windows_of_a_byte_are_not_thanked_for),
		cmocka_unit_test(what_was_sent_is_no_store_for_later),
		cmocka_unit_test(a_header_block_has_few_frames),
		cmocka_unit_test(a_header_block_has_few_bytes),
		cmocka_unit_test(it_knows_where_a_frame_ends),
		cmocka_unit_test(cuts_make_no_difference),
		cmocka_unit_test(streams_that_end_unanswered_are_bounded),
		cmocka_unit_test(abuses_have_names),
		cmocka_unit_test(a_stream_that_its_peer_has_ended_is_over),
		cmocka_unit_test(an_ended_stream_may_be_reset_or_thanked),
		cmocka_unit_test(long_ended_streams_are_the_librarys),
		cmocka_unit_test(a_priority_is_a_streams),
		cmocka_unit_test(what_was_passed_over_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
