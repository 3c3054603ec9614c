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

/* In a batch each rank is its place in the file, past versions too. */
static void many_merges_keep_their_order(void **state)
{
	static char text[4096] = "[\"#version: 1\"";

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, i % 3 == 2 ? ",[\"\\u0061\",\"b\"]" : ",\"ab c\"");
	strcat(text, ",\"a b\"]");
	assert_int_equal(load_merges(slice_of(text), &t, &err), OK);
	assert_int_equal(t.bpe.n_merge, 101);
	bpe_seal(&t.bpe);
	assert_int_equal(bpe_joins_rank(&t.bpe.joins, 0, 1), 100);
	assert_int_equal(bpe_joins_rank(&t.bpe.joins, 3, 2), 99);
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
	refuse("[\"a b\",\"a b\",\"b a\"]", "merges[2]");
	refuse("[\"x b\"]", "\"x b\"");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(merges_are_words_or_pairs),
		CASE(many_merges_keep_their_order),
		CASE(only_a_line_of_words_is_a_version),
		CASE(what_is_not_two_entries_is_refused),
		CASE(what_is_not_in_the_vocabulary_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
