#include "tests/unit/token/fixture.h"

#include <stdio.h>

#include "common/token/added.h"

static struct added set;

static int begin(void **state)
{
	(void)state;
	added_init(&set);
	return 0;
}

static int end(void **state)
{
	(void)state;
	added_fini(&set);
	return 0;
}

static void add(const char *text, uint32_t id)
{
	added_add(&set, slice_of(text), (struct added_token){.id = id});
}

/* "text<id>text<id>…" */
static const char *cut(const char *text)
{
	static char out[1024];
	struct added_walk w = {.set = &set, .text = slice_of(text)};
	const struct added_token *t;
	struct slice before;
	size_t n = 0;

	do {
		t = added_next(&w, &before);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s",
				      SLICE_ARG(before));
		if (t)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "<%u>",
					      t->id);
	} while (t);
	return out;
}

static void without_tokens_the_text_is_one_piece(void **state)
{
	(void)state;
	added_seal(&set);
	assert_string_equal(cut("hello"), "hello");
	assert_string_equal(cut(""), "");
}

static void tokens_are_cut_out_of_the_text(void **state)
{
	(void)state;
	add("[a]", 1);
	add("[b]", 2);
	added_seal(&set);
	assert_string_equal(cut("x[a]y[b]"), "x<1>y<2>");
	assert_string_equal(cut("[a][a]"), "<1><1>");
	assert_string_equal(cut("[a"), "[a");
	assert_string_equal(cut("[[a]]"), "[<1>]");
}

static void the_longest_token_wins(void **state)
{
	(void)state;
	add("ab", 1);
	add("abcd", 2);
	add("abcdefg", 3);
	added_seal(&set);
	assert_string_equal(cut("abcdef"), "<2>ef");
	assert_string_equal(cut("abc"), "<1>c");
	assert_string_equal(cut("abcdefg"), "<3>");
}

static void the_leftmost_goes_before_the_longest(void **state)
{
	(void)state;
	add("ab", 1);
	add("bcdef", 2);
	added_seal(&set);
	assert_string_equal(cut("abcdef"), "<1>cdef");
	assert_string_equal(cut("xbcdef"), "x<2>");
}

static void of_equal_texts_the_special_one_wins(void **state)
{
	(void)state;
	add("x", 1);
	added_add(&set, slice_of("x"),
		  (struct added_token){.id = 7, .special = true});
	added_seal(&set);
	assert_string_equal(cut("x"), "<7>");
	assert_int_equal(set.n, 1);
}

static void blanks_beside_a_token_are_swallowed(void **state)
{
	(void)state;
	added_add(&set, slice_of("[l]"),
		  (struct added_token){.id = 1, .lstrip = true});
	added_add(&set, slice_of("[r]"),
		  (struct added_token){.id = 2, .rstrip = true});
	added_seal(&set);
	assert_string_equal(cut("a \n[l] b"), "a<1> b");
	assert_string_equal(cut("a [r]\u3000\t b"), "a <2>b");
	assert_string_equal(cut("[r]  [l]"), "<2><1>");
	assert_string_equal(cut("[r]  "), "<2>");
	assert_string_equal(cut("  [l]"), "<1>");
}

static void a_token_inside_swallowed_blanks_is_still_found(void **state)
{
	(void)state;
	added_add(&set, slice_of("[r]"),
		  (struct added_token){.id = 2, .rstrip = true});
	add("\n", 3);
	added_seal(&set);
	/* The reference goes on behind the token, and from there again. */
	assert_string_equal(cut("[r]\n x"), "<2><3> x");
}

static void a_single_word_must_stand_alone(void **state)
{
	(void)state;
	added_add(&set, slice_of("cat"),
		  (struct added_token){.id = 1, .single_word = true});
	added_seal(&set);
	assert_string_equal(cut("cat"), "<1>");
	assert_string_equal(cut("a cat, cat"), "a <1>, <1>");
	assert_string_equal(cut("concat"), "concat");
	assert_string_equal(cut("cats cat"), "cats <1>");
	assert_string_equal(cut("\u00e9cat"), "\u00e9cat");
	assert_string_equal(cut("cat_"), "cat_");
}

static void tokens_may_start_with_any_byte(void **state)
{
	(void)state;
	add("\uff5c", 1);
	add("<", 2);
	add("\n\n", 3);
	added_seal(&set);
	assert_string_equal(cut("a\uff5cb<c\n\n\n"), "a<1>b<2>c<3>\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_tokens_the_text_is_one_piece),
		CASE(tokens_are_cut_out_of_the_text),
		CASE(the_longest_token_wins),
		CASE(the_leftmost_goes_before_the_longest),
		CASE(of_equal_texts_the_special_one_wins),
		CASE(blanks_beside_a_token_are_swallowed),
		CASE(a_token_inside_swallowed_blanks_is_still_found),
		CASE(a_single_word_must_stand_alone),
		CASE(tokens_may_start_with_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
