#include "tests/unit/token/fixture.h"

#include "common/token/split.h"
#include "common/token/unicode.h"

static struct split split;

static int end(void **state)
{
	(void)state;
	split_fini(&split);
	return 0;
}

static void by_text(const char *text, enum split_behavior behavior)
{
	split_fini(&split);
	split_init(&split, SPLIT_BY_TEXT, behavior);
	buf_puts(&split.text, text);
}

static void expect(const char *text, const char *want)
{
	struct split_walk walk = {&split, slice_of(text)};
	struct slice piece;
	char out[256];
	size_t n = 0;

	while (split_next(&walk, &piece)) {
		assert_true(piece.n > 0);
		if (n > 0)
			out[n++] = '|';
		memcpy(out + n, piece.p, piece.n);
		n += piece.n;
	}
	out[n] = '\0';
	assert_string_equal(out, want);
}

static void each_behavior_deals_with_matches_in_its_way(void **state)
{
	const char *text = "the-final--countdown-";

	(void)state;
	by_text("-", SPLIT_REMOVED);
	expect(text, "the|final|countdown");
	by_text("-", SPLIT_ISOLATED);
	expect(text, "the|-|final|-|-|countdown|-");
	by_text("-", SPLIT_MERGED_WITH_PREVIOUS);
	expect(text, "the-|final-|-|countdown-");
	by_text("-", SPLIT_MERGED_WITH_NEXT);
	expect(text, "the|-final|-|-countdown|-");
	by_text("-", SPLIT_CONTIGUOUS);
	expect(text, "the|-|final|--|countdown|-");
}

static void a_match_at_the_start_has_nothing_before_it(void **state)
{
	(void)state;
	by_text("-", SPLIT_MERGED_WITH_PREVIOUS);
	expect("--a", "-|-|a");
	by_text("-", SPLIT_MERGED_WITH_NEXT);
	expect("--a", "-|-a");
	by_text("-", SPLIT_REMOVED);
	expect("--", "");
	expect("", "");
}

static void inverted_the_rest_is_the_match(void **state)
{
	(void)state;
	by_text("-", SPLIT_REMOVED);
	split.invert = true;
	expect("a--b", "-|-");
	by_text("-", SPLIT_CONTIGUOUS);
	split.invert = true;
	expect("a--b-", "a|--|b|-");
	by_text("-", SPLIT_MERGED_WITH_PREVIOUS);
	split.invert = true;
	expect("a--b-c", "a|-|-b|-c");
	by_text("-", SPLIT_MERGED_WITH_NEXT);
	split.invert = true;
	expect("a--b-c", "a-|-|b-|c");
}

static void matches_do_not_overlap(void **state)
{
	(void)state;
	by_text("aa", SPLIT_ISOLATED);
	expect("aaaba", "aa|aba");
}

static void classes_match_character_by_character(void **state)
{
	(void)state;
	split_init(&split, SPLIT_BY_CLASS, SPLIT_REMOVED);
	split.classes = CLASS_SPACE;
	expect(" a\u3000 b\n", "a|b");
	split.behavior = SPLIT_ISOLATED;
	expect("a\u3000 b", "a|\u3000| |b");
}

static void words_are_those_of_another_engine(void **state)
{
	(void)state;
	split_init(&split, SPLIT_BY_WORDS, SPLIT_REMOVED);
	split.invert = true;
	expect("it's  5\u00e9_x!? \u4f60\u3002", "it|'|s|5\u00e9_x|!?|"
						 "\u4f60|\u3002");
	expect(" \n", "");
}

#define CASE(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_behavior_deals_with_matches_in_its_way),
		CASE(a_match_at_the_start_has_nothing_before_it),
		CASE(inverted_the_rest_is_the_match),
		CASE(matches_do_not_overlap),
		CASE(classes_match_character_by_character),
		CASE(words_are_those_of_another_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
