#include "router/fleet/residents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BLOCK    16
#define KEYS     4096
#define CAPACITY 10000 /* of which 9,800 are to be had */

static struct residents r;
static uint64_t key[KEYS];
static uint64_t now_ms;

static int begin(void **unused)
{
	(void)unused;
	now_ms = 1000;
	residents_init(&r);
	residents_set_capacity(&r, CAPACITY);
	r.answer = 0; /* else all that follows would be plus 200 */
	return 0;
}

/* A session by name, none of whose prompt anybody shares. */
static struct residents_ask named(uint64_t session, uint64_t prompt)
{
	return (struct residents_ask){
		.class = RESIDENTS_DEFAULT,
		.session = session,
		.prompt = prompt,
		.block_size = BLOCK,
		.now_ms = now_ms,
	};
}

/* Of a text that begins with `shared` tokens that all such have. */
static struct residents_ask text(uint64_t name, uint64_t shared,
				 uint64_t prompt, uint64_t held)
{
	for (size_t i = 0; i < prompt / BLOCK; i++)
		key[i] = (i < shared / BLOCK ? 1 : name) << 32 | i;
	return (struct residents_ask){
		.class = RESIDENTS_DEFAULT,
		.prompt = prompt,
		.key = key,
		.n = prompt / BLOCK,
		.block_size = BLOCK,
		.held_blocks = held / BLOCK,
		.now_ms = now_ms,
	};
}

static bool fits(struct residents_ask a)
{
	return residents_fit(&r, &a);
}

static struct residents_seat hold(struct residents_ask a)
{
	struct residents_seat seat;

	residents_hold(&r, &a, &seat);
	return seat;
}

static void release(struct residents_seat *seat, uint64_t context)
{
	residents_release(&r, seat, context, now_ms);
}

static void is_empty(void)
{
	now_ms += STAY_MOST_MS + 1;
	residents_expire(&r, now_ms);
	assert_int_equal(residents_taken(&r), 0);
	assert_int_equal(r.n_live + r.n_idle, 0);
	assert_int_equal(r.due + r.live_due, 0);
}

/* --- room ----------------------------------------------------------------- */

static void where_the_memory_is_not_known_all_fit(void **unused)
{
	(void)unused;
	residents_set_capacity(&r, 0);
	hold(named(1, 1000000));
	assert_true(fits(named(2, 1000000)));
}

static void what_is_too_much_does_not_fit(void **unused)
{
	struct residents_seat seat;

	(void)unused;
	seat = hold(named(1, 6000));
	assert_true(fits(named(2, 3800)));
	assert_false(fits(named(2, 3801)));
	release(&seat, 6000);
	is_empty();
	assert_true(fits(named(2, 3801)));
}

static void what_fits_nowhere_goes_where_nobody_is(void **unused)
{
	struct residents_seat seat;

	(void)unused;
	assert_true(fits(named(1, 50000)));
	seat = hold(named(2, 10));
	assert_false(fits(named(1, 50000)));
	release(&seat, 10);
	/* Who lingers does not keep it from its turn. */
	assert_true(fits(named(1, 50000)));
	assert_false(fits(named(1, 9795)));
}

static void answers_to_come_take_room_as_others_did(void **unused)
{
	struct residents_ask a = named(1, 1000);
	struct residents_seat seat;

	(void)unused;
	for (int i = 0; i < 1000; i++) {
		seat = hold(named(0, 100));
		release(&seat, 3100);
	}
	assert_in_range(r.answer, 2900, 3000);
	assert_true(fits(named(2, 6800)));
	hold(a);
	assert_false(fits(named(2, 3000)));
	/* Unless they ask for less. */
	a = named(2, 3000);
	a.output = 100;
	assert_true(fits(a));
}

static void what_others_use_of_the_memory_counts(void **unused)
{
	struct residents_seat seat;

	(void)unused;
	seat = hold(named(1, 2000));
	for (int i = 0; i < 30; i++)
		residents_told(&r, .7);
	assert_in_range(r.foreign, 4990, 5000);
	assert_false(fits(named(2, 3000)));
	/* Our own is not theirs, nor is what may be an error. */
	for (int i = 0; i < 30; i++)
		residents_told(&r, .24);
	assert_int_equal(r.foreign, 0);
	release(&seat, 2000);
	is_empty();
}

/* --- sessions ------------------------------------------------------------- */

static void a_session_keeps_its_room_between_its_turns(void **unused)
{
	struct residents_seat seat;

	(void)unused;
	seat = hold(named(1, 6000));
	release(&seat, 6100);
	now_ms += 500;
	assert_false(fits(named(2, 5000)));
	assert_true(fits(named(1, 7000)));
	now_ms += STAY_MOST_MS;
	assert_true(fits(named(2, 5000)));
}

