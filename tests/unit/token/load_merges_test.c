#include "tests/unit/token/fixture.h"

#include "common/token/load.h"

static struct error err;
static struct tokenizer t;

static int begin(void **state)
{
	(void)state;
	t = (struct tokenizer){.byte_level = true};
	vocab_init(&t.vocab, 8, 8);
	return load_vocab(SLICE("{\"a\":0,\"b\":1,\"c\":2,\"ab\":3,\"abc\":4,"
				"\"#version:\":5,\"#version:a\":6}"),
			  &t, &err) == OK
		       ? 0
		       : -1;
}

static int end(void **state)
{
	(void)state;
	vocab_fini(&t.vocab);
	bpe_fini(&t.bpe);
	return 0;
}

static void merges_are_words_or_pairs(void **state)
{
	(void)state;
	assert_int_equal(
		load_merges(SLICE("[\"a b\", [\"ab\", \"c\"]]"), &t, &err), OK);
	assert_int_equal(t.bpe.n_merge, 2);
}

static void only_a_line_of_words_is_a_version(void **state)
{
	(void)state;
	assert_int_equal(
		load_merges(SLICE("[\"#version: 0.2\", \"a b\"]"), &t, &err),
		OK);
	assert_int_equal(t.bpe.n_merge, 1);
	bpe_fini(&t.bpe);
	assert_int_equal(
		load_merges(SLICE("[[\"#version:\", \"a\"]]"), &t, &err), OK);
	assert_int_equal(t.bpe.n_merge, 1);
}

static void refuse(const char *text, const char *part)
{
	assert_int_equal(load_merges(slice_of(text), &t, &err), ERR_INVALID);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
	bpe_fini(&t.bpe);
}

static void what_is_not_two_entries_is_refused(void **state)
{
	(void)state;
	refuse("[\"ab\"]", "merges[0]");
	refuse("[\"a b c\"]", "merges[0]");
	refuse("[\" b\"]", "merges[0]");
	refuse("[\"a \"]", "merges[0]");
	refuse("[\"a b\", [\"a\"]]", "merges[1]");
	refuse("[[\"a\", \"b\", \"c\"]]", "merges[0]");
	refuse("[[\"a\", 1]]", "merges[0]");
	refuse("[null]", "merges[0]");
	refuse("[[]]", "merges[0]");
}

static void what_is_not_in_the_vocabulary_is_refused(void **state)
{
	(void)state;
	refuse("[\"b a\"]", "not in the vocabulary");
	refuse("[\"a x\"]", "not in the vocabulary");
	refuse("[\"x b\"]", "\"x\"");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(merges_are_words_or_pairs),
		CASE(only_a_line_of_words_is_a_version),
		CASE(what_is_not_two_entries_is_refused),
		CASE(what_is_not_in_the_vocabulary_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
