#include "tests/unit/token/fixture.h"

#include "common/token/edit.h"

static struct buf out;

static const char *edited(enum edit how, const char *text)
{
	buf_reset(&out, SIZE_MAX);
	edit_append(how, slice_of(text), &out);
	buf_putc(&out, '\0');
	return buf_slice(&out).p;
}

static void lower_case_is_that_of_each_letter_alone(void **state)
{
	(void)state;
	assert_string_equal(edited(EDIT_LOWER, "A\u00c9\u03a3\u01c5"),
			    "a\u00e9\u03c3\u01c6");
	/* No final sigma, and one letter that becomes two. */
	assert_string_equal(edited(EDIT_LOWER, "\u039f\u03a3"), "\u03bf\u03c3");
	assert_string_equal(edited(EDIT_LOWER, "\u0130"), "i\u0307");
	assert_string_equal(edited(EDIT_LOWER, "\U0001e921"), "\U0001e943");
	assert_string_equal(edited(EDIT_LOWER, "\u00df\u4f60 1"),
			    "\u00df\u4f60 1");
}

static void bert_cleans_controls_and_white_space(void **state)
{
	(void)state;
	assert_string_equal(edited(EDIT_BERT_CLEAN, "a\tb\r\n\u00a0\u3000c"),
			    "a b    c");
	assert_string_equal(
		edited(EDIT_BERT_CLEAN, "\x01\u200d\ufffd\ue000\x0b\xc2\x85"),
		"");
}

static void bert_sets_the_ideographs_of_its_list_apart(void **state)
{
	(void)state;
	assert_string_equal(edited(EDIT_BERT_CHINESE, "a\u4f60\u3042"),
			    "a \u4f60 \u3042");
	assert_string_equal(edited(EDIT_BERT_CHINESE, "\U00020000"),
			    " \U00020000 ");
	/* Extension G came too late. */
	assert_string_equal(edited(EDIT_BERT_CHINESE, "\U00030000\uac00"),
			    "\U00030000\uac00");
}

static void marks_go_with_zero_width_or_all(void **state)
{
	(void)state;
	assert_string_equal(edited(EDIT_BERT_ACCENTS, "e\u0301\u0903"),
			    "e\u0903");
	assert_string_equal(edited(EDIT_ACCENTS, "e\u0301\u0903"), "e");
}

static void nmt_drops_some_controls_and_blanks_others(void **state)
{
	(void)state;
	assert_string_equal(
		edited(EDIT_NMT, "a\x01\x7f\xc2\x8f\tb\u2581\ufeff"), "a b  ");
	assert_string_equal(edited(EDIT_NMT, "\xc2\x85\u00a0"),
			    "\xc2\x85\u00a0");
}

static void the_quick_check_knows_what_stays(void **state)
{
	(void)state;
	assert_true(edit_quick(EDIT_LOWER, SLICE("abc \u00e9")));
	assert_false(edit_quick(EDIT_LOWER, SLICE("abC")));
	assert_true(edit_quick(EDIT_BERT_CLEAN, SLICE("a b")));
	assert_false(edit_quick(EDIT_BERT_CLEAN, SLICE("a\tb")));
	assert_false(edit_quick(EDIT_BERT_CHINESE, SLICE("\u4f60")));
	assert_true(edit_quick(EDIT_NMT, SLICE("")));
}

static void a_dropped_first_character_is_told(void **state)
{
	(void)state;
	assert_true(edit_drops_first(EDIT_BERT_CLEAN, SLICE("\u200da")));
	assert_false(edit_drops_first(EDIT_BERT_CLEAN, SLICE("a\u200d")));
	assert_false(edit_drops_first(EDIT_BERT_CHINESE, SLICE("\u4f60")));
}

static void stripping_knows_all_white_space(void **state)
{
	(void)state;
	assert_true(slice_equal(
		edit_strip(SLICE(" \u2003a\xc2\x85"), true, true), SLICE("a")));
	assert_true(slice_equal(edit_strip(SLICE(" a "), false, true),
				SLICE(" a")));
	assert_true(slice_equal(edit_strip(SLICE("\u200ba"), true, false),
				SLICE("\u200ba")));
	assert_int_equal(edit_strip(SLICE(" \n "), true, true).n, 0);
	assert_int_equal(edit_strip(SLICE(""), true, true).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lower_case_is_that_of_each_letter_alone),
		cmocka_unit_test(bert_cleans_controls_and_white_space),
		cmocka_unit_test(bert_sets_the_ideographs_of_its_list_apart),
		cmocka_unit_test(marks_go_with_zero_width_or_all),
		cmocka_unit_test(nmt_drops_some_controls_and_blanks_others),
		cmocka_unit_test(the_quick_check_knows_what_stays),
		cmocka_unit_test(a_dropped_first_character_is_told),
		cmocka_unit_test(stripping_knows_all_white_space),
	};
	int failed;

	buf_init(&out);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	return failed;
}
