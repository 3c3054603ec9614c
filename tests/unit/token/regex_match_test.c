#include "tests/unit/token/matches.h"

#define MANY 200000

static char *text_of(char c, size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

/* How many matches, and how the walk ended. */
static size_t walk(const char *pattern, struct slice text, enum status *end)
{
	struct regex *re = regex_of(pattern);
	struct regex_room room = {0};
	struct regex_walk w = {re, &room, text};
	struct regex_span span;
	size_t n = 0;

	while ((*end = regex_next(&w, &span)) == OK)
		n++;
	/* It stays at its end. */
	if (*end == ERR_NOT_FOUND)
		assert_int_equal(regex_next(&w, &span), ERR_NOT_FOUND);
	regex_room_fini(&room);
	regex_destroy(&re);
	return n;
}

static size_t matches(const char *pattern, struct slice text)
{
	enum status end;
	size_t n = walk(pattern, text, &end);

	assert_int_equal(end, ERR_NOT_FOUND);
	return n;
}

static void backing_up_finds_what_there_is(void **state)
{
	(void)state;
	expect("\\w+b", "abab!", "<abab>!");
	expect("\\w+?b", "abab!", "<ab><ab>!");
	expect("(?:a|b)+?c|\u4f60*\u4f60b", "abac\u4f60\u4f60b",
	       "<abac><\u4f60\u4f60b>");
	expect("\\s+(?!\\S)|\\s+", "  \u3000a ", "<  ><\u3000>a< >");
}

static void patterns_that_take_exponential_time_elsewhere_do_not(void **state)
{
	static const char *const pattern[] = {
		"(?:a+)+b",       "(?:a|a)*b",     "(?:a|aa)+b",
		"(?:a*)*b",       "(?:a?a?)*b",    "(?:(?:a|a)+)+b",
		"(?>(?:a|aa)+)b", "(?=(?:a+)+b)a", "(?:a|b|ab)*?c"};
	char *text = text_of('a', 1000);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pattern); i++)
		assert_int_equal(matches(pattern[i], slice_of(text)), 0);
	free(text);
}

static void patterns_that_take_quadratic_time_elsewhere_do_not(void **state)
{
	char *text = text_of('1', MANY);

	(void)state;
	assert_int_equal(matches("\\d+x", slice_of(text)), 0);
	assert_int_equal(matches("\\d{1,3}(?=(?:\\d{3})*\\b)", slice_of(text)),
			 (MANY + 2) / 3);
	free(text);
}

static void a_text_that_takes_too_many_steps_is_given_up(void **state)
{
	char *text = text_of('a', 100000);
	enum status end;

	(void)state;
	assert_int_equal(walk("a{50000}b", slice_of(text), &end), 0);
	assert_int_equal(end, ERR_LIMIT);
	assert_int_equal(
		walk("(?<=b.{200})a|(?<=b.{100,200})c", slice_of(text), &end),
		0);
	free(text);
}

/* Deep in a loop, nothing is kept on the program's own stack. */
static void long_texts_need_no_deep_stack(void **state)
{
	char *text = text_of('a', MANY);

	(void)state;
	assert_int_equal(matches("(?:a|b)+", slice_of(text)), 1);
	assert_int_equal(matches("(?:ab?)*?\\z", slice_of(text)), 1);
	free(text);
}

static void a_bound_is_kept_in_both_directions(void **state)
{
	(void)state;
	expect("a{2,3}b", "ab aab aaaab", "ab <aab> a<aaab>");
	expect("a{2,3}?b", "ab aab aaaab", "ab <aab> a<aaab>");
	expect("(?<=\\s{2})a", "  a a", "  <a> a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backing_up_finds_what_there_is),
		cmocka_unit_test(
			patterns_that_take_exponential_time_elsewhere_do_not),
		cmocka_unit_test(
			patterns_that_take_quadratic_time_elsewhere_do_not),
		cmocka_unit_test(a_text_that_takes_too_many_steps_is_given_up),
		cmocka_unit_test(long_texts_need_no_deep_stack),
		cmocka_unit_test(a_bound_is_kept_in_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