static void a_session_without_a_name_is_known_by_its_prompt(void **unused)
{
	struct residents_seat seat;
	struct residents_ask a;

	(void)unused;
	seat = hold(text(7, 0, 4000, 0));
	release(&seat, 4100);
	a = text(7, 0, 5000, 4000);
	assert_true(residents_knows(&r, &a));
	seat = hold(a);
	assert_int_equal(r.n_live, 1);
	assert_int_equal(r.n_idle, 0);
	release(&seat, 5100);
	a = text(8, 0, 5000, 0);
	assert_false(residents_knows(&r, &a));
	a = text(7, 0, 4000, 0);
	assert_false(residents_knows(&r, &a));
	is_empty();
}

static void requests_at_the_same_time_count_each(void **unused)
{
	struct residents_seat a, b, c;

	(void)unused;
	a = hold(named(1, 3000));
	b = hold(named(1, 3000));
	c = hold(named(0, 3000));
	assert_int_equal(residents_taken(&r), 9000);
	assert_false(fits(named(1, 1000)));
	release(&b, 3000);
	release(&a, 3000);
	release(&c, 3000);
	assert_int_equal(r.n_idle, 1);
	is_empty();
}

static void one_that_was_never_computed_leaves_nothing(void **unused)
{
	struct residents_seat seat = hold(named(1, 6000));

	(void)unused;
	release(&seat, 0);
	assert_int_equal(residents_taken(&r), 0);
	release(&seat, 0); /* it holds nothing any more */
	is_empty();
}

static void turns(uint64_t session, size_t n, uint64_t each)
{
	for (size_t i = 1; i <= n; i++) {
		struct residents_seat seat = hold(named(session, i * each));

		now_ms += 10;
		release(&seat, i * each);
		now_ms += 10;
	}
}

static void room_is_kept_for_what_sessions_grow_to(void **unused)
{
	(void)unused;
	for (uint64_t i = 1; i < 30; i++) {
		turns(i, 4, 1000);
		is_empty();
	}
	assert_in_range(r.grown, 3900, 4000);
	hold(named(100, 500));
	assert_in_range(residents_taken(&r), 3900, 4000);
	assert_true(fits(named(101, 500)));
	hold(named(101, 500));
	assert_false(fits(named(102, 500)));
	assert_in_range((uint64_t)(residents_knee(&r) * 100), 240, 255);
}

static void those_that_outgrow_it_go_on_by_age(void **unused)
{
	struct residents_seat seat[4];

	(void)unused;
	for (uint64_t i = 0; i < 4; i++) {
		seat[i] = hold(named(i + 1, 1000));
		now_ms += 10;
		release(&seat[i], 1000);
	}
	for (uint64_t i = 1; i <= 4; i++)
		assert_true(fits(named(i, 6800)));
	assert_true(fits(named(1, 20000)));
	assert_true(fits(named(2, 8800)));
	assert_true(fits(named(3, 7800)));
	assert_false(fits(named(4, 6801)));
}

static void an_elder_waits_for_younger_ones_to_end_and_stays(void **unused)
{
	struct residents_seat old, young;

	(void)unused;
	old = hold(named(1, 3000));
	now_ms++;
	young = hold(named(2, 4000));
	release(&old, 3000);
	for (int i = 0; i < 20; i++) {
		now_ms += STAY_LEAST_MS;
		assert_false(fits(named(1, 6000)));
	}
	release(&young, 4000);
	assert_true(fits(named(1, 6000)));
	hold(named(1, 6000));
	assert_false(fits(named(2, 4200)));
}

/* --- classes -------------------------------------------------------------- */

static struct residents_ask of_class(struct residents_ask a,
				     enum residents_class class)
{
	a.class = class;
	return a;
}

static void a_lower_class_gives_way_between_its_turns(void **unused)
{
	struct residents_seat low;

	(void)unused;
	low = hold(of_class(named(1, 6000), RESIDENTS_BACKGROUND));
	assert_false(fits(of_class(named(2, 6000), RESIDENTS_INTERACTIVE)));
	release(&low, 6000);
	assert_false(fits(of_class(named(3, 6000), RESIDENTS_BACKGROUND)));
	assert_true(fits(of_class(named(2, 6000), RESIDENTS_INTERACTIVE)));
	hold(of_class(named(2, 6000), RESIDENTS_INTERACTIVE));
	assert_false(fits(of_class(named(1, 6100), RESIDENTS_BACKGROUND)));
}

