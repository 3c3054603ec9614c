#include "tests/unit/token/fixture.h"

#include "common/token/load.h"

static struct error err;

static void ids_and_entries_are_counted(void **state)
{
	size_t n_id = 4, n_entry = 1;

	(void)state;
	assert_int_equal(load_vocab_size(SLICE("{\"a\": 9, \"b\": 2}"), &n_id,
					 &n_entry, &err),
			 OK);
	/* The one entry besides may have the id behind. */
	assert_int_equal(n_id, 11);
	assert_int_equal(n_entry, 3);
	n_id = n_entry = 0;
	assert_int_equal(load_vocab_size(SLICE("{}"), &n_id, &n_entry, &err),
			 OK);
	assert_int_equal(n_id, 0);
}

static void refuse(const char *text, enum status status)
{
	size_t n_id = 0, n_entry = 0;

	assert_int_equal(load_vocab_size(slice_of(text), &n_id, &n_entry, &err),
			 status);
}

static void ids_that_are_none_are_refused(void **state)
{
	(void)state;
	refuse("{\"a\": -1}", ERR_INVALID);
	refuse("{\"a\": 1.0}", ERR_INVALID);
	refuse("{\"a\": \"1\"}", ERR_INVALID);
	refuse("{\"a\": 4194304}", ERR_LIMIT);
	refuse("{\"a\": 99999999999999999999}", ERR_LIMIT);
	refuse("{\"a\": 4194303}", OK);
}

static void entries_are_unescaped(void **state)
{
	struct tokenizer t = {.byte_level = true};

	(void)state;
	vocab_init(&t.vocab, 3, 2);
	assert_int_equal(
		load_vocab(SLICE("{\"\\u0120a\": 2, \"\\\"\": 0}"), &t, &err),
		OK);
	assert_true(slice_equal(vocab_text(&t.vocab, 2), SLICE(" a")));
	assert_true(slice_equal(vocab_text(&t.vocab, 0), SLICE("\"")));
	vocab_fini(&t.vocab);
}

static void what_is_there_twice_is_refused(void **state)
{
	struct tokenizer t = {.byte_level = true};

	(void)state;
	vocab_init(&t.vocab, 3, 2);
	assert_int_equal(load_vocab(SLICE("{\"a\": 1, \"b\": 1}"), &t, &err),
			 ERR_INVALID);
	assert_non_null(strstr(err.text, "\"b\""));
	vocab_fini(&t.vocab);
	vocab_init(&t.vocab, 3, 2);
	assert_int_equal(load_vocab(SLICE("{\"a\": 1, \"a\": 2}"), &t, &err),
			 ERR_INVALID);
	vocab_fini(&t.vocab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_entries_are_counted),
		cmocka_unit_test(ids_that_are_none_are_refused),
		cmocka_unit_test(entries_are_unescaped),
		cmocka_unit_test(what_is_there_twice_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
