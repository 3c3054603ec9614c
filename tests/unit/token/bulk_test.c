/* Blocks beside scanners in a whole tokenizer. */
#include "tests/unit/token/fixture.h"

#include "common/base/rng.h"
#include "common/token/model.h"

#define MAX_TEXT 4000

static struct tokenizer *demo;
static struct token_list fast, slow;

static int begin(void **state)
{
	struct error err;

	(void)state;
	demo = tokenizer_load(DEMO, &err);
	token_list_init(&fast);
	token_list_init(&slow);
	return demo ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	tokenizer_unref(&demo);
	token_list_fini(&fast);
	token_list_fini(&slow);
	return 0;
}

/* Twice by blocks: the second time, words are known. */
static void compare(struct slice text)
{
	block_fn *block = demo->block;

	assert_non_null(block);
	demo->block = NULL;
	slow.n = 0;
	assert_int_equal(tokenizer_encode(demo, text, false, SIZE_MAX, &slow),
			 OK);
	demo->block = block;
	for (int i = 0; i < 2; i++) {
		fast.n = 0;
		assert_int_equal(
			tokenizer_encode(demo, text, false, SIZE_MAX, &fast),
			OK);
		assert_int_equal(fast.n, slow.n);
		assert_memory_equal(fast.id, slow.id,
				    slow.n * sizeof(*slow.id));
	}
}

static void ids_are_the_same_as_by_scanners(void **state)
{
	static const char *const part[] = {
		"the ",       " of",
		"gateway",    " worker's",
		"12",         " 3,000 ",
		"\n",         "\n\n  ",
		"\t",         "(x)",
		"camelCase",  " caf\u00e9 ",
		"\u4e2d",     "<|im_end|>",
		"=====",      "a_very_long_name_of_something",
		" and so on", "it'll",
		"\x01",       "-----BEGIN-----",
		"  ",
	};
	static char text[MAX_TEXT + 64];
	struct rng r;

	(void)state;
	rng_seed(&r, 4);
	for (int round = 0; round < 400; round++) {
		size_t n = 0, most = rng_below(&r, MAX_TEXT);

		while (n < most) {
			const char *p = part[rng_below(&r, ARRAY_LEN(part))];

			memcpy(text + n, p, strlen(p));
			n += strlen(p);
		}
		compare((struct slice){text, n});
	}
}

static void every_length_has_its_end(void **state)
{
	static const char text[] =
		"Words, 12 numbers and other things (of which there are "
		"more than one block can hold) follow each other here, until "
		"the text ends: somewhere.";
	char copy[sizeof(text)];

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *exact = malloc(n + 1);

		memcpy(copy, text, n);
		memcpy(exact, text, n);
		compare((struct slice){exact, n});
		compare((struct slice){copy, n});
		free(exact);
	}
}

static void a_limit_holds_for_blocks_too(void **state)
{
	static char text[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ' ' : 'x';
	fast.n = 0;
	assert_int_equal(tokenizer_encode(demo,
					  (struct slice){text, sizeof(text)},
					  false, 10, &fast),
			 ERR_LIMIT);
	assert_int_equal(fast.n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ids_are_the_same_as_by_scanners),
		CASE(every_length_has_its_end),
		CASE(a_limit_holds_for_blocks_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
