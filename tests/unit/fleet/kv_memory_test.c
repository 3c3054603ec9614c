#include "router/fleet/kv_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/thread.h"

#define CAPACITY 10000
#define THREADS  4
#define TURNS    2000

static struct kv_memory m;

static int begin(void **unused)
{
	(void)unused;
	kv_memory_init(&m);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	kv_memory_fini(&m);
	return 0;
}

static struct residents_ask named(uint64_t session, uint64_t prompt)
{
	return (struct residents_ask){.class = RESIDENTS_DEFAULT,
				      .session = session,
				      .prompt = prompt,
				      .block_size = 16,
				      .now_ms = 1000};
}

static void until_it_is_told_there_is_room_for_all(void **unused)
{
	struct residents_ask a = named(1, 1000000);
	struct residents_seat seat;

	(void)unused;
	kv_memory_told(&m, 0, .9);
	assert_int_equal(kv_memory_look(&m, &a, true), KV_MEMORY_FREE);
	assert_true(kv_memory_take(&m, &a, &seat));
	assert_false(seat.taken);
	assert_int_equal(kv_memory_view(&m, 1000).capacity, 0);
	/* It is told meanwhile. */
	kv_memory_told(&m, CAPACITY, 0);
	kv_memory_give_back(&m, &seat, 1000, 1000);
	assert_int_equal(kv_memory_view(&m, 1000).taken, 0);
}

static void what_is_taken_is_seen_and_comes_back(void **unused)
{
	struct residents_ask a = named(1, 6000), b = named(2, 6000);
	struct residents_seat seat, none;
	struct kv_memory_view v;

	(void)unused;
	kv_memory_told(&m, CAPACITY, 0);
	assert_true(kv_memory_take(&m, &a, &seat));
	assert_int_equal(kv_memory_look(&m, &b, true), KV_MEMORY_NONE);
	assert_false(kv_memory_take(&m, &b, &none));
	v = kv_memory_view(&m, 1000);
	assert_int_equal(v.capacity, CAPACITY);
	assert_in_range(v.taken, 6000, 6400);
	assert_int_equal(v.live, 1);
	assert_true(v.knee > 1 && v.knee < 2);
	kv_memory_give_back(&m, &seat, 6000, 1000);
	assert_int_equal(kv_memory_look(&m, &a, true), KV_MEMORY_LET_IN);
	assert_int_equal(kv_memory_view(&m, 1000).idle, 1);
	assert_int_equal(kv_memory_view(&m, 100000).taken, 0);
	assert_int_equal(kv_memory_look(&m, &b, true), KV_MEMORY_FREE);
}

static void what_is_noted_counts_though_there_is_no_room(void **unused)
{
	struct residents_ask a = named(1, 6000), b = named(2, 6000);
	struct residents_seat seat[2];

	(void)unused;
	kv_memory_note(&m, &a, &seat[0]); /* nothing is told yet */
	assert_false(seat[0].taken);
	kv_memory_told(&m, CAPACITY, 0);
	kv_memory_note(&m, &a, &seat[0]);
	kv_memory_note(&m, &b, &seat[1]);
	assert_true(seat[0].taken && seat[1].taken);
	assert_int_equal(kv_memory_view(&m, 1000).live, 2);
	assert_true(kv_memory_view(&m, 1000).taken > CAPACITY);
	kv_memory_give_back(&m, &seat[0], 6000, 1000);
	kv_memory_give_back(&m, &seat[1], 6000, 1000);
	assert_int_equal(kv_memory_view(&m, 1000).idle, 2);
	/* Whoever comes later finds those gone that did not come back. */
	a.now_ms = 1000000;
	kv_memory_note(&m, &a, &seat[0]);
	kv_memory_give_back(&m, &seat[0], 0, a.now_ms);
	assert_int_equal(kv_memory_view(&m, a.now_ms).taken, 0);
}

/* Without a lock, and then with one. */
static void a_look_finds_the_room_that_there_is_to_take(void **unused)
{
	struct residents_seat seat[2];

	(void)unused;
	kv_memory_told(&m, CAPACITY, 0);
	for (uint64_t prompt = 1; prompt < 2 * CAPACITY; prompt += 97) {
		struct residents_ask a = named(1, 5000), b = named(2, prompt);
		bool fits;

		assert_true(kv_memory_take(&m, &a, &seat[0]));
		fits = kv_memory_look(&m, &b, false) == KV_MEMORY_FREE;
		assert_int_equal(fits, prompt <= 4400);
		assert_int_equal(kv_memory_take(&m, &b, &seat[1]), fits);
		kv_memory_give_back(&m, &seat[1], 0, 1000);
		kv_memory_give_back(&m, &seat[0], 0, 1000);
	}
}

