#include "router/fleet/resident_slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/rng.h"

#define KEYS 2000

static struct residents r;
static uint64_t key[KEYS];

static int begin(void **unused)
{
	(void)unused;
	residents_init(&r);
	for (size_t i = 0; i < KEYS; i++)
		key[i] = i << 32 | 5;
	return 0;
}

static struct residents_ask text(size_t n)
{
	return (struct residents_ask){.key = key, .n = n};
}

static struct residents_ask named(uint64_t session, size_t n)
{
	return (struct residents_ask){.session = session, .key = key, .n = n};
}

static struct resident *find(struct residents_ask a)
{
	return resident_find(&r, RESIDENT_LIVE, &a);
}

static struct resident *seat(size_t slot, struct residents_ask a)
{
	resident_note_turn(&r, &r.slot[slot], &a);
	resident_set_state(&r, &r.slot[slot], RESIDENT_LIVE);
	return &r.slot[slot];
}

static void a_session_is_found_by_its_name(void **unused)
{
	struct resident *s;

	(void)unused;
	s = seat(3, named(7, 4));
	assert_ptr_equal(find(named(7, 0)), s);
	assert_ptr_equal(find(named(7, KEYS)), s);
}

static void a_prompt_is_found_by_what_it_goes_on_from(void **unused)
{
	struct resident *s;

	(void)unused;
	s = seat(3, text(4));
	assert_ptr_equal(find(text(4)), s);
	assert_ptr_equal(find(text(9)), s);
	assert_ptr_equal(find(text(KEYS)), s);
}

static void the_longest_way_wins(void **unused)
{
	struct resident *longer;

	(void)unused;
	longer = seat(3, text(40));
	seat(2, text(4));
	seat(4, text(39));
	assert_ptr_equal(find(text(50)), longer);
	assert_ptr_equal(find(text(KEYS)), longer);
}

static void one_never_taken_is_not_found(void **unused)
{
	struct residents_ask a = text(KEYS), none = {0};

	(void)unused;
	key[0] = 0;
	assert_null(resident_find(&r, RESIDENT_FREE, &a));
	a.n = 1;
	assert_null(resident_find(&r, RESIDENT_FREE, &a));
	assert_null(resident_find(&r, RESIDENT_FREE, &none));
}

static void what_is_in_another_state_is_not_found(void **unused)
{
	struct resident *s;

	(void)unused;
	s = seat(3, text(4));
	resident_set_state(&r, s, RESIDENT_IDLE);
	assert_null(find(text(4)));
	assert_null(find(text(KEYS)));
}

static void a_prompt_that_is_shorter_or_differs_is_not_found(void **unused)
{
	(void)unused;
	seat(3, text(4));
	assert_null(find(text(3)));
	key[3]++;
	assert_null(find(text(9)));
	assert_null(find(text(KEYS)));
}

static void a_name_and_a_prompt_are_not_mistaken_for_each_other(void **unused)
{
	(void)unused;
	seat(3, named(7, 4));
	seat(4, text(6));
	assert_null(find(text(4)));
	assert_null(find(named(key[5], 6)));
}

static void what_it_was_found_by_before_is_forgotten(void **unused)
{
	struct resident *s;

	(void)unused;
	s = seat(3, text(4));
	assert_ptr_equal(seat(3, text(8)), s);
	assert_null(find(text(4)));
	assert_ptr_equal(find(text(8)), s);
	seat(3, named(7, 8));
	assert_null(find(text(8)));
}

/* As by looking at each of them. */
static struct resident *look(const struct residents_ask *a)
{
	struct resident *best = NULL;

	for (size_t i = 0; i < RESIDENTS_MAX; i++) {
		struct resident *s = &r.slot[i];

		if (s->state == RESIDENT_LIVE && s->tip_at < a->n &&
		    (best == NULL || s->tip_at > best->tip_at))
			best = s;
	}
	return best;
}

static void among_many_it_is_the_same_as_by_looking_at_each(void **unused)
{
	struct rng rng;

	(void)unused;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < RESIDENTS_MAX; i++)
		seat(i, text(1 + rng_next(&rng) % KEYS));
	for (size_t n = 0; n <= KEYS; n += 7) {
		struct residents_ask a = text(n);
		struct resident *is = find(a), *should = look(&a);

		assert_int_equal(is == NULL, should == NULL);
		if (is != NULL)
			assert_int_equal(is->tip_at, should->tip_at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_is_found_by_its_name, begin),
		cmocka_unit_test_setup(
			a_prompt_is_found_by_what_it_goes_on_from, begin),
		cmocka_unit_test_setup(the_longest_way_wins, begin),
		cmocka_unit_test_setup(one_never_taken_is_not_found, begin),
		cmocka_unit_test_setup(what_is_in_another_state_is_not_found,
				       begin),
		cmocka_unit_test_setup(
			a_prompt_that_is_shorter_or_differs_is_not_found,
			begin),
		cmocka_unit_test_setup(
			a_name_and_a_prompt_are_not_mistaken_for_each_other,
			begin),
		cmocka_unit_test_setup(what_it_was_found_by_before_is_forgotten,
				       begin),
		cmocka_unit_test_setup(
			among_many_it_is_the_same_as_by_looking_at_each, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
