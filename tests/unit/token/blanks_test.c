/* Texts with their blanks beside texts written anew, in one piece. */
#include "tests/unit/token/chars.h"

#include "common/token/model.h"

#define MAX_TEXT 2000

static struct error err;
static struct token_list fast, slow;

static int end(void **state)
{
	(void)state;
	token_list_fini(&fast);
	token_list_fini(&slow);
	return 0;
}

static struct tokenizer *parse(json_t *root)
{
	struct tokenizer *t = demo_parse(root, &err);

	if (!t)
		fail_msg("%s", err.text);
	return t;
}

/* As the reference does it: all of a piece is one word. */
static struct tokenizer *parse_slow(json_t *root)
{
	struct tokenizer *t = parse(root);

	t->blanks.on = false;
	cut_fini(&t->cut);
	return t;
}

static void encode(const struct tokenizer *t, struct slice text, bool plain,
		   struct token_list *out)
{
	enum status status;

	out->n = 0;
	status = plain ? tokenizer_encode_plain(t, text, SIZE_MAX, out)
		       : tokenizer_encode(t, text, true, SIZE_MAX, out);
	assert_int_equal(status, OK);
}

static void compare(const struct tokenizer *t, const struct tokenizer *other,
		    struct slice text)
{
	/* The second time, words are known. */
	for (int i = 0; i < 4; i++) {
		encode(t, text, i % 2, &fast);
		encode(other, text, i % 2, &slow);
		assert_int_equal(fast.n, slow.n);
		assert_memory_equal(fast.id, slow.id,
				    slow.n * sizeof(*slow.id));
	}
}

static struct slice random_text(struct rng *r, char *text)
{
	static const char *const part[] = {
		" ",       "  ",         "\u2581", "a",      "b",
		"ab",      "a b",        ".",      "1",      "\n",
		"\u00e9",  "\u4e2d",     "x",      "\u6587", "<0x00>",
		"\u2581a", "\U0001F600", "ababab", "\u0301",
	};
	size_t n = 0, most = rng_below(r, MAX_TEXT);
	size_t kinds = 1 + rng_below(r, ARRAY_LEN(part));

	while (n < most) {
		const char *p = part[rng_below(r, kinds)];

		memcpy(text + n, p, strlen(p));
		n += strlen(p);
	}
	return (struct slice){text, n};
}

static void set_metaspace(json_t *root, const char *scheme)
{
	json_object_del(root, "normalizer");
	json_object_set_new(root, "pre_tokenizer",
			    json_pack("{ss ss ss sb}", "type", "Metaspace",
				      "replacement", "\u2581", "prepend_scheme",
				      scheme, "split", 0));
}

/* The scheme of a Metaspace, or the normalizer's step alone, or both. */
static json_t *way(json_t *root, unsigned i)
{
	static const char *const scheme[] = {"never", "first", "always"};
	json_t *list = json_object_get(json_object_get(root, "normalizer"),
				       "normalizers");

	if (i < ARRAY_LEN(scheme))
		set_metaspace(root, scheme[i]);
	else if (i == ARRAY_LEN(scheme))
		json_array_remove(list, 0);
	return root;
}

static void ids_are_those_of_the_text_in_one_piece(void **state)
{
	static char text[MAX_TEXT + 16];
	struct rng r;

	(void)state;
	rng_seed(&r, 7);
	for (unsigned i = 0; i < 60; i++) {
		json_t *root = way(chars_random(&r), i % 5);
		struct tokenizer *t = parse(json_incref(root));
		struct tokenizer *other = parse_slow(root);

		assert_true(t->blanks.on);
		for (int j = 0; j < 20; j++)
			compare(t, other, random_text(&r, text));
		tokenizer_unref(&t);
		tokenizer_unref(&other);
	}
}

static void words_longer_than_any_block_are_exact(void **state)
{
	static char text[3000];
	struct tokenizer *t = parse(chars_usual());
	struct tokenizer *other = parse_slow(chars_usual());

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 701 == 700 ? ' ' : "ab"[i % 2];
	for (size_t n = 1; n < sizeof(text); n += n < 200 ? 1 : 97)
		compare(t, other, (struct slice){text, n});
	tokenizer_unref(&t);
	tokenizer_unref(&other);
}

static void a_limit_holds(void **state)
{
	struct tokenizer *t = parse(chars_usual());

	(void)state;
	fast.n = 0;
	assert_int_equal(
		tokenizer_encode(t, SLICE("a b a b a b"), false, 3, &fast),
		ERR_LIMIT);
	assert_int_equal(fast.n, 0);
	tokenizer_unref(&t);
}

static void expect_off(json_t *root)
{
	struct tokenizer *t = parse(root);

	assert_false(t->blanks.on);
	tokenizer_unref(&t);
}

static void other_normal_forms_are_written_first(void **state)
{
	json_t *root = chars_usual();
	json_t *list = json_object_get(json_object_get(root, "normalizer"),
				       "normalizers");

	(void)state;
	json_array_append_new(list, json_of("{\"type\":\"Lowercase\"}"));
	expect_off(root);
	root = chars_usual();
	json_object_set_new(root, "normalizer",
			    json_of("{\"type\":\"Prepend\",\"prepend\":"
				    "\"\u2581\"}"));
	expect_off(root);
	root = chars_usual();
	json_object_del(root, "normalizer");
	expect_off(root);
}

static void tokens_of_normal_form_are_searched_in_it(void **state)
{
	json_t *root = chars_usual();

	(void)state;
	json_object_set_new(root, "added_tokens",
			    json_of("[{\"id\":0,\"content\":\"<0x00>\","
				    "\"special\":false,"
				    "\"normalized\":true}]"));
	expect_off(root);
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ids_are_those_of_the_text_in_one_piece),
		CASE(words_longer_than_any_block_are_exact),
		CASE(a_limit_holds),
		CASE(other_normal_forms_are_written_first),
		CASE(tokens_of_normal_form_are_searched_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
