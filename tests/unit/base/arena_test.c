#include "common/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/slab.h"
#include "tests/unit/abort.h"

static void every_allocation_is_aligned(void **unused)
{
	struct arena a;
	char *p;

	(void)unused;
	arena_init(&a);
	for (size_t n = 0; n < 300; n++) {
		p = arena_alloc(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xee, n);
	}
	arena_fini(&a);
}

static void what_was_written_stays(void **unused)
{
	unsigned *held[2000];
	struct arena a;

	(void)unused;
	arena_init(&a);
	for (unsigned i = 0; i < 2000; i++) {
		held[i] = arena_alloc(&a, 4 + i % 97);
		*held[i] = i;
	}
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(*held[i], i);
	arena_fini(&a);
	assert_int_equal(a.bytes, 0);
}

static void one_over_the_chunk_gets_a_chunk_of_its_own(void **unused)
{
	struct arena a;
	char *p;

	(void)unused;
	arena_init(&a);
	arena_alloc(&a, 8);
	p = arena_alloc(&a, 3 << 20);
	memset(p, 1, 3 << 20);
	assert_true(a.bytes >= (3 << 20));
	assert_true(a.bytes <= (3 << 20) + 16384);
	arena_fini(&a);
}

static void reset_keeps_one_small_chunk(void **unused)
{
	struct arena a;

	(void)unused;
	arena_init(&a);
	arena_reset(&a);
	assert_int_equal(a.bytes, 0);
	for (int i = 0; i < 100; i++)
		arena_alloc(&a, 200);
	arena_reset(&a);
	assert_true(a.bytes > 0 && a.bytes <= 65536);
	memset(arena_alloc(&a, 4000), 1, 4000);
	arena_fini(&a);
}

static void reset_gives_a_large_chunk_back(void **unused)
{
	struct arena a;

	(void)unused;
	arena_init(&a);
	arena_alloc(&a, 70000);
	arena_reset(&a);
	assert_int_equal(a.bytes, 0);
	memset(arena_zalloc(&a, 100), 1, 100);
	arena_fini(&a);
}

static void zalloc_is_zero_on_used_memory(void **unused)
{
	struct arena a;
	char *p;

	(void)unused;
	arena_init(&a);
	memset(arena_alloc(&a, 1000), 0xff, 1000);
	arena_reset(&a);
	p = arena_zalloc(&a, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	arena_fini(&a);
}

static void copies_are_terminated(void **unused)
{
	struct arena a;
	struct slice s;

	(void)unused;
	arena_init(&a);
	s = arena_copy(&a, SLICE("abc"));
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "abc");
	s = arena_copy(&a, (struct slice){NULL, 0});
	assert_int_equal(s.n, 0);
	assert_string_equal(s.p, "");
	assert_string_equal(arena_printf(&a, "%s-%04d", "x", 7), "x-0007");
	assert_int_equal(strlen(arena_printf(&a, "%0*d", 9999, 1)), 9999);
	arena_fini(&a);
}

static void chunks_of_a_slab_go_back_to_it(void **unused)
{
	struct slab slab;
	struct arena a;

	(void)unused;
	slab_init(&slab, SLAB_MAX_BYTES, 0);
	arena_init_in(&a, &slab);
	assert_int_equal(slab.n, 0);
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < SLAB_MAX_BYTES; n += 50)
			memset(arena_alloc(&a, n), 1, n);
		assert_true(slab.n > 40);
		arena_reset(&a);
		assert_int_equal(slab.n, 1);
		assert_int_equal(a.bytes, SLAB_MAX_BYTES);
	}
	arena_fini(&a);
	assert_int_equal(slab.n, 0);
	memset(arena_alloc(&a, 100), 1, 100);
	assert_int_equal(slab.n, 1);
	arena_fini(&a);
	slab_fini(&slab);
}

/* The room that is left before it is used all the same. */
static void what_no_chunk_of_a_slab_holds_comes_from_the_heap(void **unused)
{
	struct slab slab;
	struct arena a;
	char *first, *large, *next;

	(void)unused;
	slab_init(&slab, SLAB_MAX_BYTES, 0);
	arena_init_in(&a, &slab);
	large = arena_alloc(&a, 100000);
	memset(large, 1, 100000);
	first = arena_alloc(&a, 16);
	memset(arena_alloc(&a, SLAB_MAX_BYTES), 2, SLAB_MAX_BYTES);
	next = arena_alloc(&a, 16);
	assert_ptr_equal(next, first + 16);
	assert_int_equal(slab.n, 1);
	assert_int_equal(large[99999], 1);
	arena_reset(&a);
	assert_int_equal(a.bytes, SLAB_MAX_BYTES);
	arena_fini(&a);
	slab_fini(&slab);
}

static void use_a_slab_of_another_size(void *arg)
{
	struct slab slab;

	slab_init(&slab, 128, 0);
	arena_init_in(arg, &slab);
}

static void overflow(void *arg)
{
	arena_array(arg, SIZE_MAX / 8, 16);
}

static void half_of_everything(void *arg)
{
	arena_alloc(arg, SIZE_MAX / 2);
}

static void sizes_that_cannot_be_abort(void **unused)
{
	struct arena a;

	(void)unused;
	arena_init(&a);
	assert_true(aborts(overflow, &a));
	assert_true(aborts(half_of_everything, &a));
	assert_true(aborts(use_a_slab_of_another_size, &a));
	assert_non_null(arena_array(&a, 10, 16));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_is_aligned),
		cmocka_unit_test(what_was_written_stays),
		cmocka_unit_test(one_over_the_chunk_gets_a_chunk_of_its_own),
		cmocka_unit_test(reset_keeps_one_small_chunk),
		cmocka_unit_test(reset_gives_a_large_chunk_back),
		cmocka_unit_test(zalloc_is_zero_on_used_memory),
		cmocka_unit_test(copies_are_terminated),
		cmocka_unit_test(chunks_of_a_slab_go_back_to_it),
		cmocka_unit_test(
			what_no_chunk_of_a_slab_holds_comes_from_the_heap),
		cmocka_unit_test(sizes_that_cannot_be_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
