/* The demo's tokenizer against ids that the reference gave: a sample of
 * what `make parity` compares, for machines without the reference. Made
 * again by tests/parity/parity.py --record. */
#include "tests/unit/token/fixture.h"

#define RECORDED "tests/unit/token/recorded.json"

static struct slice text_of(const json_t *s)
{
	return (struct slice){json_string_value(s), json_string_length(s)};
}

static bool is_equal(const json_t *want, const struct token_list *got)
{
	if (json_array_size(want) != got->n)
		return false;
	for (size_t i = 0; i < got->n; i++)
		if (json_integer_value(json_array_get(want, i)) != got->id[i])
			return false;
	return true;
}

static void every_recorded_text_has_the_reference_ids(void **state)
{
	json_t *rows = json_load_file(RECORDED, JSON_ALLOW_NUL, NULL);
	struct error err;
	struct tokenizer *t = tokenizer_load(DEMO, &err);
	struct token_list got;

	(void)state;
	assert_non_null(rows);
	assert_non_null(t);
	assert_true(json_array_size(rows) >= 500);
	token_list_init(&got);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		got.n = 0;
		assert_int_equal(
			tokenizer_encode(t, text_of(json_array_get(row, 0)),
					 false, SIZE_MAX, &got),
			OK);
		if (!is_equal(json_array_get(row, 1), &got))
			fail_msg("row %zu of " RECORDED " differs", i);
	}
	token_list_fini(&got);
	tokenizer_unref(&t);
	json_decref(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_text_has_the_reference_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
