#include "tests/unit/token/rank_file.h"

#include "common/base/mem.h"
#include "common/token/load.h"

static struct error err;

static struct tokenizer *load(struct slice text, enum status want)
{
	struct tokenizer *t = mem_zalloc(sizeof(*t));
	struct ranks r;

	assert_int_equal(ranks_parse(text, &r, &err), OK);
	assert_int_equal(load_ranks(&r, r.last + 1, 0, t, &err), want);
	ranks_fini(&r);
	return t;
}

static void drop(struct tokenizer *t)
{
	vocab_fini(&t->vocab);
	bpe_fini(&t->bpe);
	mem_free(t);
}

static void expect(const char *const *token, const char *word, const char *want)
{
	struct buf text;
	struct tokenizer *t;
	struct scratch scratch = {0};
	struct token_list ids;
	char made[256];
	size_t n = 0;

	rank_file(&text, token);
	t = load(buf_slice(&text), OK);
	token_list_init(&ids);
	assert_int_equal(model_word(t, slice_of(word), &scratch, &ids), OK);
	for (size_t i = 0; i < ids.n; i++)
		n += (size_t)snprintf(
			made + n, sizeof(made) - n, "%.*s|",
			SLICE_ARG(vocab_text(&t->vocab, ids.id[i])));
	assert_string_equal(made, want);
	token_list_fini(&ids);
	scratch_fini(&scratch);
	buf_fini(&text);
	drop(t);
}

static void the_lowest_rank_is_made_first(void **state)
{
	static const char *const token[] = {"he", "th", "the", NULL};

	(void)state;
	expect(token, "ther", "the|r|");
	expect(token, "thth", "th|th|");
}

/* "the" comes of "t" and "he" as well as of "th" and "e". */
static void a_token_is_made_of_any_two(void **state)
{
	static const char *const token[] = {"th", "he", "the", NULL};
	static const char *const other[] = {"he", "the", NULL};

	(void)state;
	expect(token, "the", "the|");
	expect(other, "the", "the|");
}

/* By rank, and of the same rank from the left, whatever the two parts. */
static void of_equals_the_leftmost_is_made(void **state)
{
	static const char *const token[] = {"ab", "ba", "aba", NULL};

	(void)state;
	expect(token, "ababa", "ab|aba|");
	expect(token, "aba", "aba|");
}

static void a_rank_that_is_there_twice_is_refused(void **state)
{
	static const char *const token[] = {"ab", "ab", NULL};
	struct buf text;

	(void)state;
	rank_file(&text, token);
	drop(load(buf_slice(&text), ERR_INVALID));
	assert_non_null(strstr(err.text, "rank 257"));
	buf_fini(&text);
}

static void a_byte_without_a_rank_is_refused(void **state)
{
	(void)state;
	drop(load(SLICE("YQ== 0\n"), ERR_INVALID));
	assert_non_null(strstr(err.text, "byte 0x00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_rank_is_made_first),
		cmocka_unit_test(a_token_is_made_of_any_two),
		cmocka_unit_test(of_equals_the_leftmost_is_made),
		cmocka_unit_test(a_rank_that_is_there_twice_is_refused),
		cmocka_unit_test(a_byte_without_a_rank_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
