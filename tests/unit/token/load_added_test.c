#include "tests/unit/token/fixture.h"

#define ROW(id, text, more)                                                    \
	"[{\"id\":" #id ",\"content\":\"" text "\"" more "}]"

static struct error err;

static struct tokenizer *with(const char *list)
{
	struct tokenizer *t = demo_with("added_tokens", list, &err);

	if (!t)
		fail_msg("%s", err.text);
	return t;
}

static void refuse(const char *list, enum status status, const char *part)
{
	assert_refused(demo_with("added_tokens", list, &err), &err, status,
		       part);
}

static void an_added_token_has_an_id_of_its_own(void **state)
{
	struct tokenizer *t = with(ROW(2077, "<x>", ""));
	uint32_t id = 0;

	(void)state;
	assert_true(tokenizer_find(t, SLICE("<x>"), &id));
	assert_int_equal(id, 2077);
	assert_int_equal(tokenizer_vocab_size(t), 2078);
	assert_string_equal(shown(t, "a<x>b"), "a|<x>|b");
	tokenizer_unref(&t);
}

static void an_entry_of_the_vocabulary_keeps_its_id(void **state)
{
	(void)state;
	refuse(ROW(2077, "he", ""), ERR_INVALID, "does not agree");
	refuse(ROW(0, "<x>", ""), ERR_INVALID, "2077");
}

/* The reference goes by the number of entries, not by the file's word. */
static void a_new_token_must_have_the_next_free_id(void **state)
{
	(void)state;
	refuse(ROW(5000, "<x>", ""), ERR_INVALID, "2077");
	refuse("[{\"id\":2078,\"content\":\"<x>\"},"
	       "{\"id\":2077,\"content\":\"<y>\"}]",
	       ERR_INVALID, "not the next free");
}

static void a_token_may_swallow_blanks(void **state)
{
	struct tokenizer *t = with(
		ROW(2077, "<x>", ",\"lstrip\":true,\"rstrip\":true"));

	(void)state;
	assert_string_equal(shown(t, "a <x>\n\n b"), "a|<x>|b");
	tokenizer_unref(&t);
}

static void a_normalized_token_is_found_in_normal_form(void **state)
{
	struct tokenizer *t = with(
		ROW(2077, "e\u0301", ",\"normalized\":true"));

	(void)state;
	assert_string_equal(shown(t, "\u00e9e\u0301"), "e\u0301|e\u0301");
	tokenizer_unref(&t);
	t = with(ROW(2077, "e\u0301", ""));
	assert_string_equal(shown(t, "\u00e9e\u0301"), "\u00e9|e\u0301");
	tokenizer_unref(&t);
}

static void broken_rows_are_refused(void **state)
{
	(void)state;
	refuse("{}", ERR_INVALID, "must be a list");
	refuse("[7]", ERR_INVALID, "id");
	refuse("[{\"content\":\"x\"}]", ERR_INVALID, "id");
	refuse("[{\"id\":2077}]", ERR_INVALID, "content");
	refuse(ROW(2077, "", ""), ERR_LIMIT, "content");
	refuse(ROW(99999999, "x", ""), ERR_LIMIT, "too large");
	refuse(ROW(2077, "<x>", ",\"lstrip\":\"no\""), ERR_INVALID, "lstrip");
}

static void a_token_that_is_too_long_is_refused(void **state)
{
	char list[2048];
	json_t *row = json_pack("[{s:i}]", "id", 2077);
	char *text;

	(void)state;
	memset(list, 'x', sizeof(list));
	list[600] = '\0';
	json_object_set_new(json_array_get(row, 0), "content",
			    json_string(list));
	text = json_dumps(row, 0);
	refuse(text, ERR_LIMIT, "content");
	free(text);
	json_decref(row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_added_token_has_an_id_of_its_own),
		cmocka_unit_test(an_entry_of_the_vocabulary_keeps_its_id),
		cmocka_unit_test(a_new_token_must_have_the_next_free_id),
		cmocka_unit_test(a_token_may_swallow_blanks),
		cmocka_unit_test(a_normalized_token_is_found_in_normal_form),
		cmocka_unit_test(broken_rows_are_refused),
		cmocka_unit_test(a_token_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
