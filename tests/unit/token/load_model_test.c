#include "tests/unit/token/fixture.h"

static struct error err;

static void other_models_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused(demo_with_member("model", "type", "\"Markov\"", &err),
		       &err, ERR_UNSUPPORTED, "Markov");
	assert_refused(demo_with("model", "{}", &err), &err, ERR_INVALID,
		       "vocab");
	assert_refused(demo_with("model", "7", &err), &err, ERR_INVALID,
		       "vocab");
}

static void most_entries_need_no_merging(void **state)
{
	struct tokenizer *t = tokenizer_load(DEMO, &err);

	(void)state;
	assert_non_null(t);
	assert_string_equal(shown(t, " the"), " the");
	tokenizer_unref(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_models_are_refused_by_name),
		cmocka_unit_test(most_entries_need_no_merging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
