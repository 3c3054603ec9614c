#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

static void assert_holds(const struct buf *b, const char *text)
{
	assert_int_equal(buf_len(b), strlen(text));
	assert_memory_equal(buf_slice(b).p, text, strlen(text));
}

static void assert_json(struct slice in, const char *want)
{
	struct buf b = {0};

	buf_json_string(&b, in);
	assert_holds(&b, want);
	buf_fini(&b);
}

static void an_empty_buffer_holds_no_block(void **unused)
{
	struct buf b;

	(void)unused;
	buf_init(&b);
	assert_int_equal(buf_len(&b), 0);
	assert_null(buf_slice(&b).p);
	buf_append(&b, (struct slice){NULL, 0});
	assert_null(b.p);
	buf_fini(&b);
}

static void bytes_leave_in_the_order_they_came(void **unused)
{
	struct buf b = {0};

	(void)unused;
	buf_puts(&b, "abc");
	buf_putc(&b, 'd');
	buf_consume(&b, 2);
	assert_holds(&b, "cd");
	buf_puts(&b, "ef");
	assert_holds(&b, "cdef");
	buf_consume(&b, 4);
	assert_int_equal(buf_len(&b), 0);
	assert_int_equal(b.start, 0);
	buf_fini(&b);
}

static void growing_keeps_what_is_held(void **unused)
{
	struct buf b = {0};
	struct slice s;

	(void)unused;
	for (unsigned i = 0; i < 5000; i++)
		buf_putc(&b, (char)i);
	buf_consume(&b, 1);
	memset(buf_reserve(&b, 100000), 'x', 100000);
	buf_commit(&b, 100000);
	s = buf_slice(&b);
	assert_int_equal(s.n, 104999);
	for (unsigned i = 0; i < 4999; i++)
		assert_int_equal(s.p[i], (char)(i + 1));
	assert_int_equal(s.p[4999], 'x');
	buf_fini(&b);
}

/* A client that takes a byte at a time must not cost us the whole queue
 * with each of them. */
static void a_trickle_through_a_full_buffer_moves_few_bytes(void **unused)
{
	const size_t many = 4 << 20;
	struct buf b = {0};
	size_t moved = 0, start;

	(void)unused;
	memset(buf_reserve(&b, many), 'x', many);
	buf_commit(&b, many);
	for (int i = 0; i < 100000; i++) {
		buf_consume(&b, 1);
		start = b.start;
		buf_putc(&b, 'y');
		if (b.start < start)
			moved += buf_len(&b);
	}
	assert_true(moved <= 2 * many);
	assert_int_equal(buf_len(&b), many);
	assert_true(b.size <= 4 * many);
	buf_fini(&b);
}

static void room_taken_from_the_front_is_used_again(void **unused)
{
	struct buf b = {0};

	(void)unused;
	for (int i = 0; i < 100000; i++) {
		buf_puts(&b, "0123456789");
		buf_consume(&b, 10);
	}
	buf_puts(&b, "ab");
	for (int i = 0; i < 100000; i++) {
		buf_puts(&b, "0123456789");
		buf_consume(&b, 10);
	}
	assert_true(b.size <= 1024);
	buf_fini(&b);
}

static void a_lent_block_is_used_until_it_is_too_small(void **unused)
{
	char block[16] = "";
	struct buf b;

	(void)unused;
	buf_init_in(&b, block, sizeof(block));
	assert_holds(&b, "");
	buf_puts(&b, "0123456789");
	buf_consume(&b, 8);
	assert_ptr_equal(buf_slice(&b).p, block + 8);
	buf_puts(&b, "abcdef");
	assert_holds(&b, "89abcdef");
	assert_ptr_equal(buf_slice(&b).p, block + 8);
	/* Moved down within the block, then out of it. */
	buf_puts(&b, "ghijklmn");
	assert_ptr_equal(buf_slice(&b).p, block);
	buf_puts(&b, "o");
	assert_holds(&b, "89abcdefghijklmno");
	assert_true(b.p != block);
	buf_fini(&b);
	assert_memory_equal(block, "89abcdefghijklmn", 16);
}

