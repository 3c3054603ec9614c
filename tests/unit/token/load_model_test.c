#include "tests/unit/token/chars.h"

#include "common/token/model.h"

static struct error err;

static void other_models_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused(demo_with_member("model", "type", "\"Markov\"", &err),
		       &err, ERR_UNSUPPORTED, "Markov");
	assert_refused(demo_with("model", "{}", &err), &err, ERR_INVALID,
		       "vocab");
	assert_refused(demo_with("model", "7", &err), &err, ERR_INVALID,
		       "vocab");
}

static void most_entries_need_no_merging(void **state)
{
	struct tokenizer *t = tokenizer_load(DEMO, &err);

	(void)state;
	assert_non_null(t);
	assert_string_equal(shown(t, " the"), " the");
	tokenizer_unref(&t);
}

static bool is_direct(const struct tokenizer *t, uint32_t id)
{
	return t->vocab.direct[id / 64] >> id % 64 & 1;
}

/* By merging, as the definition has it; an entry with an id below 256 is a
 * byte's name. */
static void expect_direct(const struct tokenizer *t, struct scratch *scratch,
			  struct token_list *made)
{
	for (uint32_t id = 0; id < t->vocab.n_id; id++) {
		struct slice text = vocab_text(&t->vocab, id);
		bool alone;

		if (text.n == 0)
			continue;
		made->n = 0;
		bpe_merge_chars(&t->bpe, &t->vocab, text, &scratch->bpe, made);
		alone = made->n == 1 && made->id[0] == id;
		assert_int_equal(is_direct(t, id), alone);
	}
}

static void direct_entries_are_those_that_merging_gives(void **state)
{
	struct scratch scratch = {0};
	struct token_list made = {0};
	struct rng r;

	(void)state;
	rng_seed(&r, 11);
	for (int i = 0; i < 150; i++) {
		struct tokenizer *t = demo_parse(chars_random(&r), &err);

		if (!t)
			fail_msg("%s", err.text);
		bpe_tree_destroy(&t->bpe.tree);
		expect_direct(t, &scratch, &made);
		tokenizer_unref(&t);
	}
	scratch_fini(&scratch);
	token_list_fini(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_models_are_refused_by_name),
		cmocka_unit_test(most_entries_need_no_merging),
		cmocka_unit_test(direct_entries_are_those_that_merging_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
