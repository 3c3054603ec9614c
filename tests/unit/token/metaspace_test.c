#include "tests/unit/token/chars.h"

#include "common/token/metaspace.h"

static struct buf room;

static int begin(void **state)
{
	(void)state;
	buf_init(&room);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_fini(&room);
	return 0;
}

static void expect(enum metaspace how, bool starts, const char *text,
		   const char *want)
{
	assert_true(slice_equal(metaspace(how, slice_of(text), starts, &room),
				slice_of(want)));
}

static void blanks_become_one_character_each(void **state)
{
	(void)state;
	expect(METASPACE_NEVER, true, "a  b ", "a\u2581\u2581b\u2581");
	expect(METASPACE_NEVER, true, " ", "\u2581");
	expect(METASPACE_NEVER, true, "\t\n", "\t\n");
}

static void one_is_put_before_the_text_by_the_scheme(void **state)
{
	(void)state;
	expect(METASPACE_ALWAYS, false, "a", "\u2581a");
	expect(METASPACE_FIRST, true, "a b", "\u2581a\u2581b");
	expect(METASPACE_FIRST, false, "a", "a");
	expect(METASPACE_NEVER, true, "a", "a");
}

static void none_is_put_before_one_that_is_there(void **state)
{
	(void)state;
	expect(METASPACE_ALWAYS, true, " a", "\u2581a");
	expect(METASPACE_ALWAYS, true, "\u2581a", "\u2581a");
	expect(METASPACE_ALWAYS, true, "", "");
}

static void text_that_stays_is_not_copied(void **state)
{
	struct slice text = SLICE("a b"), plain = SLICE("ab");

	(void)state;
	assert_ptr_equal(metaspace(METASPACE_NONE, text, true, &room).p,
			 text.p);
	assert_ptr_equal(metaspace(METASPACE_FIRST, plain, false, &room).p,
			 plain.p);
}

static struct error err;

static struct tokenizer *with(const char *step)
{
	json_t *root = chars_usual();

	json_object_set_new(root, "normalizer", json_null());
	json_object_set_new(root, "pre_tokenizer", json_of(step));
	json_object_set_new(root, "added_tokens",
			    json_of("[{\"id\":263,\"content\":\"<x>\"}]"));
	return demo_parse(root, &err);
}

#define META(more) "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\"" more "}"

static void only_the_texts_start_counts_as_first(void **state)
{
	struct tokenizer *t = with(
		META(",\"prepend_scheme\":\"first\",\"split\":false"));

	(void)state;
	if (!t)
		fail_msg("%s", err.text);
	assert_string_equal(shown(t, "ab<x>ab ab"), " ab|<x>|ab| ab");
	assert_string_equal(shown(t, "<x>ab"), "<x>|ab");
	tokenizer_unref(&t);
}

static void expect_word(const char *entry, bool blanks, const char *word)
{
	char out[4];
	size_t n;

	assert_int_equal(
		metaspace_word(slice_of(entry), blanks, out, sizeof(out), &n),
		word != NULL);
	if (word != NULL)
		assert_true(
			slice_equal((struct slice){out, n}, slice_of(word)));
}

static void an_entry_is_written_for_a_word(void **state)
{
	(void)state;
	expect_word("\u2581a", true, " a");
	expect_word("a\u2581\u2581b", true, "a  b");
	expect_word("\u2581a", false, "\u2581a");
	expect_word(" a", false, " a");
}

static void some_entries_are_written_for_none(void **state)
{
	(void)state;
	expect_word("", true, NULL);
	expect_word("a b", true, NULL);
	expect_word("abcde", true, NULL);
	expect_word("ab\u2581", false, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(blanks_become_one_character_each),
		CASE(one_is_put_before_the_text_by_the_scheme),
		CASE(none_is_put_before_one_that_is_there),
		CASE(text_that_stays_is_not_copied),
		CASE(only_the_texts_start_counts_as_first),
		CASE(an_entry_is_written_for_a_word),
		CASE(some_entries_are_written_for_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
