#include "tests/unit/token/merges.h"

/* Byte i joins byte i + 1, the later the sooner: where a chain of bytes ends
 * decides on every pair before it, far beyond a window's end. */
static void what_comes_late_decides_on_what_came_early(void **state)
{
	static uint32_t id[4096];
	struct rng rng;

	(void)state;
	memset(table, 0, sizeof(table));
	bpe_init(&bpe);
	for (uint32_t i = 0; i < 256; i++)
		bpe.byte_id[i] = i;
	for (uint32_t i = 0; i < 255; i++) {
		table[i][i + 1] = (struct bpe_merge){i, i + 1, 255 - i,
						     256 + i};
		bpe_add(&bpe, table[i][i + 1]);
	}
	bpe_seal(&bpe);
	rng_seed(&rng, 11);
	for (size_t round = 0; round < 50; round++) {
		char word[4096];
		size_t n = 0;

		while (n < 3000) {
			size_t first = rng_below(&rng, 20);
			size_t last = 120 + rng_below(&rng, 136);

			for (size_t i = first; i <= last; i++)
				word[n++] = (char)i;
		}
		for (size_t i = 0; i < n; i++)
			id[i] = (unsigned char)word[i];
		made.n = 0;
		bpe_merge_bytes(&bpe, (struct slice){word, n}, &scratch, &made);
		assert_int_equal(made.n, slowly(id, n));
		assert_memory_equal(made.id, id, made.n * sizeof(*id));
	}
}

static void a_million_equal_letters_are_merged(void **state)
{
	static char word[1000001];

	(void)state;
	letters();
	add(0, 0, 0, 30);
	add(30, 30, 1, 31);
	bpe_seal(&bpe);
	memset(word, 'a', 1000000);
	made.n = 0;
	bpe_merge_bytes(&bpe, slice_of(word), &scratch, &made);
	assert_int_equal(made.n, 250000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			what_comes_late_decides_on_what_came_early, teardown),
		cmocka_unit_test_teardown(a_million_equal_letters_are_merged,
					  teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
