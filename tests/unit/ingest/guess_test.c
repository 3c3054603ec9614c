#include "router/ingest/guess.h"

#include "common/hash/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t token[] = {5, 6, 7, 8};
static uint64_t hash;

/* The event of a block that was named this way. */
static struct event named(enum hash_algorithm a, const char *seed,
			  const char *lora)
{
	const struct hash_extra extra = {.lora = slice_of(lora)};
	uint8_t digest[HASH_MAX_BYTES];
	struct hash_scheme s;

	assert_int_equal(hash_scheme_init(&s, a, slice_of(seed), 4), OK);
	assert_int_equal(chain_extend(&s, NULL, token, 1, &extra, digest), OK);
	hash = chain_key(&s, digest);
	return (struct event){
		.hash = &hash,
		.n_hashes = 1,
		.token = token,
		.n_tokens = 4,
		.block_size = 4,
		.lora_name = extra.lora,
	};
}

static void the_configured_seed_is_tried_first(void **state)
{
	struct event e = named(HASH_XXHASH, "0", "");
	const struct worker_guess *g = guess_scheme(&e, "0");

	(void)state;
	assert_int_equal(g->algorithm, HASH_XXHASH);
	assert_null(g->seed);
}

static void seeds_that_people_use_are_tried(void **state)
{
	struct event e = named(HASH_SHA256_CBOR, "42", "adapter");
	const struct worker_guess *g = guess_scheme(&e, "0");

	(void)state;
	assert_int_equal(g->algorithm, HASH_SHA256_CBOR);
	assert_string_equal(g->seed, "42");
	assert_string_equal(guess_scheme(&e, NULL)->seed, "42");
}

static void what_nobody_can_know_is_not_guessed(void **state)
{
	struct event e = named(HASH_SHA256, "4711", "");
	char much[HASH_MAX_TEXT_BYTES + 2];

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_null(guess_scheme(&e, "0"));
	assert_null(guess_scheme(&e, NULL));
	assert_null(guess_scheme(&e, much));
	e.block_size = HASH_MAX_BLOCK_SIZE + 1;
	e.n_tokens = e.block_size;
	assert_null(guess_scheme(&e, "4711"));
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(the_configured_seed_is_tried_first),
		cmocka_unit_test(seeds_that_people_use_are_tried),
		cmocka_unit_test(what_nobody_can_know_is_not_guessed),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
