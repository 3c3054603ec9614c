#include "tests/unit/token/fixture.h"

#include "common/token/load_tokens.h"

static struct error err;
static struct tokenizer *t;
static struct load_tokens l;

static int begin(void **state)
{
	(void)state;
	t = demo_with("added_tokens", "[]", &err);
	if (t == NULL)
		return -1;
	/* Not sealed yet, and with room for two more. */
	added_fini(&t->raw);
	added_fini(&t->normal);
	added_init(&t->raw);
	added_init(&t->normal);
	t->vocab.entry = realloc(t->vocab.entry,
				 (t->vocab.n_id + 3) * sizeof(*t->vocab.entry));
	memset(t->vocab.entry + t->vocab.n_id, 0, 3 * sizeof(*t->vocab.entry));
	t->vocab.n_id += 2;
	load_tokens_init(&l, t);
	return 0;
}

static int end(void **state)
{
	(void)state;
	load_tokens_fini(&l);
	tokenizer_unref(&t);
	return 0;
}

static struct load_token token(const char *text, uint32_t id)
{
	return (struct load_token){.text = slice_of(text), .flags.id = id};
}

static void a_token_has_the_next_free_id_or_its_own(void **state)
{
	struct load_token other = token("<x>", 7), own = token("he", 7);
	uint32_t he = 0;

	(void)state;
	assert_true(tokenizer_find(t, SLICE("he"), &he));
	assert_false(load_tokens_have(&l, SLICE("he")));
	assert_int_equal(load_tokens_put(&l, &other, &err), OK);
	assert_int_equal(load_tokens_put(&l, &own, &err), OK);
	assert_int_equal(l.row[0].flags.id, 2077);
	assert_int_equal(l.row[1].flags.id, he);
	assert_true(load_tokens_have(&l, SLICE("he")));
	assert_false(load_tokens_have(&l, SLICE("")));
}

static void the_later_of_two_counts(void **state)
{
	struct load_token first = token("<x>", 0), later = token("<x>", 0);

	(void)state;
	later.flags.rstrip = true;
	assert_int_equal(load_tokens_put(&l, &first, &err), OK);
	assert_int_equal(load_tokens_put(&l, &later, &err), OK);
	assert_int_equal(l.n, 1);
	assert_int_equal(load_tokens_seal(&l, &err), OK);
	assert_string_equal(shown(t, "a<x> \nb"), "a|<x>|b");
}

static void a_listed_id_must_be_that_one(void **state)
{
	struct load_token own = token("he", 2077), far = token("<x>", 2078);
	struct load_token good = token("<x>", 2077);

	(void)state;
	assert_int_equal(load_tokens_put_listed(&l, &own, &err), ERR_INVALID);
	assert_int_equal(load_tokens_put_listed(&l, &far, &err), ERR_INVALID);
	assert_int_equal(load_tokens_put_listed(&l, &good, &err), OK);
}

static void there_is_an_end_of_room_and_length(void **state)
{
	static char text[ADDED_MAX_TEXT + 2];
	struct load_token a = token("<a>", 0), b = token("<b>", 0);
	struct load_token c = token("<c>", 0), none = token("", 0);

	(void)state;
	assert_int_equal(load_tokens_put(&l, &a, &err), OK);
	assert_int_equal(load_tokens_put(&l, &b, &err), OK);
	assert_int_equal(load_tokens_put(&l, &c, &err), ERR_LIMIT);
	assert_int_equal(load_tokens_put(&l, &none, &err), ERR_LIMIT);
	memset(text, 'x', ADDED_MAX_TEXT + 1);
	c = token(text, 0);
	assert_int_equal(load_tokens_put(&l, &c, &err), ERR_LIMIT);
	assert_int_equal(load_tokens_put_listed(&l, &c, &err), ERR_LIMIT);
}

static bool is_normalized(const char *text, bool by_special)
{
	json_t *o = json_of(text);
	struct load_token r = {0};

	assert_int_equal(load_token_read(o, "x", by_special, &r, &err), OK);
	json_decref(o);
	return r.normalized;
}

static void a_token_is_normalized_unless_it_is_special(void **state)
{
	(void)state;
	assert_true(is_normalized("{\"content\":\"a\"}", true));
	assert_false(
		is_normalized("{\"content\":\"a\",\"special\":true}", true));
	assert_false(is_normalized("{\"content\":\"a\"}", false));
	assert_true(is_normalized("{\"content\":\"a\",\"special\":true,"
				  "\"normalized\":true}",
				  true));
}

static void broken_tokens_are_refused(void **state)
{
	static const char *const text[] = {"{}", "7", "{\"content\":7}",
					   "{\"content\":\"a\",\"special\":1}",
					   "{\"content\":\"a\","
					   "\"normalized\":\"no\"}"};
	struct load_token r = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		json_t *o = json_of(text[i]);

		assert_int_equal(load_token_read(o, "x", true, &r, &err),
				 ERR_INVALID);
		json_decref(o);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_token_has_the_next_free_id_or_its_own),
		CASE(the_later_of_two_counts),
		CASE(a_listed_id_must_be_that_one),
		CASE(there_is_an_end_of_room_and_length),
		CASE(a_token_is_normalized_unless_it_is_special),
		CASE(broken_tokens_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
