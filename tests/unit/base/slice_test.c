#include "common/base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

#define NOTHING ((struct slice){NULL, 0})

static void equal_means_every_byte(void **unused)
{
	(void)unused;
	assert_true(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
	assert_true(slice_equal(NOTHING, SLICE("")));
	assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	assert_false(slice_equal(SLICE("a"), SLICE("ab")));
	assert_false(slice_equal(SLICE("a"), SLICE("A")));
}

static void a_string_that_ends_is_as_long_as_the_slice(void **unused)
{
	(void)unused;
	assert_true(slice_is(SLICE("ab"), "ab"));
	assert_true(slice_is(NOTHING, ""));
	assert_false(slice_is(NOTHING, "a"));
	assert_false(slice_is(SLICE("ab"), "abc"));
	assert_false(slice_is(SLICE("abc"), "ab"));
	assert_false(slice_is(SLICE("ab"), "aB"));
	assert_false(slice_is(SLICE("a\0b"), "a"));
	assert_false(slice_is(SLICE("a\0"), "a"));
}

static void case_is_ignored_for_ascii_letters_only(void **unused)
{
	(void)unused;
	assert_true(
		slice_equal_nocase(SLICE("Content-X1"), SLICE("cONTENT-x1")));
	assert_true(slice_equal_nocase(NOTHING, SLICE("")));
	assert_false(slice_equal_nocase(SLICE("a"), SLICE("ab")));
	assert_false(slice_equal_nocase(SLICE("@"), SLICE("`")));
	assert_false(slice_equal_nocase(SLICE("["), SLICE("{")));
	assert_false(slice_equal_nocase(SLICE("\xc4"), SLICE("\xe4")));
}

static void a_nul_does_not_end_a_comparison(void **unused)
{
	(void)unused;
	assert_false(slice_equal_nocase(SLICE("a\0b"), SLICE("a\0c")));
	assert_true(slice_equal_nocase(SLICE("a\0B"), SLICE("A\0b")));
}

static void ends_and_starts_fit_or_do_not(void **unused)
{
	(void)unused;
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_true(slice_starts(SLICE("abc"), NOTHING));
	assert_false(slice_starts(SLICE("abc"), SLICE("abcd")));
	assert_false(slice_starts(SLICE("abc"), SLICE("b")));
	assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
	assert_true(slice_ends(NOTHING, NOTHING));
	assert_false(slice_ends(SLICE("abc"), SLICE("0abc")));
	assert_false(slice_ends(SLICE("abc"), SLICE("ab")));
}

static void trim_takes_blanks_and_tabs_only(void **unused)
{
	(void)unused;
	assert_true(slice_equal(slice_trim(SLICE(" \ta b\t ")), SLICE("a b")));
	assert_true(slice_equal(slice_trim(SLICE("\r\na")), SLICE("\r\na")));
	assert_int_equal(slice_trim(SLICE(" \t ")).n, 0);
	assert_int_equal(slice_trim(NOTHING).n, 0);
}

static void split_walks_a_list(void **unused)
{
	struct slice s = SLICE("a,,b");

	(void)unused;
	assert_true(slice_equal(slice_split(&s, ','), SLICE("a")));
	assert_true(slice_equal(slice_split(&s, ','), SLICE("")));
	assert_true(slice_equal(slice_split(&s, ','), SLICE("b")));
	assert_int_equal(s.n, 0);
	assert_int_equal(slice_split(&s, ',').n, 0);
	assert_int_equal(slice_find(SLICE("abc"), 'c'), 2);
	assert_int_equal(slice_find(SLICE("abc"), 'x'), 3);
	assert_int_equal(slice_find(NOTHING, 'x'), 0);
}

static void start_behind_the_end(void *arg)
{
	(void)arg;
	slice_from(SLICE("abc"), 4);
}

static void a_start_behind_the_end_aborts(void **unused)
{
	(void)unused;
	assert_int_equal(slice_from(SLICE("abc"), 3).n, 0);
	assert_true(aborts(start_behind_the_end, NULL));
}

static void assert_refused(struct slice s, uint64_t max, enum status want)
{
	uint64_t out = 77;

	assert_int_equal(slice_to_u64(s, max, &out), want);
	assert_int_equal(out, 77);
}

static void digits_become_a_number(void **unused)
{
	uint64_t out;

	(void)unused;
	assert_int_equal(slice_to_u64(SLICE("0"), 0, &out), OK);
	assert_int_equal(out, 0);
	assert_int_equal(slice_to_u64(SLICE("00042"), 42, &out), OK);
	assert_int_equal(out, 42);
	assert_int_equal(
		slice_to_u64(SLICE("9999999999999999999"), UINT64_MAX, &out),
		OK);
	assert_true(out == 9999999999999999999u);
	assert_int_equal(
		slice_to_u64(SLICE("00000000000000000000000042"), 42, &out),
		OK);
	assert_int_equal(out, 42);
	assert_int_equal(
		slice_to_u64(SLICE("18446744073709551615"), UINT64_MAX, &out),
		OK);
	assert_true(out == UINT64_MAX);
}

static void what_is_not_all_digits_is_refused(void **unused)
{
	(void)unused;
	assert_refused(NOTHING, 10, ERR_INVALID);
	assert_refused(SLICE("-1"), 10, ERR_INVALID);
	assert_refused(SLICE("+1"), 10, ERR_INVALID);
	assert_refused(SLICE(" 1"), 10, ERR_INVALID);
	assert_refused(SLICE("1 "), 10, ERR_INVALID);
	assert_refused(SLICE("0x1"), 10, ERR_INVALID);
	assert_refused(SLICE("1\0"), 10, ERR_INVALID);
	assert_refused(SLICE("99999999999999999999999x"), 10, ERR_INVALID);
}

static void a_number_past_its_bound_is_refused(void **unused)
{
	(void)unused;
	assert_refused(SLICE("11"), 10, ERR_LIMIT);
	assert_refused(SLICE("18446744073709551616"), UINT64_MAX, ERR_LIMIT);
	assert_refused(SLICE("99999999999999999999"), UINT64_MAX, ERR_LIMIT);
	assert_refused(SLICE("184467440737095516150"), UINT64_MAX, ERR_LIMIT);
}

static void sums_and_products_do_not_wrap(void **unused)
{
	size_t out = 7;

	(void)unused;
	assert_int_equal(size_add(SIZE_MAX, 1, &out), ERR_LIMIT);
	assert_int_equal(size_mul(SIZE_MAX / 2, 3, &out), ERR_LIMIT);
	assert_int_equal(out, 7);
	assert_int_equal(size_add(SIZE_MAX - 1, 1, &out), OK);
	assert_true(out == SIZE_MAX);
	assert_int_equal(size_mul(6, 7, &out), OK);
	assert_int_equal(out, 42);
	assert_int_equal(size_mul(0, SIZE_MAX, &out), OK);
	assert_int_equal(out, 0);
}

/* Two texts of 9,000 bytes that differ in the one at `at`, or nowhere. */
static void what_two_texts_share_ends_where_they_part(void **unused)
{
	static char a[9000], b[9000];
	static const size_t place[] = {0,    1,    7,    8,   4095,
				       4096, 4500, 8191, 8999};
	struct slice x = {a, sizeof(a)}, y = {b, sizeof(b)};

	(void)unused;
	assert_int_equal(slice_common_prefix(x, y), sizeof(a));
	assert_int_equal(slice_common_suffix(x, y), sizeof(a));
	for (size_t i = 0; i < ARRAY_LEN(place); i++) {
		a[place[i]] = 1;
		assert_int_equal(slice_common_prefix(x, y), place[i]);
		assert_int_equal(slice_common_suffix(x, y),
				 sizeof(a) - 1 - place[i]);
		a[place[i]] = 0;
	}
}

static void a_short_text_or_none_is_shared_whole(void **unused)
{
	(void)unused;
	assert_int_equal(slice_common_prefix(SLICE("abc"), SLICE("abcd")), 3);
	assert_int_equal(slice_common_suffix(SLICE("abc"), SLICE("bc")), 2);
	assert_int_equal(slice_common_suffix(SLICE("abc"), SLICE("")), 0);
	assert_int_equal(slice_common_prefix((struct slice){0}, SLICE("a")), 0);
	assert_int_equal(slice_common_suffix((struct slice){0}, SLICE("a")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_means_every_byte),
		cmocka_unit_test(a_string_that_ends_is_as_long_as_the_slice),
		cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
		cmocka_unit_test(a_nul_does_not_end_a_comparison),
		cmocka_unit_test(ends_and_starts_fit_or_do_not),
		cmocka_unit_test(trim_takes_blanks_and_tabs_only),
		cmocka_unit_test(split_walks_a_list),
		cmocka_unit_test(a_start_behind_the_end_aborts),
		cmocka_unit_test(digits_become_a_number),
		cmocka_unit_test(what_is_not_all_digits_is_refused),
		cmocka_unit_test(a_number_past_its_bound_is_refused),
		cmocka_unit_test(sums_and_products_do_not_wrap),
		cmocka_unit_test(what_two_texts_share_ends_where_they_part),
		cmocka_unit_test(a_short_text_or_none_is_shared_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
