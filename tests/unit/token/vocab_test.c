#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/token/vocab.h"

static void an_entry_is_found_by_text_and_by_id(void **state)
{
	struct vocab v;

	(void)state;
	vocab_init(&v, 10, 10);
	assert_int_equal(vocab_add(&v, 3, slice_of("the"), true), OK);
	assert_int_equal(vocab_add(&v, 9, slice_of("them"), true), OK);
	assert_int_equal(vocab_find(&v, slice_of("the"), true), 3);
	assert_int_equal(vocab_find(&v, slice_of("them"), true), 9);
	assert_int_equal(vocab_find(&v, slice_of("then"), true), VOCAB_NONE);
	assert_true(slice_equal(vocab_text(&v, 9), SLICE("them")));
	assert_int_equal(vocab_text(&v, 4).n, 0);
	assert_int_equal(vocab_text(&v, 10).n, 0);
	vocab_fini(&v);
}

static void an_id_or_a_text_is_not_taken_twice(void **state)
{
	struct vocab v;

	(void)state;
	vocab_init(&v, 4, 4);
	assert_int_equal(vocab_add(&v, 0, slice_of("a"), true), OK);
	assert_int_equal(vocab_add(&v, 0, slice_of("b"), true), ERR_INVALID);
	assert_int_equal(vocab_add(&v, 1, slice_of("a"), true), ERR_INVALID);
	assert_int_equal(vocab_add(&v, 1, slice_of("a"), false), OK);
	assert_int_equal(vocab_find(&v, slice_of("a"), false), 1);
	vocab_fini(&v);
}

static void ids_and_texts_past_the_bounds_are_refused(void **state)
{
	struct vocab v;
	static char text[VOCAB_MAX_TEXT + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	vocab_init(&v, 2, 2);
	assert_int_equal(vocab_add(&v, 2, slice_of("a"), true), ERR_LIMIT);
	assert_int_equal(
		vocab_add(&v, 0, (struct slice){text, sizeof(text)}, true),
		ERR_LIMIT);
	assert_int_equal(
		vocab_add(&v, 0, (struct slice){text, sizeof(text) - 1}, true),
		OK);
	vocab_fini(&v);
}

static void only_a_direct_entry_is_found_as_direct(void **state)
{
	struct vocab v;

	(void)state;
	vocab_init(&v, 200, 200);
	for (uint32_t id = 0; id < 200; id++) {
		char text[16];

		snprintf(text, sizeof(text), "w%u", id);
		assert_int_equal(vocab_add(&v, id, slice_of(text), true), OK);
	}
	vocab_set_direct(&v, 64);
	assert_int_equal(vocab_direct(&v, "w64", 3), 64);
	assert_int_equal(vocab_direct(&v, "w63", 3), VOCAB_NONE);
	assert_int_equal(vocab_direct(&v, "w65", 3), VOCAB_NONE);
	assert_int_equal(vocab_direct(&v, "none", 4), VOCAB_NONE);
	vocab_fini(&v);
}

static void what_is_fetched_and_sealed_is_found_as_before(void **state)
{
	const struct slice text[] = {SLICE("a"), SLICE("none"), SLICE(""),
				     SLICE("abc")};
	struct vocab v;

	(void)state;
	vocab_init(&v, 4, 2);
	vocab_fetch(&v, text, ARRAY_LEN(text));
	assert_int_equal(vocab_add(&v, 0, text[0], true), OK);
	assert_int_equal(vocab_add(&v, 1, text[3], true), OK);
	vocab_fetch(&v, text, ARRAY_LEN(text));
	vocab_fetch(&v, text, 0);
	vocab_seal(&v);
	assert_int_equal(vocab_find(&v, text[0], true), 0);
	assert_int_equal(vocab_find(&v, text[3], true), 1);
	assert_int_equal(vocab_find(&v, text[1], true), VOCAB_NONE);
	assert_true(slice_equal(vocab_text(&v, 1), text[3]));
	vocab_fini(&v);
}

static void an_empty_vocabulary_finds_nothing(void **state)
{
	struct vocab v;

	(void)state;
	vocab_init(&v, 0, 0);
	assert_int_equal(vocab_find(&v, slice_of("a"), true), VOCAB_NONE);
	assert_int_equal(vocab_direct(&v, "a", 1), VOCAB_NONE);
	vocab_fini(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_found_by_text_and_by_id),
		cmocka_unit_test(an_id_or_a_text_is_not_taken_twice),
		cmocka_unit_test(ids_and_texts_past_the_bounds_are_refused),
		cmocka_unit_test(only_a_direct_entry_is_found_as_direct),
		cmocka_unit_test(what_is_fetched_and_sealed_is_found_as_before),
		cmocka_unit_test(an_empty_vocabulary_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