static void a_lent_block_is_not_freed(void **unused)
{
	char block[64];
	struct buf b;

	(void)unused;
	buf_init_in(&b, block, sizeof(block));
	buf_puts(&b, "some");
	buf_reset(&b, sizeof(block));
	assert_ptr_equal(b.p, block);
	buf_puts(&b, "other");
	assert_memory_equal(block, "other", 5);
	buf_reset(&b, sizeof(block) - 1);
	assert_null(b.p);
	buf_puts(&b, "own");
	assert_holds(&b, "own");
	buf_fini(&b);
	buf_init_in(&b, block, sizeof(block));
	buf_fini(&b);
	assert_null(b.p);
}

static void what_is_lent_can_be_moved_out_of(void **state)
{
	char block[8];
	struct buf b;

	(void)state;
	buf_init_in(&b, block, sizeof(block));
	buf_puts(&b, "abcdef");
	buf_consume(&b, 2);
	buf_own(&b);
	memset(block, 'x', sizeof(block));
	assert_holds(&b, "cdef");
	buf_own(&b); /* it is its own already */
	assert_holds(&b, "cdef");
	buf_fini(&b);
	buf_init_in(&b, block, sizeof(block));
	buf_own(&b);
	assert_null(b.p);
	buf_own(&b);
	assert_null(b.p);
}

static void reset_gives_back_only_large_blocks(void **unused)
{
	struct buf b = {0};

	(void)unused;
	buf_puts(&b, "kept");
	buf_reset(&b, 4096);
	assert_non_null(b.p);
	assert_int_equal(buf_len(&b), 0);
	buf_reserve(&b, 8192);
	buf_reset(&b, 4096);
	assert_null(b.p);
	assert_int_equal(b.size, 0);
}

static void trimming_keeps_what_is_held_and_no_more(void **unused)
{
	struct buf b = {0};

	(void)unused;
	buf_trim(&b);
	assert_null(b.p);
	buf_puts(&b, "abcd");
	buf_consume(&b, 1);
	buf_trim(&b);
	assert_holds(&b, "bcd");
	assert_int_equal(b.size, 3);
	buf_puts(&b, "ef");
	assert_holds(&b, "bcdef");
	buf_consume(&b, 5);
	buf_trim(&b);
	assert_null(b.p);
}

static void a_lent_block_is_not_trimmed(void **unused)
{
	char block[16];
	struct buf b;

	(void)unused;
	buf_init_in(&b, block, sizeof(block));
	buf_puts(&b, "ab");
	buf_trim(&b);
	assert_ptr_equal(b.p, block);
	assert_int_equal(b.size, sizeof(block));
	buf_fini(&b);
}

static void printf_grows_past_its_first_guess(void **unused)
{
	struct buf b = {0};

	(void)unused;
	buf_printf(&b, "%d-", 7);
	for (int i = 126; i < 132; i++) {
		buf_printf(&b, "%0*d", i, 1);
		assert_int_equal(buf_slice(&b).p[buf_len(&b) - 1], '1');
	}
	buf_printf(&b, "%0*d|", 9000, 2);
	assert_int_equal(buf_len(&b), 2 + (126 + 131) * 3 + 9001);
	assert_int_equal(buf_slice(&b).p[buf_len(&b) - 1], '|');
	buf_fini(&b);
}

