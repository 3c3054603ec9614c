#include "common/base/slots.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N       8
#define WRITERS 3
#define EACH    2000

/* It is whole where both are the same. */
struct pair {
	uint64_t a, b;
};

static struct {
	struct slots_head head;
	atomic_uint state[N];
	struct pair slot[N];
} memory;

static const struct slots slots = {&memory.head, memory.state, memory.slot, N,
				   sizeof(struct pair)};
static struct pair out[N];

static int begin(void **unused)
{
	(void)unused;
	while (slots_take(&slots, out) > 0)
		;
	slots_lost(&slots);
	atomic_store(&memory.head.next, 0);
	return 0;
}

static bool put(uint64_t n)
{
	return slots_put(&slots, &(struct pair){n, n});
}

static void what_was_put_is_taken_once(void **unused)
{
	(void)unused;
	assert_int_equal(slots_take(&slots, out), 0);
	assert_true(put(7));
	assert_int_equal(slots_take(&slots, out), 1);
	assert_int_equal(out[0].b, 7);
	assert_int_equal(slots_take(&slots, out), 0);
	assert_int_equal(slots_lost(&slots), 0);
}

static void what_was_put_first_is_taken_first(void **unused)
{
	(void)unused;
	for (uint64_t turn = 0; turn < 3 * N; turn++) {
		for (uint64_t i = 0; i < 5; i++)
			assert_true(put(i));
		assert_int_equal(slots_take(&slots, out), 5);
		for (uint64_t i = 0; i < 5; i++)
			assert_int_equal(out[i].a, i);
	}
}

static void what_finds_no_room_is_lost_and_the_rest_stays(void **unused)
{
	(void)unused;
	for (uint64_t i = 0; i < N; i++)
		assert_true(put(i));
	for (uint64_t i = 0; i < 3; i++)
		assert_false(put(99));
	assert_int_equal(slots_lost(&slots), 3);
	assert_int_equal(slots_lost(&slots), 0);
	assert_int_equal(slots_take(&slots, out), N);
	for (uint64_t i = 0; i < N; i++)
		assert_true(out[i].a < N);
	assert_true(put(99));
}

static void *put_each(void *unused)
{
	(void)unused;
	for (uint64_t i = 1; i <= EACH; i++)
		put(i);
	return NULL;
}

static unsigned take_whole(void)
{
	unsigned n = slots_take(&slots, out);

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(out[i].a, out[i].b);
	return n;
}

/* Under several threads all that arrives is whole, and all is counted. */
static void any_thread_may_put(void **unused)
{
	pthread_t writer[WRITERS];
	unsigned taken = 0;

	(void)unused;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(
			pthread_create(&writer[i], NULL, put_each, NULL), 0);
	for (int turn = 0; turn < 1000; turn++)
		taken += take_whole();
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writer[i], NULL);
	taken += take_whole();
	assert_int_equal(taken + slots_lost(&slots), WRITERS * EACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_put_is_taken_once, begin),
		cmocka_unit_test_setup(what_was_put_first_is_taken_first,
				       begin),
		cmocka_unit_test_setup(
			what_finds_no_room_is_lost_and_the_rest_stays, begin),
		cmocka_unit_test_setup(any_thread_may_put, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
