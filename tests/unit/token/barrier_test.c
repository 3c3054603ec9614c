#include "tests/unit/token/fixture.h"

#include "common/token/added.h"

static struct added set;
static bool sealed;

static int begin(void **state)
{
	(void)state;
	added_init(&set);
	sealed = false;
	return 0;
}

static int end(void **state)
{
	(void)state;
	added_fini(&set);
	return 0;
}

static void add(const char *text, struct added_token flags)
{
	added_add(&set, slice_of(text), flags);
}

static const struct added_token plain = {.special = true};

static bool is_barrier(const char *text)
{
	if (!sealed) {
		added_seal(&set);
		added_mark_barriers(&set);
		sealed = true;
	}
	for (size_t i = 0; i < set.n; i++)
		if (strcmp(set.token[i].text, text) == 0)
			return set.token[i].barrier;
	fail();
	return false;
}

static void a_special_token_is_one(void **state)
{
	(void)state;
	add("<|end|>", plain);
	add("<|start|>", plain);
	assert_true(is_barrier("<|end|>"));
	assert_true(is_barrier("<|start|>"));
}

static void the_end_of_a_longer_token_is_one(void **state)
{
	(void)state;
	add("<|end|>", plain);
	add("<|the<|end|>", plain);
	assert_true(is_barrier("<|end|>"));
}

static void the_start_of_a_longer_token_is_none(void **state)
{
	(void)state;
	add("<|end|>", plain);
	add("<|end|>\n", plain);
	assert_false(is_barrier("<|end|>"));
	assert_true(is_barrier("<|end|>\n"));
}

static void the_middle_of_a_longer_token_is_none(void **state)
{
	(void)state;
	add("<|end|>", plain);
	add("a<|end|>b", plain);
	assert_false(is_barrier("<|end|>"));
}

static void a_token_that_takes_up_blanks_is_none(void **state)
{
	(void)state;
	add("<|end|>", (struct added_token){.special = true, .rstrip = true});
	assert_false(is_barrier("<|end|>"));
}

static void there_is_none_where_a_token_minds_letters(void **state)
{
	(void)state;
	add("<|end|>", plain);
	add("word", (struct added_token){.single_word = true});
	assert_false(is_barrier("<|end|>"));
}

static void a_token_that_is_not_special_is_none(void **state)
{
	(void)state;
	add("<p>", (struct added_token){0});
	assert_false(is_barrier("<p>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_special_token_is_one, begin,
						end),
		cmocka_unit_test_setup_teardown(
			the_end_of_a_longer_token_is_one, begin, end),
		cmocka_unit_test_setup_teardown(
			the_start_of_a_longer_token_is_none, begin, end),
		cmocka_unit_test_setup_teardown(
			the_middle_of_a_longer_token_is_none, begin, end),
		cmocka_unit_test_setup_teardown(
			a_token_that_takes_up_blanks_is_none, begin, end),
		cmocka_unit_test_setup_teardown(
			there_is_none_where_a_token_minds_letters, begin, end),
		cmocka_unit_test_setup_teardown(
			a_token_that_is_not_special_is_none, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
