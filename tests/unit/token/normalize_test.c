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
	struct slice got = normalize(&z, slice_of(text), &room);

	assert_true(slice_equal(got, slice_of(want)));
}

static void without_steps_the_text_itself_comes_back(void **state)
{
	struct slice text = SLICE("a b");

	(void)state;
	assert_ptr_equal(normalize(&z, text, &room).p, text.p);
}

static void a_step_that_changes_nothing_copies_nothing(void **state)
{
	struct slice text = SLICE("abc");

	(void)state;
	add(NORMALIZE_NFC, "", "");
	add(NORMALIZE_REPLACE, " ", "_");
	assert_ptr_equal(normalize(&z, text, &room).p, text.p);
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

static void too_many_steps_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NORMALIZE_MAX_STEPS; i++)
		add(NORMALIZE_PREPEND, "", "x");
	assert_int_equal(
		normalizer_add(&z, NORMALIZE_NFC, SLICE(""), SLICE("")),
		ERR_LIMIT);
	expect("y", "xxxxxxxxy");
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
		CASE(too_many_steps_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
