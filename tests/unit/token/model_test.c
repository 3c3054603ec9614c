#include "tests/unit/token/fixture.h"

#include "common/token/model.h"

static void the_byte_alphabet_is_read_where_it_is_used(void **state)
{
	struct tokenizer t = {.byte_level = true};

	(void)state;
	vocab_init(&t.vocab, 4, 4);
	assert_int_equal(model_add(&t, 0, slice_of("\u0120a")), OK);
	assert_true(slice_equal(vocab_text(&t.vocab, 0), SLICE(" a")));
	assert_int_equal(model_find(&t, slice_of("\u0120a")), 0);
	assert_int_equal(model_find(&t, slice_of(" a")), VOCAB_NONE);
	vocab_fini(&t.vocab);
}

static void what_is_outside_the_alphabet_is_found_as_written(void **state)
{
	struct tokenizer t = {.byte_level = true};

	(void)state;
	vocab_init(&t.vocab, 4, 4);
	/* The same bytes, but one stands for them and one is written so. */
	assert_int_equal(model_add(&t, 0, slice_of("\u2581")), OK);
	assert_int_equal(model_add(&t, 1, slice_of("\u00e2\u0138\u0123")), OK);
	assert_int_equal(model_find(&t, slice_of("\u2581")), 0);
	assert_int_equal(model_find(&t, slice_of("\u00e2\u0138\u0123")), 1);
	assert_true(slice_equal(vocab_text(&t.vocab, 1), SLICE("\u2581")));
	vocab_fini(&t.vocab);
}

static void other_vocabularies_are_taken_as_written(void **state)
{
	struct tokenizer t = {0};

	(void)state;
	vocab_init(&t.vocab, 4, 4);
	assert_int_equal(model_add(&t, 0, slice_of("\u0120a")), OK);
	assert_true(slice_equal(vocab_text(&t.vocab, 0), SLICE("\u0120a")));
	vocab_fini(&t.vocab);
}

static void a_text_that_is_too_long_is_not_found(void **state)
{
	static char text[VOCAB_MAX_TEXT + 1];
	struct tokenizer t = {.byte_level = true};

	(void)state;
	memset(text, 'x', sizeof(text));
	vocab_init(&t.vocab, 4, 4);
	assert_int_equal(model_find(&t, (struct slice){text, sizeof(text)}),
			 VOCAB_NONE);
	assert_int_equal(model_add(&t, 0, (struct slice){text, sizeof(text)}),
			 ERR_LIMIT);
	vocab_fini(&t.vocab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_byte_alphabet_is_read_where_it_is_used),
		cmocka_unit_test(
			what_is_outside_the_alphabet_is_found_as_written),
		cmocka_unit_test(other_vocabularies_are_taken_as_written),
		cmocka_unit_test(a_text_that_is_too_long_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
