#include "router/index/lookup.h"

#include "common/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/abort.h"

#define SEG_BITS  4
#define SEG_SLOTS 64
#define BLOCKS    512

static struct sets sets;
static struct plane *plane;
static uint64_t hash[BLOCKS];

static void on_drop(void *arg, const struct plane *p, uint64_t id,
		    uint64_t mask)
{
	(void)arg;
	(void)p;
	(void)id;
	(void)mask;
}

static int init(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 1);
	sets_init(&sets, 1 << 20);
	plane = plane_create(&sets, SEG_BITS, SEG_SLOTS, on_drop, NULL);
	for (unsigned i = 0; i < BLOCKS; i++)
		hash[i] = rng_next(&r);
	return 0;
}

static int fini(void **state)
{
	(void)state;
	plane_destroy(&plane);
	sets_fini(&sets);
	return 0;
}

static void add(uint64_t h, uint64_t mask)
{
	for (; mask != 0; mask &= mask - 1)
		assert_int_equal(plane_add(plane, h, mask & -mask), PLANE_DONE);
}

/* Every second block, by holders of its own. */
static void add_half(void)
{
	for (unsigned i = 0; i < BLOCKS; i += 2)
		add(hash[i], i + 1);
}

static uint64_t one(uint64_t h)
{
	uint64_t mask;

	lookup_masks(plane, &h, 1, &mask);
	return mask;
}

/* The i-th of blocks that all have the same home. */
static uint64_t neighbour(uint64_t i)
{
	return (uint64_t)3 << (64 - SEG_BITS) |
	       ((uint64_t)1 << 39 | i) << (PLANE_LOW_BITS - SEG_BITS);
}

static void blocks_are_found_in_the_order_asked(void **state)
{
	uint64_t mask[LOOKUP_MAX];

	(void)state;
	add_half();
	for (unsigned n = 0; n <= LOOKUP_MAX; n++) {
		lookup_masks(plane, hash + n, n, mask);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(mask[i], (n + i) % 2 ? 0 : n + i + 1);
	}
}

static void nothing_is_written_behind_the_last_answer(void **state)
{
	uint64_t mask[2] = {7, 7};

	(void)state;
	add_half();
	lookup_masks(plane, hash, 0, mask);
	assert_int_equal(mask[0], 7);
	lookup_masks(plane, hash, 1, mask);
	assert_int_equal(mask[0], 1);
	assert_int_equal(mask[1], 7);
}

static void blocks_far_from_their_home_are_found(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 40; i += 2)
		add(neighbour(i), i + 1);
	for (uint64_t i = 0; i < 42; i++)
		assert_int_equal(one(neighbour(i)),
				 i % 2 || i >= 40 ? 0 : i + 1);
}

static void a_block_of_another_segment_is_not_found(void **state)
{
	(void)state;
	add(neighbour(0), 5);
	assert_int_equal(one(neighbour(0) ^ (uint64_t)1 << 63), 0);
	assert_int_equal(one(neighbour(1)), 0);
	assert_int_equal(one(neighbour(0)), 5);
}

static void an_empty_plane_holds_nothing(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BLOCKS; i++)
		assert_int_equal(one(hash[i]), 0);
	assert_int_equal(one(0), 0);
	assert_int_equal(one(UINT64_MAX), 0);
}

static void a_cleared_holder_is_not_told(void **state)
{
	(void)state;
	add(hash[0], 3);
	plane_clear(plane, 2);
	assert_int_equal(one(hash[0]), 1);
	while (plane_sweep_some(plane))
		;
	assert_int_equal(one(hash[0]), 1);
}

static void blocks_are_found_while_they_are_moved(void **state)
{
	(void)state;
	add_half();
	assert_true(plane_resize(plane, 2 * SEG_SLOTS));
	while (plane_moving(plane)) {
		plane_move_some(plane);
		for (unsigned i = 0; i < BLOCKS; i++)
			assert_int_equal(one(hash[i]), i % 2 ? 0 : i + 1);
	}
}

static void look_up(void *arg)
{
	uint64_t mask[LOOKUP_MAX + 1];

	lookup_masks(plane, hash, *(unsigned *)arg, mask);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
	unsigned most = LOOKUP_MAX, more = LOOKUP_MAX + 1;

	(void)state;
	assert_false(aborts(look_up, &most));
	assert_true(aborts(look_up, &more));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, init, fini)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(blocks_are_found_in_the_order_asked),
		CASE(nothing_is_written_behind_the_last_answer),
		CASE(blocks_far_from_their_home_are_found),
		CASE(a_block_of_another_segment_is_not_found),
		CASE(an_empty_plane_holds_nothing),
		CASE(a_cleared_holder_is_not_told),
		CASE(blocks_are_found_while_they_are_moved),
		CASE(more_than_there_is_room_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
