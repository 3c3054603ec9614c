#include "tools/sim/stock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CHUNK ((size_t)STOCK_CHUNK_TOKENS)

static uint32_t token[4 * STOCK_CHUNK_TOKENS];

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(token); i++)
		token[i] = (uint32_t)i;
	return 0;
}

static void put(struct stock *s, size_t n)
{
	uint64_t name[5];

	assert_true(stock_chunks(n) <= ARRAY_LEN(name));
	stock_name(token, n, name);
	for (size_t i = 0; i < stock_chunks(n); i++)
		stock_put(s, name[i]);
}

static void a_prompt_is_found_to_its_last_token(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	put(&s, 2 * CHUNK + 3);
	assert_int_equal(stock_take(&s, token, 2 * CHUNK + 3), 2 * CHUNK + 3);
	stock_fini(&s);
}

static void a_longer_prompt_finds_whole_chunks(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	put(&s, 2 * CHUNK + 3);
	assert_int_equal(stock_take(&s, token, 3 * CHUNK), 2 * CHUNK);
	assert_int_equal(s.n, 1); /* the partial one is left */
	stock_fini(&s);
}

static void what_was_taken_is_gone(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	put(&s, CHUNK);
	assert_int_equal(stock_take(&s, token, CHUNK), CHUNK);
	assert_int_equal(stock_take(&s, token, CHUNK), 0);
	stock_fini(&s);
}

static void another_beginning_is_another_prompt(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	put(&s, 2 * CHUNK);
	token[0]++;
	assert_int_equal(stock_take(&s, token, 2 * CHUNK), 0);
	token[0]--;
	assert_int_equal(stock_take(&s, token, 2 * CHUNK), 2 * CHUNK);
	stock_fini(&s);
}

static void a_hole_ends_the_run(void **state)
{
	uint64_t name[3];
	struct stock s;

	(void)state;
	stock_init(&s);
	stock_name(token, 3 * CHUNK, name);
	stock_put(&s, name[0]);
	stock_put(&s, name[2]);
	assert_int_equal(stock_take(&s, token, 3 * CHUNK), CHUNK);
	stock_fini(&s);
}

static void nothing_is_found_of_nothing(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	assert_int_equal(stock_take(&s, token, CHUNK), 0);
	put(&s, CHUNK);
	assert_int_equal(stock_take(&s, token, 0), 0);
	stock_fini(&s);
}

static void the_oldest_make_room(void **state)
{
	struct stock s;

	(void)state;
	stock_init(&s);
	put(&s, CHUNK);
	for (uint64_t i = 0; i < STOCK_MAX_CHUNKS; i++)
		stock_put(&s, i);
	assert_int_equal(s.n, STOCK_MAX_CHUNKS);
	assert_int_equal(stock_take(&s, token, CHUNK), 0);
	stock_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prompt_is_found_to_its_last_token),
		cmocka_unit_test(a_longer_prompt_finds_whole_chunks),
		cmocka_unit_test(what_was_taken_is_gone),
		cmocka_unit_test(another_beginning_is_another_prompt),
		cmocka_unit_test(a_hole_ends_the_run),
		cmocka_unit_test(nothing_is_found_of_nothing),
		cmocka_unit_test(the_oldest_make_room),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
