#include "router/probe/parity_tally.h"

#include "tests/unit/token/fixture.h"

static const struct parity_case text = {PARITY_TEXT, "a text", ""},
				special = {PARITY_SPECIALS, "a text", ""},
				chat = {PARITY_CHAT, "a chat", ""};
static struct tokenizer *tokenizer;
static struct parity_tally tally;
static struct buf room;

static int begin(void **state)
{
	struct error err;

	(void)state;
	tokenizer = tokenizer_load(DEMO, &err);
	assert_non_null(tokenizer);
	parity_tally_init(&tally);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&tokenizer);
	parity_tally_fini(&tally);
	buf_fini(&room);
	return 0;
}

static void add(struct parity_tally *to, const struct parity_case *c,
		uint32_t first, uint32_t theirs)
{
	const uint32_t a[] = {first, 40, 41}, b[] = {theirs, 40, 41};

	parity_tally_add(to, c, tokenizer, (struct parity_ids){a, 3},
			 (struct parity_ids){b, 3});
}

/* The worker puts a token before it. */
static void add_with_bos(const struct parity_case *c)
{
	const uint32_t a[] = {40, 41}, b[] = {2077, 40, 41};

	parity_tally_add(&tally, c, tokenizer, (struct parity_ids){a, 2},
			 (struct parity_ids){b, 3});
}

static struct parity_verdict judge(enum parity_check check)
{
	buf_reset(&room, SIZE_MAX);
	return parity_tally_judge(&tally, check, "/dir", &room);
}

static uint64_t print(enum parity_path path)
{
	return parity_tally_print(&tally, path);
}

static void equal_ids_hold_and_have_our_print(void **state)
{
	(void)state;
	add(&tally, &text, 1, 1);
	add(&tally, &special, 1, 1);
	add(&tally, &chat, 2, 2);
	for (int c = PARITY_TOKENIZER; c <= PARITY_TEMPLATE; c++) {
		assert_int_equal(judge((enum parity_check)c).state,
				 PARITY_HOLDS);
		assert_null(judge((enum parity_check)c).says);
	}
	assert_int_equal(print(PARITY_PATH_TEXT), PARITY_OURS);
	assert_int_equal(print(PARITY_PATH_CHAT), PARITY_OURS);
}

static void a_chats_difference_leaves_texts_alone(void **state)
{
	struct parity_verdict v;

	(void)state;
	add(&tally, &text, 1, 1);
	add(&tally, &chat, 1, 2);
	add(&tally, &chat, 3, 4);
	v = judge(PARITY_TEMPLATE);
	assert_int_equal(v.state, PARITY_DIFFERS);
	/* The first of them is told. */
	assert_non_null(strstr(v.says, "ours \"\\\"IJ\", theirs \"#IJ\""));
	assert_non_null(strstr(v.mend, "--chat-template"));
	assert_non_null(strstr(v.mend, "/dir"));
	assert_int_equal(judge(PARITY_TOKENIZER).state, PARITY_HOLDS);
	assert_int_equal(print(PARITY_PATH_TEXT), PARITY_OURS);
	assert_true(print(PARITY_PATH_CHAT) > PARITY_OURS);
}

static void another_tokenizer_hides_all_else(void **state)
{
	(void)state;
	add(&tally, &text, 1, 2);
	add(&tally, &chat, 1, 2);
	assert_int_equal(judge(PARITY_TOKENIZER).state, PARITY_DIFFERS);
	assert_non_null(strstr(judge(PARITY_TOKENIZER).mend, "--tokenizer"));
	assert_int_equal(judge(PARITY_TEMPLATE).state, PARITY_UNKNOWN);
	assert_int_equal(judge(PARITY_SPECIAL).state, PARITY_UNKNOWN);
	/* And yet neither is routed by our ids. */
	assert_true(print(PARITY_PATH_TEXT) > PARITY_OURS);
	assert_true(print(PARITY_PATH_CHAT) > PARITY_OURS);
}

static void a_bos_is_neither_tokenizer_nor_template(void **state)
{
	(void)state;
	add_with_bos(&text);
	add_with_bos(&chat);
	assert_int_equal(judge(PARITY_SPECIAL).state, PARITY_DIFFERS);
	assert_int_equal(judge(PARITY_TOKENIZER).state, PARITY_HOLDS);
	assert_int_equal(judge(PARITY_TEMPLATE).state, PARITY_HOLDS);
	assert_true(print(PARITY_PATH_CHAT) > PARITY_OURS);
}

static void what_was_not_answered_is_unknown_with_the_reason(void **state)
{
	(void)state;
	add(&tally, &text, 1, 1);
	add(&tally, &chat, 1, 1);
	parity_tally_miss(&tally, &chat, "it answers 404");
	parity_tally_miss(&tally, &chat, "something else");
	assert_int_equal(judge(PARITY_TEMPLATE).state, PARITY_UNKNOWN);
	assert_string_equal(judge(PARITY_TEMPLATE).says,
			    "a chat: it answers 404");
	assert_int_equal(print(PARITY_PATH_CHAT), PARITY_NO_PRINT);
	assert_int_equal(judge(PARITY_TOKENIZER).state, PARITY_HOLDS);
	/* One difference is enough all the same. */
	add(&tally, &chat, 1, 2);
	assert_int_equal(judge(PARITY_TEMPLATE).state, PARITY_DIFFERS);
	assert_true(print(PARITY_PATH_CHAT) > PARITY_OURS);
}

static void where_nothing_is_ours_nothing_can_differ(void **state)
{
	(void)state;
	assert_int_equal(judge(PARITY_TEMPLATE).state, PARITY_HOLDS);
	assert_non_null(strstr(judge(PARITY_TEMPLATE).says, "are asked"));
	assert_int_equal(judge(PARITY_TOKENIZER).state, PARITY_HOLDS);
	assert_int_equal(print(PARITY_PATH_CHAT), PARITY_NO_PRINT);
}

static void those_that_differ_alike_have_one_print(void **state)
{
	struct parity_tally other;
	uint64_t theirs;

	(void)state;
	parity_tally_init(&other);
	add(&tally, &chat, 1, 2);
	add(&other, &chat, 5, 2);
	theirs = parity_tally_print(&other, PARITY_PATH_CHAT);
	assert_true(print(PARITY_PATH_CHAT) == theirs);
	add(&other, &chat, 1, 3);
	assert_false(theirs == parity_tally_print(&other, PARITY_PATH_CHAT));
	parity_tally_fini(&other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(equal_ids_hold_and_have_our_print),
		T(a_chats_difference_leaves_texts_alone),
		T(another_tokenizer_hides_all_else),
		T(a_bos_is_neither_tokenizer_nor_template),
		T(what_was_not_answered_is_unknown_with_the_reason),
		T(where_nothing_is_ours_nothing_can_differ),
		T(those_that_differ_alike_have_one_print),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