static void what_is_taken_leaves_no_room_to_a_look(void **unused)
{
	struct residents_ask a = named(1, 6000), b = named(2, 3700);
	struct residents_seat seat;

	(void)unused;
	kv_memory_told(&m, CAPACITY, 0);
	assert_int_equal(kv_memory_look(&m, &b, false), KV_MEMORY_FREE);
	kv_memory_note(&m, &a, &seat);
	assert_int_equal(kv_memory_look(&m, &b, false), KV_MEMORY_NONE);
	kv_memory_give_back(&m, &seat, 0, 1000);
	assert_int_equal(kv_memory_look(&m, &b, false), KV_MEMORY_FREE);
	kv_memory_told(&m, CAPACITY, 1);
	kv_memory_note(&m, &a, &seat);
	assert_int_equal(kv_memory_look(&m, &b, false), KV_MEMORY_NONE);
	kv_memory_told(&m, 1000, 0);
	assert_int_equal(kv_memory_look(&m, &b, false), KV_MEMORY_NONE);
}

static void a_worker_may_come_back_with_less(void **unused)
{
	struct residents_ask a = named(1, 6000);

	(void)unused;
	kv_memory_told(&m, CAPACITY, 0);
	kv_memory_told(&m, 0, 0); /* it says nothing this time */
	assert_int_equal(kv_memory_view(&m, 1000).capacity, CAPACITY);
	kv_memory_told(&m, 5000, 0);
	assert_int_equal(kv_memory_view(&m, 1000).capacity, 5000);
	assert_int_equal(kv_memory_look(&m, &a, true), KV_MEMORY_FREE);
}

static void prefixes_are_told_only_where_sessions_share_them(void **unused)
{
	static uint64_t key[40];
	struct residents_ask a = named(1, 640), b = named(2, 640);
	struct residents_seat seat[2];
	struct shared_prefixes s;

	(void)unused;
	kv_memory_prefixes(&m, &s);
	assert_int_equal(s.tokens, 0);
	kv_memory_told(&m, CAPACITY, 0);
	for (size_t i = 0; i < ARRAY_LEN(key); i++)
		key[i] = i + 1;
	a.key = b.key = key;
	a.n = b.n = ARRAY_LEN(key);
	b.held_blocks = 32;
	assert_true(kv_memory_take(&m, &a, &seat[0]));
	kv_memory_prefixes(&m, &s);
	assert_int_equal(s.tokens, 0);
	assert_true(kv_memory_take(&m, &b, &seat[1]));
	kv_memory_prefixes(&m, &s);
	assert_true(s.tokens > 0);
	assert_int_equal(s.entry[0].n_holders, 2);
}

static _Atomic uint64_t held, most;

static void take_and_give_back(void *arg)
{
	uint64_t session = (uint64_t)(uintptr_t)arg;

	for (size_t i = 0; i < TURNS; i++) {
		struct residents_ask a = named(0, 2000 + session);
		struct residents_seat seat;
		uint64_t now;

		if (!kv_memory_take(&m, &a, &seat))
			continue;
		now = atomic_fetch_add(&held, 1) + 1;
		if (now > atomic_load(&most))
			atomic_store(&most, now);
		atomic_fetch_sub(&held, 1);
		kv_memory_give_back(&m, &seat, 2000, 1000);
	}
}

static void a_herd_does_not_take_more_than_there_is(void **unused)
{
	struct thread t[THREADS];

	(void)unused;
	kv_memory_told(&m, 6000, 0);
	for (size_t i = 0; i < THREADS; i++)
		thread_start(&t[i], "herd", take_and_give_back,
			     (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	assert_in_range(atomic_load(&most), 1, 2);
	assert_int_equal(kv_memory_view(&m, 100000).taken, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(until_it_is_told_there_is_room_for_all),
		TEST(what_is_taken_is_seen_and_comes_back),
		TEST(what_is_noted_counts_though_there_is_no_room),
		TEST(a_look_finds_the_room_that_there_is_to_take),
		TEST(what_is_taken_leaves_no_room_to_a_look),
		TEST(a_worker_may_come_back_with_less),
		TEST(prefixes_are_told_only_where_sessions_share_them),
		TEST(a_herd_does_not_take_more_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
