#include "tests/unit/token/forest.h"

#include "common/token/bpe_abreast.h"

static struct bpe_short word[BPE_ABREAST];

static void begin(void)
{
	bpe.abreast = bpe_abreast_create(&bpe.joins, bpe.byte_id);
}

static void write_word(struct bpe_short *w, const char *text)
{
	assert_true(bpe_abreast_begin(bpe.abreast, slice_of(text), w));
}

static void compare(const struct bpe_short *w, const char *text)
{
	uint32_t want[BPE_SHORT];
	size_t n = define(text, want);

	assert_int_equal(w->n, n);
	assert_memory_equal(w->id, want, n * sizeof(*want));
}

static void each_becomes_what_it_becomes_alone(void **state)
{
	char text[BPE_ABREAST][BPE_SHORT + 1];
	struct rng r;

	rng_seed(&r, 3);
	for (unsigned round = 0; round < 400; round++) {
		size_t n = 1 + rng_below(&r, BPE_ABREAST);

		grow(&r, 3, round % 2 == 0);
		begin();
		memset(text, 0, sizeof(text));
		for (size_t i = 0; i < n; i++) {
			size_t len = 1 + rng_below(&r, BPE_SHORT);

			for (size_t k = 0; k < len; k++)
				text[i][k] = (char)('a' + rng_below(&r, 3));
			write_word(&word[i], text[i]);
		}
		bpe_abreast_merge(bpe.abreast, word, n);
		for (size_t i = 0; i < n; i++)
			compare(&word[i], text[i]);
		(void)fell(state);
	}
}

static void of_equal_pairs_the_leftmost_is_merged_first(void **state)
{
	(void)state;
	letters();
	add(0, 0, 0, 30);
	bpe_seal(&bpe);
	begin();
	write_word(&word[0], "aaaaa");
	bpe_abreast_merge(bpe.abreast, word, 1);
	assert_int_equal(word[0].n, 3);
	assert_memory_equal(word[0].id, ((uint32_t[]){30, 30, 0}), 12);
}

static void the_last_place_is_merged_too(void **state)
{
	(void)state;
	letters();
	add(1, 2, 0, 30);
	bpe_seal(&bpe);
	begin();
	write_word(&word[0], "aaaaaaaaaaaaaabc");
	assert_int_equal(word[0].n, BPE_SHORT);
	bpe_abreast_merge(bpe.abreast, word, 1);
	assert_int_equal(word[0].n, BPE_SHORT - 1);
	assert_int_equal(word[0].id[BPE_SHORT - 2], 30);
}

static void what_no_merge_joins_stays(void **state)
{
	(void)state;
	letters();
	bpe_seal(&bpe);
	begin();
	write_word(&word[0], "ab");
	write_word(&word[1], "z");
	bpe_abreast_merge(bpe.abreast, word, 2);
	assert_int_equal(word[0].n, 2);
	assert_memory_equal(word[0].id, ((uint32_t[]){0, 1}), 8);
	assert_int_equal(word[1].n, 1);
	assert_int_equal(word[1].id[0], 25);
}

static void what_must_go_alone_does_not_begin(void **state)
{
	(void)state;
	letters();
	bpe_seal(&bpe);
	begin();
	assert_true(bpe_abreast_begin(bpe.abreast, SLICE("ab"), &word[0]));
	assert_false(bpe_abreast_begin(bpe.abreast, SLICE(""), &word[0]));
	assert_false(bpe_abreast_begin(bpe.abreast, SLICE("a.b"), &word[0]));
	assert_false(bpe_abreast_begin(bpe.abreast, SLICE("\u00e9"), &word[0]));
	assert_false(bpe_abreast_begin(bpe.abreast, SLICE("abcdefghijklmnopq"),
				       &word[0]));
	assert_false(bpe_abreast_begin(NULL, SLICE("ab"), &word[0]));
}

#define CASE(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_becomes_what_it_becomes_alone),
		CASE(of_equal_pairs_the_leftmost_is_merged_first),
		CASE(the_last_place_is_merged_too),
		CASE(what_no_merge_joins_stays),
		CASE(what_must_go_alone_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