static void a_higher_class_does_not_give_way(void **unused)
{
	struct residents_seat high;

	(void)unused;
	high = hold(of_class(named(1, 6000), RESIDENTS_INTERACTIVE));
	release(&high, 6000);
	assert_false(fits(of_class(named(2, 6000), RESIDENTS_BACKGROUND)));
	assert_false(fits(of_class(named(2, 6000), RESIDENTS_DEFAULT)));
	assert_true(fits(of_class(named(1, 7000), RESIDENTS_INTERACTIVE)));
}

/* --- what is shared ------------------------------------------------------- */

static void a_shared_prefix_counts_once(void **unused)
{
	struct residents_seat seat[3];

	(void)unused;
	seat[0] = hold(text(7, 3200, 4000, 0));
	seat[1] = hold(text(8, 3200, 4000, 3200));
	seat[2] = hold(text(9, 3200, 4000, 3200));
	assert_int_equal(r.shared.tokens, 3200);
	assert_int_equal(residents_taken(&r), 3200 + 3 * 800);
	for (int i = 0; i < 3; i++)
		release(&seat[i], 4000);
	assert_int_equal(residents_taken(&r), 3200 + 3 * 800);
	is_empty();
	assert_int_equal(r.shared.tokens, 0);
}

static void what_is_short_is_not_shared(void **unused)
{
	struct residents_seat a, b;

	(void)unused;
	a = hold(text(7, 160, 4000, 0));
	b = hold(text(8, 160, 4000, 160));
	assert_int_equal(r.shared.tokens, 0);
	assert_int_equal(residents_taken(&r), 8000);
	release(&a, 4000);
	release(&b, 4000);
	is_empty();
}

/* --- bounds --------------------------------------------------------------- */

static void past_what_can_be_followed_the_sums_are_right(void **unused)
{
	static struct residents_seat seat[RESIDENTS_MAX + 10];

	(void)unused;
	for (size_t i = 0; i < RESIDENTS_MAX + 10; i++)
		seat[i] = hold(named(i + 1, 10));
	assert_int_equal(residents_taken(&r), 10 * (RESIDENTS_MAX + 10));
	assert_int_equal(seat[RESIDENTS_MAX].slot, -1);
	for (size_t i = 0; i < RESIDENTS_MAX + 10; i++)
		release(&seat[i], 10);
	is_empty();
}

/* Whatever comes and goes, in the end nothing is left. */
static void the_books_balance(void **unused)
{
	static struct residents_seat seat[64];
	uint64_t x = 1;

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		size_t at = (x = x * 6364136223846793005u + 1) >> 58;
		uint64_t size = 16 + (x >> 20) % 3000;

		now_ms += (x >> 40) % 200;
		if (seat[at].taken) {
			release(&seat[at], x >> 30 & 7 ? size + 100 : 0);
			continue;
		}
		if (x >> 33 & 1)
			seat[at] = hold(of_class(named((x >> 35) % 40, size),
						 (x >> 50) % 3));
		else
			seat[at] = hold(text(7 + (x >> 35) % 20, 320, size,
					     (x >> 45) % 1000));
		fits(named(1, size));
	}
	for (size_t i = 0; i < 64; i++)
		release(&seat[i], 100);
	is_empty();
	assert_int_equal(r.shared.tokens, 0);
	for (size_t i = 0; i < RESIDENTS_CLASSES; i++)
		assert_int_equal(r.live[i] + r.idle[i], 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(where_the_memory_is_not_known_all_fit),
		TEST(what_is_too_much_does_not_fit),
		TEST(what_fits_nowhere_goes_where_nobody_is),
		TEST(answers_to_come_take_room_as_others_did),
		TEST(what_others_use_of_the_memory_counts),
		TEST(a_session_keeps_its_room_between_its_turns),
		TEST(a_session_without_a_name_is_known_by_its_prompt),
		TEST(requests_at_the_same_time_count_each),
		TEST(one_that_was_never_computed_leaves_nothing),
		TEST(room_is_kept_for_what_sessions_grow_to),
		TEST(those_that_outgrow_it_go_on_by_age),
		TEST(an_elder_waits_for_younger_ones_to_end_and_stays),
		TEST(a_lower_class_gives_way_between_its_turns),
		TEST(a_higher_class_does_not_give_way),
		TEST(a_shared_prefix_counts_once),
		TEST(what_is_short_is_not_shared),
		TEST(past_what_can_be_followed_the_sums_are_right),
		TEST(the_books_balance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
