#include "tests/unit/token/fixture.h"

#include "common/token/normalize.h"

static struct normalizer z;
static struct normalize_room room;

static int begin(void **state)
{
	(void)state;
	normalizer_init(&z);
	normalize_room_init(&room);
	return 0;
}

static int end(void **state)
{
	(void)state;
	normalizer_fini(&z);
	normalize_room_fini(&room);
	return 0;
}

static void add(enum normalize_kind kind, const char *from, const char *to)
{
	assert_int_equal(normalizer_add(&z, kind, slice_of(from), slice_of(to)),
			 OK);
}

static void expect(const char *text, const char *want)
{
	struct slice got = {0};

	assert_int_equal(normalize(&z, slice_of(text), &room, &got), OK);
	if (!slice_equal(got, slice_of(want)))
		fail_msg("%s: %.*s, not %s", text, SLICE_ARG(got), want);
}

static void assert_same(struct slice text)
{
	struct slice got = {0};

	assert_int_equal(normalize(&z, text, &room, &got), OK);
	assert_ptr_equal(got.p, text.p);
}

static void without_steps_the_text_itself_comes_back(void **state)
{
	struct slice text = SLICE("a b");

	(void)state;
	assert_same(text);
}

static void a_step_that_changes_nothing_copies_nothing(void **state)
{
	struct slice text = SLICE("abc");

	(void)state;
	add(NORMALIZE_NFC, "", "");
	add(NORMALIZE_REPLACE, " ", "_");
	assert_same(text);
}

static void steps_follow_one_another(void **state)
{
	(void)state;
	add(NORMALIZE_PREPEND, "", " ");
	add(NORMALIZE_REPLACE, " ", "\u2581");
	add(NORMALIZE_REPLACE, "\u2581\u2581", "+");
	expect("a b", "\u2581a\u2581b");
	expect(" a", "+a");
	expect("", "");
}

static void replacing_goes_from_left_to_right(void **state)
{
	(void)state;
	add(NORMALIZE_REPLACE, "aa", "a");
	expect("aaaaa", "aaa");
	expect("baab", "bab");
}

static void only_some_normalizers_leave_no_blank(void **state)
{
	(void)state;
	assert_false(normalizer_removes_blanks(&z));
	add(NORMALIZE_REPLACE, " ", "_");
	assert_true(normalizer_removes_blanks(&z));
	add(NORMALIZE_NFC, "", "");
	assert_true(normalizer_removes_blanks(&z));
	add(NORMALIZE_PREPEND, "", " x");
	assert_false(normalizer_removes_blanks(&z));
}

static void compatibility_may_make_a_blank_again(void **state)
{
	(void)state;
	add(NORMALIZE_REPLACE, " ", "_");
	add(NORMALIZE_NFKC, "", "");
	assert_false(normalizer_removes_blanks(&z));
	expect("a \u00a0", "a_ ");
}

static void bert_cleans_sets_apart_and_lowers(void **state)
{
	(void)state;
	add(NORMALIZE_BERT_CLEAN, "", "");
	add(NORMALIZE_BERT_CHINESE, "", "");
	add(NORMALIZE_NFD, "", "");
	add(NORMALIZE_BERT_ACCENTS, "", "");
	add(NORMALIZE_LOWER, "", "");
	expect("\u00c9t\u00e9\t\u4f60\u597d\u200b", "ete  \u4f60  \u597d ");
}

static void stripping_copies_nothing(void **state)
{
	struct slice text = SLICE(" \u3000a b\n"), got = {0};

	(void)state;
	add(NORMALIZE_STRIP_LEFT, "", "");
	add(NORMALIZE_STRIP_RIGHT, "", "");
	expect(" \u3000a b\n", "a b");
	assert_int_equal(normalize(&z, text, &room, &got), OK);
	assert_ptr_equal(got.p, text.p + 4);
	expect("  ", "");
}

static void bytes_are_written_in_their_alphabet(void **state)
{
	(void)state;
	add(NORMALIZE_BYTES, "", "");
	expect("a \u00e9", "a\u0120\u00c3\u00a9");
}

static void too_many_steps_are_refused(void **state)
{
	char want[NORMALIZE_MAX_STEPS + 2] = {0};

	(void)state;
	for (size_t i = 0; i < NORMALIZE_MAX_STEPS; i++)
		add(NORMALIZE_PREPEND, "", "x");
	assert_int_equal(
		normalizer_add(&z, NORMALIZE_NFC, SLICE(""), SLICE("")),
		ERR_LIMIT);
	memset(want, 'x', NORMALIZE_MAX_STEPS);
	want[NORMALIZE_MAX_STEPS] = 'y';
	expect("y", want);
}

static void a_long_replacement_is_refused(void **state)
{
	char text[NORMALIZE_MAX_TEXT + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(normalizer_add(&z, NORMALIZE_REPLACE, SLICE("a"),
					(struct slice){text, sizeof(text)}),
			 ERR_LIMIT);
}

static void a_text_that_grows_without_end_is_given_up(void **state)
{
	char many[256] = {0};
	struct slice got = SLICE("untouched");

	(void)state;
	memset(many, 'a', sizeof(many) - 1);
	for (size_t i = 0; i < 8; i++)
		add(NORMALIZE_REPLACE, "a", many);
	assert_int_equal(normalize(&z, SLICE("aa"), &room, &got), ERR_LIMIT);
	assert_string_equal(got.p, "untouched");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_steps_the_text_itself_comes_back),
		CASE(a_step_that_changes_nothing_copies_nothing),
		CASE(steps_follow_one_another),
		CASE(replacing_goes_from_left_to_right),
		CASE(only_some_normalizers_leave_no_blank),
		CASE(compatibility_may_make_a_blank_again),
		CASE(bert_cleans_sets_apart_and_lowers),
		CASE(stripping_copies_nothing),
		CASE(bytes_are_written_in_their_alphabet),
		CASE(too_many_steps_are_refused),
		CASE(a_long_replacement_is_refused),
		CASE(a_text_that_grows_without_end_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
