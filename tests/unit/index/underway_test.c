#include "router/index/underway.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

#define LONG 2048

static const unsigned id[] = {7, 3, 900};

/* A chain: the same to `same` blocks, its own from there on. */
static void draw(uint64_t *key, size_t n, size_t same, uint64_t own)
{
	for (size_t i = 0; i < n; i++)
		key[i] = (i + 1) * 0x9e3779b97f4a7c15u + (i < same ? 0 : own);
}

static int set_up(void **state)
{
	*state = underway_create();
	return 0;
}

static int tear_down(void **state)
{
	struct underway *u = *state;

	underway_destroy(&u);
	return 0;
}

static uint32_t found(struct underway *u, const uint64_t *key, size_t n,
		      size_t i)
{
	uint32_t blocks[3] = {0};

	underway_match(u, key, n, id, 3, blocks);
	return blocks[i];
}

static void a_twin_is_found_where_its_twin_went(void **state)
{
	static uint64_t a[LONG];
	struct underway *u = *state;

	draw(a, LONG, LONG, 0);
	underway_add(u, 3, a, LONG);
	assert_int_equal(found(u, a, LONG, 1), LONG);
	assert_int_equal(found(u, a, LONG, 0), 0);
	assert_int_equal(found(u, a, LONG, 2), 0);
}

static void a_common_beginning_is_found_nearly(void **state)
{
	static uint64_t a[LONG], b[LONG];
	struct underway *u = *state;

	draw(a, LONG, LONG, 0);
	underway_add(u, 900, a, LONG);
	for (size_t same = 0; same <= LONG; same += 37) {
		uint32_t got;

		draw(b, LONG, same, 99);
		got = found(u, b, LONG, 2);
		assert_true(got <= same);
		assert_true(got + LONG / UNDERWAY_MARKS > same);
	}
}

static void short_prompts_are_found_to_the_block(void **state)
{
	uint64_t a[20], b[20];
	struct underway *u = *state;

	draw(a, 20, 20, 0);
	underway_add(u, 3, a, 20);
	for (size_t same = 0; same <= 20; same++) {
		draw(b, 20, same, 5);
		assert_int_equal(found(u, b, 20, 1), same);
	}
}

static void one_that_is_shorter_or_longer_is_found_as_far(void **state)
{
	static uint64_t a[LONG];
	struct underway *u = *state;

	draw(a, LONG, LONG, 0);
	underway_add(u, 3, a, 100);
	assert_int_equal(found(u, a, LONG, 1), 100);
	assert_true(found(u, a, 50, 1) >= 49);
	assert_int_equal(found(u, a, 1, 1), 1);
}

static void what_is_removed_is_found_no_more(void **state)
{
	uint64_t a[20];
	struct underway *u = *state;
	uint16_t first, second;

	draw(a, 20, 20, 0);
	first = underway_add(u, 3, a, 20);
	second = underway_add(u, 3, a, 10);
	underway_remove(u, first);
	assert_int_equal(found(u, a, 20, 1), 10);
	underway_remove(u, second);
	assert_int_equal(found(u, a, 20, 1), 0);
	underway_remove(u, UNDERWAY_NONE);
}

static void among_many_that_begin_otherwise_it_is_found(void **state)
{
	uint64_t a[20], other[20];
	struct underway *u = *state;

	draw(a, 20, 20, 0);
	for (uint64_t i = 1; i <= 300; i++) {
		draw(other, 20, 0, i);
		underway_add(u, 7, other, 20);
		if (i == 150)
			underway_add(u, 3, a, 12);
	}
	assert_int_equal(found(u, a, 20, 1), 12);
	assert_int_equal(found(u, a, 20, 0), 0);
	assert_int_equal(found(u, other, 20, 0), 20);
	assert_int_equal(found(u, other, 20, 1), 0);
}

static void a_place_that_is_taken_again_begins_anew(void **state)
{
	uint64_t a[20], b[20];
	struct underway *u = *state;
	uint16_t first;

	draw(a, 20, 20, 0);
	draw(b, 20, 0, 99);
	first = underway_add(u, 3, a, 20);
	underway_remove(u, first);
	assert_int_equal(underway_add(u, 3, b, 20), first);
	assert_int_equal(found(u, a, 20, 1), 0);
	assert_int_equal(found(u, b, 20, 1), 20);
	underway_remove(u, first);
	assert_int_equal(underway_add(u, 3, a, 20), first);
	assert_int_equal(found(u, a, 20, 1), 20);
	assert_int_equal(found(u, b, 20, 1), 0);
}

static void past_its_room_nothing_is_followed(void **state)
{
	struct underway *u = *state;
	uint64_t key[1] = {42};
	uint16_t last = 0;

	for (size_t i = 0; i < UNDERWAY_PROMPTS; i++) {
		last = underway_add(u, 3, key, 1);
		assert_true(last != UNDERWAY_NONE);
	}
	assert_int_equal(underway_add(u, 7, key, 1), UNDERWAY_NONE);
	assert_int_equal(found(u, key, 1, 0), 0);
	underway_remove(u, last);
	assert_int_equal(underway_add(u, 7, key, 1), last);
	assert_int_equal(found(u, key, 1, 0), 1);
}

static void a_prompt_without_blocks_is_not_followed(void **state)
{
	struct underway *u = *state;
	uint64_t key[1] = {42};

	assert_int_equal(underway_add(u, 3, key, 0), UNDERWAY_NONE);
	underway_add(u, 3, key, 1);
	assert_int_equal(found(u, key, 0, 1), 0);
}

static void remove_what_is_none(void *u)
{
	underway_remove(u, UNDERWAY_PROMPTS);
}

static void what_never_was_cannot_be_removed(void **state)
{
	assert_true(aborts(remove_what_is_none, *state));
}

static void *come_and_go(void *u)
{
	static uint64_t a[LONG];

	for (int i = 0; i < 3000; i++)
		underway_remove(u, underway_add(u, 3, a, LONG));
	return NULL;
}

static void threads_come_and_go_beside_a_look(void **state)
{
	static uint64_t b[LONG];
	struct underway *u = *state;
	pthread_t other[2];

	draw(b, LONG, LONG, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&other[i], NULL, come_and_go, u), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(found(u, b, LONG, 1), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(other[i], NULL);
	assert_int_equal(found(u, b, LONG, 1), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_twin_is_found_where_its_twin_went),
		TEST(a_common_beginning_is_found_nearly),
		TEST(short_prompts_are_found_to_the_block),
		TEST(one_that_is_shorter_or_longer_is_found_as_far),
		TEST(what_is_removed_is_found_no_more),
		TEST(among_many_that_begin_otherwise_it_is_found),
		TEST(a_place_that_is_taken_again_begins_anew),
		TEST(past_its_room_nothing_is_followed),
		TEST(a_prompt_without_blocks_is_not_followed),
		TEST(what_never_was_cannot_be_removed),
		TEST(threads_come_and_go_beside_a_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