static void numbers_are_written_in_full(void **unused)
{
	struct buf b;

	(void)unused;
	buf_init(&b);
	buf_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_u64(&b, 1000);
	buf_putc(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	assert_holds(&b, "0 1000 18446744073709551615");
	buf_fini(&b);
}

static void parts_of_one_keep_their_noughts(void **unused)
{
	struct buf b;

	(void)unused;
	buf_init(&b);
	buf_fixed(&b, 0, 3);
	buf_putc(&b, ' ');
	buf_fixed(&b, 1050, 3);
	buf_putc(&b, ' ');
	buf_fixed(&b, 9, 1);
	buf_putc(&b, ' ');
	buf_fixed(&b, UINT64_MAX, 9);
	assert_holds(&b, "0.000 1.050 0.9 18446744073.709551615");
	buf_fini(&b);
}

static void json_strings_are_quoted_and_escaped(void **unused)
{
	(void)unused;
	assert_json(SLICE(""), "\"\"");
	assert_json((struct slice){NULL, 0}, "\"\"");
	assert_json(SLICE("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"");
	assert_json(SLICE("\0\x01\x1f\x7f"),
		    "\"\\u0000\\u0001\\u001f\\u007f\"");
	assert_json(SLICE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82"),
		    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\"");
	/* Controls of two bytes, and what is no character. */
	assert_json(SLICE("\xc2\x9e\xef\xbf\xbe\xef\xbf\xbf\xc2\xa0"),
		    "\"\\u009e\\ufffe\\uffff\xc2\xa0\"");
}

static void what_is_not_utf8_becomes_the_replacement(void **unused)
{
	(void)unused;
	assert_json(SLICE("\xff"), "\"\xef\xbf\xbd\"");
	assert_json(SLICE("\x80z"), "\"\xef\xbf\xbdz\"");
	/* Overlong, a surrogate, above U+10FFFF, cut short. */
	assert_json(SLICE("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_json(SLICE("\xe0\x80\xaf"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_json(SLICE("\xed\xa0\x80"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_json(SLICE("\xf4\x90\x80\x80"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_json(SLICE("a\xe2\x82"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void consume_too_much(void *arg)
{
	buf_consume(arg, 4);
}

static void commit_too_much(void *arg)
{
	struct buf *b = arg;

	buf_commit(b, buf_room(b) + 1);
}

static void reserve_the_impossible(void *arg)
{
	buf_reserve(arg, SIZE_MAX / 2);
}

static void reserve_more_than_it_can_count(void *arg)
{
	buf_puts(arg, "one more");
	buf_reserve(arg, BUF_MAX_BYTES);
}

static void lend_more_than_it_can_count(void *arg)
{
	buf_init_in(arg, arg, BUF_MAX_BYTES + 1);
}

static void fix_no_decimals(void *b)
{
	buf_fixed(b, 1, 0);
}

static void fix_ten_decimals(void *b)
{
	buf_fixed(b, 1, 10);
}

static void more_than_there_is_aborts(void **unused)
{
	struct buf b = {0};

	(void)unused;
	buf_puts(&b, "abc");
	assert_true(aborts(consume_too_much, &b));
	assert_true(aborts(commit_too_much, &b));
	assert_true(aborts(reserve_the_impossible, &b));
	assert_true(aborts(reserve_more_than_it_can_count, &b));
	assert_true(aborts(lend_more_than_it_can_count, &b));
	assert_true(aborts(fix_no_decimals, &b));
	assert_true(aborts(fix_ten_decimals, &b));
	buf_fini(&b);
}

static void bytes_that_are_lent_are_read_where_they_are(void **state)
{
	static const char text[] = "abc";
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_lend(&b, SLICE("abc"));
	buf_lend(&b, (struct slice){text, 3});
	assert_ptr_equal(buf_slice(&b).p, text);
	assert_int_equal(buf_len(&b), 3);
	assert_int_equal(buf_room(&b), 0);
	buf_consume(&b, 1);
	assert_ptr_equal(buf_slice(&b).p, text + 1);
	buf_fini(&b);
	assert_null(b.p);
}

static void nothing_can_be_lent(void **state)
{
	struct buf b;

	(void)state;
	buf_lend(&b, (struct slice){NULL, 0});
	assert_int_equal(buf_len(&b), 0);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_holds_no_block),
		cmocka_unit_test(bytes_leave_in_the_order_they_came),
		cmocka_unit_test(growing_keeps_what_is_held),
		cmocka_unit_test(
			a_trickle_through_a_full_buffer_moves_few_bytes),
		cmocka_unit_test(room_taken_from_the_front_is_used_again),
		cmocka_unit_test(a_lent_block_is_used_until_it_is_too_small),
		cmocka_unit_test(a_lent_block_is_not_freed),
		cmocka_unit_test(what_is_lent_can_be_moved_out_of),
		cmocka_unit_test(reset_gives_back_only_large_blocks),
		cmocka_unit_test(trimming_keeps_what_is_held_and_no_more),
		cmocka_unit_test(a_lent_block_is_not_trimmed),
		cmocka_unit_test(printf_grows_past_its_first_guess),
		cmocka_unit_test(numbers_are_written_in_full),
		cmocka_unit_test(parts_of_one_keep_their_noughts),
		cmocka_unit_test(json_strings_are_quoted_and_escaped),
		cmocka_unit_test(what_is_not_utf8_becomes_the_replacement),
		cmocka_unit_test(more_than_there_is_aborts),
		cmocka_unit_test(bytes_that_are_lent_are_read_where_they_are),
		cmocka_unit_test(nothing_can_be_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
