#include "router/probe/parity_compare.h"

#include "tests/unit/token/fixture.h"

static const struct parity_case text = {PARITY_TEXT, "a text", ""},
				special = {PARITY_SPECIALS, "a text", ""},
				chat = {PARITY_CHAT, "a chat", ""};
static struct tokenizer *t;
static enum parity_check check;
static char says[1024];

static int begin(void **state)
{
	struct error err;

	(void)state;
	t = tokenizer_load(DEMO, &err);
	assert_non_null(t);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&t);
	return 0;
}

/* Both as text, to be tokenized. */
static bool differ(const struct parity_case *c, const char *ours,
		   const char *theirs)
{
	struct token_list a, b;
	struct buf out = {0};
	bool is;

	token_list_init(&a);
	token_list_init(&b);
	assert_int_equal(tokenizer_encode(t, slice_of(ours), false, 999, &a),
			 OK);
	assert_int_equal(tokenizer_encode(t, slice_of(theirs), false, 999, &b),
			 OK);
	is = parity_compare(c, t, (struct parity_ids){a.id, a.n},
			    (struct parity_ids){b.id, b.n}, &check, &out);
	snprintf(says, sizeof(says), "%.*s", SLICE_ARG(buf_slice(&out)));
	buf_fini(&out);
	token_list_fini(&a);
	token_list_fini(&b);
	return is;
}

static void the_same_ids_are_no_difference(void **state)
{
	(void)state;
	assert_false(differ(&text, "one two", "one two"));
	assert_false(differ(&chat, "", ""));
	assert_string_equal(says, "");
}

static void a_text_shows_the_tokenizer(void **state)
{
	(void)state;
	assert_true(differ(&text, "the one two", "the one 2"));
	assert_int_equal(check, PARITY_TOKENIZER);
	assert_string_equal(says, "a text differs at token 3: ours \" two\", "
				  "theirs \" 2\"");
}

static void a_chat_shows_the_template(void **state)
{
	(void)state;
	assert_true(differ(&chat, "<|im_start|>user\nhi<|im_end|>\n",
			   "[INST] hi [/INST]"));
	assert_int_equal(check, PARITY_TEMPLATE);
	assert_memory_equal(says,
			    "a chat differs at token 0: ours "
			    "\"<|im_start|>user\\nhi<|im_end|>",
			    40);
	assert_non_null(strstr(says, "theirs \"[INST"));
}

static void one_that_ends_before_the_other_has_nothing(void **state)
{
	(void)state;
	assert_true(differ(&chat, "one two three", "one"));
	assert_non_null(strstr(says, "theirs nothing"));
	assert_true(differ(&chat, "", "one"));
	assert_non_null(strstr(says, "ours nothing"));
	assert_int_equal(check, PARITY_TEMPLATE);
}

static void one_token_more_before_all_is_a_special_one(void **state)
{
	(void)state;
	assert_true(differ(&text, "one", "<|endoftext|>one"));
	assert_int_equal(check, PARITY_SPECIAL);
	assert_string_equal(says, "the worker puts \"<|endoftext|>\" before a "
				  "text");
	assert_true(differ(&chat, "<|endoftext|>one", "one"));
	assert_int_equal(check, PARITY_SPECIAL);
	assert_string_equal(says, "the worker does not put \"<|endoftext|>\" "
				  "before a chat");
}

static void one_token_more_behind_is_only_special_where_asked_for(void **state)
{
	(void)state;
	assert_true(differ(&special, "one", "one<|endoftext|>"));
	assert_int_equal(check, PARITY_SPECIAL);
	assert_string_equal(says, "the worker puts \"<|endoftext|>\" behind a "
				  "text");
	assert_true(differ(&special, "one<|endoftext|>", "one"));
	assert_non_null(strstr(says, "does not put"));
	assert_true(differ(&chat, "one", "one\n"));
	assert_int_equal(check, PARITY_TEMPLATE);
}

static void ids_without_a_text_are_shown_as_such(void **state)
{
	static const uint32_t ours[] = {1, 2}, theirs[] = {1, 4000000};
	struct buf out = {0};

	(void)state;
	assert_true(parity_compare(&text, t, (struct parity_ids){ours, 2},
				   (struct parity_ids){theirs, 2}, &check,
				   &out));
	assert_true(slice_ends(buf_slice(&out), SLICE("theirs id 4000000")));
	buf_fini(&out);
}

static void a_long_difference_is_cut(void **state)
{
	char much[400];

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_true(differ(&text, much, "y"));
	assert_true(strlen(says) < 160);
}

static void no_character_is_cut(void **state)
{
	(void)state;
	assert_true(differ(&text, "x\xe6\x97\xa5\xe6\x9c\xac", "y"));
	/* Whatever the tokens are: no half of a character is shown. */
	assert_null(strstr(says, "\xef\xbf\xbd"));
	assert_non_null(strstr(says, "ours \"x"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(the_same_ids_are_no_difference),
		T(a_text_shows_the_tokenizer),
		T(a_chat_shows_the_template),
		T(one_that_ends_before_the_other_has_nothing),
		T(one_token_more_before_all_is_a_special_one),
		T(one_token_more_behind_is_only_special_where_asked_for),
		T(ids_without_a_text_are_shown_as_such),
		T(a_long_difference_is_cut),
		T(no_character_is_cut),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
