#include "common/base/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "tests/unit/stage.h"

struct alarm {
	struct timer timer;
	uint64_t fired_ms;
	int fired;
	uint64_t again_ms; /* set again by its own callback */
	int again;
	bool fini, late;
};

static void never(struct timers *ts)
{
	(void)ts;
}

static void ring(void *arg)
{
	struct alarm *a = arg;

	a->fired++;
	a->fired_ms = clock_coarse_ms();
	if (a->again-- > 0)
		timer_set(&a->timer, a->again_ms);
	if (a->fini)
		timer_fini(&a->timer);
}

static void alarm_open(struct alarm *a, struct stage *s)
{
	*a = (struct alarm){0};
	timer_init(&a->timer, &s->loop, ring, a);
}

static void a_timer_fires_once_and_not_early(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct alarm a, later;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	alarm_open(&later, &s);
	timer_set(&a.timer, 20);
	timer_set(&later.timer, 60);
	STAGE_UNTIL(&s, later.fired);
	assert_int_equal(a.fired, 1);
	assert_true(a.fired_ms >= start_ms + 20);
	assert_true(later.fired_ms >= start_ms + 60);
	timer_fini(&a.timer);
	timer_fini(&later.timer);
	stage_close(&s);
}

static void a_timer_moved_later_waits(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct alarm a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	timer_set(&a.timer, 10);
	timer_set(&a.timer, 50);
	STAGE_UNTIL(&s, a.fired);
	assert_true(a.fired_ms >= start_ms + 50);
	timer_fini(&a.timer);
	stage_close(&s);
}

static void a_timer_moved_earlier_does_not_wait(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct alarm a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	timer_set(&a.timer, STAGE_PATIENCE_MS / 2);
	timer_set(&a.timer, 10);
	STAGE_UNTIL(&s, a.fired);
	assert_true(a.fired_ms < start_ms + STAGE_PATIENCE_MS / 2);
	assert_int_equal(a.fired, 1);
	timer_fini(&a.timer);
	stage_close(&s);
}

static void a_cleared_timer_stays_silent(void **unused)
{
	struct alarm a, later;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	alarm_open(&later, &s);
	timer_clear(&a.timer);
	timer_set(&a.timer, 5);
	timer_set(&later.timer, 30);
	timer_clear(&a.timer);
	STAGE_UNTIL(&s, later.fired);
	assert_int_equal(a.fired, 0);
	timer_fini(&a.timer);
	timer_fini(&later.timer);
	stage_close(&s);
}

static void a_cleared_timer_can_be_set_again(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct alarm a, later;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	alarm_open(&later, &s);
	timer_set(&a.timer, 5);
	timer_clear(&a.timer);
	timer_set(&later.timer, 20);
	STAGE_UNTIL(&s, later.fired);
	assert_int_equal(a.fired, 0);
	timer_set(&a.timer, 15);
	STAGE_UNTIL(&s, a.fired);
	assert_true(a.fired_ms >= start_ms + 35);
	timer_fini(&a.timer);
	timer_fini(&later.timer);
	stage_close(&s);
}

static void a_callback_may_set_its_timer_again(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct alarm a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	a.again = 3;
	a.again_ms = 5;
	timer_set(&a.timer, 0);
	STAGE_UNTIL(&s, a.fired == 4);
	assert_true(a.fired_ms >= start_ms + 15);
	stage_settle(&s);
	assert_int_equal(a.fired, 4);
	timer_fini(&a.timer);
	stage_close(&s);
}

static void a_callback_may_end_its_timer(void **unused)
{
	struct alarm a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	a.fini = true;
	timer_set(&a.timer, 1);
	STAGE_UNTIL(&s, a.fired);
	timer_fini(&a.timer);
	stage_close(&s);
}

static void a_timer_without_end_does_not_fire_at_once(void **unused)
{
	struct alarm a, later;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	alarm_open(&later, &s);
	timer_set(&a.timer, UINT64_MAX);
	timer_set(&later.timer, 20);
	STAGE_UNTIL(&s, later.fired);
	assert_int_equal(a.fired, 0);
	timer_fini(&a.timer);
	timer_fini(&later.timer);
	stage_close(&s);
}

#define CROWD 500

/* Timers without a loop that runs, asked at times of the test's own. */
struct crowd {
	struct loop loop;
	struct member {
		struct timer timer;
		struct crowd *crowd;
		uint64_t due_ms; /* as it was last set; 0: it was cleared */
		int fired;
	} member[CROWD];
	uint64_t now_ms, last_ms;
	bool in_order; /* nothing was moved */
	int sooner;
};

static void on_sooner(struct timers *ts)
{
	CONTAINER_OF(ts, struct crowd, loop.timers)->sooner++;
}

static void on_member(void *arg)
{
	struct member *m = arg;

	assert_true(m->due_ms != 0);
	assert_true(m->due_ms <= m->crowd->now_ms);
	assert_true(!m->crowd->in_order || m->due_ms >= m->crowd->last_ms);
	m->crowd->last_ms = m->due_ms;
	m->due_ms = 0;
	m->fired++;
}

static void crowd_open(struct crowd *c)
{
	*c = (struct crowd){.now_ms = clock_coarse_ms()};
	timers_init(&c->loop.timers, on_sooner);
	for (size_t i = 0; i < CROWD; i++) {
		c->member[i].crowd = c;
		timer_init(&c->member[i].timer, &c->loop, on_member,
			   &c->member[i]);
	}
}

static void crowd_close(struct crowd *c)
{
	timers_fini(&c->loop.timers);
	for (size_t i = 0; i < CROWD; i++)
		timer_fini(&c->member[i].timer);
}

static void member_set(struct member *m, uint64_t in_ms)
{
	timer_set(&m->timer, in_ms);
	m->due_ms = m->timer.due_ms;
}

static void member_clear(struct member *m)
{
	timer_clear(&m->timer);
	m->due_ms = 0;
}

/* What was due by then has fired, and nothing else has. */
static void crowd_fire(struct crowd *c, uint64_t now_ms)
{
	c->now_ms = now_ms;
	c->last_ms = 0;
	timers_fire(&c->loop.timers, now_ms);
	for (size_t i = 0; i < CROWD; i++)
		assert_true(c->member[i].due_ms == 0 ||
			    c->member[i].due_ms > now_ms);
}

static void a_crowd_fires_in_order(void **unused)
{
	struct crowd c;
	struct rng rng;

	(void)unused;
	crowd_open(&c);
	rng_seed(&rng, 1);
	c.in_order = true;
	for (size_t i = 0; i < CROWD; i++)
		member_set(&c.member[i], rng_below(&rng, 100000));
	for (uint64_t at = 0; at <= 101000; at += 500)
		crowd_fire(&c, clock_coarse_ms() + at);
	for (size_t i = 0; i < CROWD; i++)
		assert_int_equal(c.member[i].fired, 1);
	assert_true(timers_next_ms(&c.loop.timers) == UINT64_MAX);
	crowd_close(&c);
}

static void disturb(struct member *m, struct rng *rng)
{
	switch (rng_below(rng, 4)) {
	case 0: member_clear(m); return;
	case 1:
		timer_fini(&m->timer);
		timer_init(&m->timer, &m->crowd->loop, on_member, m);
		m->due_ms = 0;
		return;
	default: member_set(m, rng_below(rng, 100000)); return;
	}
}

static void what_is_moved_cleared_or_ended_fires_when_it_should(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct crowd c;
	struct rng rng;

	(void)unused;
	crowd_open(&c);
	rng_seed(&rng, 2);
	for (uint64_t round = 0; round < 200; round++) {
		for (int i = 0; i < 200; i++)
			disturb(&c.member[rng_below(&rng, CROWD)], &rng);
		crowd_fire(&c, start_ms + round * 100);
	}
	crowd_fire(&c, clock_coarse_ms() + 200000);
	assert_true(timers_next_ms(&c.loop.timers) == UINT64_MAX);
	crowd_close(&c);
}

static void nothing_fires_before_it_is_due(void **unused)
{
	struct crowd c;

	(void)unused;
	crowd_open(&c);
	assert_true(timers_next_ms(&c.loop.timers) == UINT64_MAX);
	timers_fire(&c.loop.timers, UINT64_MAX);
	member_set(&c.member[0], 1000);
	timers_fire(&c.loop.timers, c.member[0].due_ms - 1);
	assert_int_equal(c.member[0].fired, 0);
	crowd_fire(&c, c.member[0].due_ms);
	assert_int_equal(c.member[0].fired, 1);
	crowd_close(&c);
}

static void an_earlier_look_is_asked_for_and_a_later_one_is_not(void **unused)
{
	struct crowd c;

	(void)unused;
	crowd_open(&c);
	member_set(&c.member[0], 50000);
	assert_int_equal(c.sooner, 1);
	member_set(&c.member[1], 60000);
	member_set(&c.member[0], 90000);
	member_clear(&c.member[1]);
	assert_int_equal(c.sooner, 1);
	member_set(&c.member[1], 10000);
	assert_int_equal(c.sooner, 2);
	assert_true(timers_next_ms(&c.loop.timers) == c.member[1].due_ms);
	crowd_close(&c);
}

static void room_for_a_crowd_is_given_back(void **unused)
{
	struct crowd c;

	(void)unused;
	crowd_open(&c);
	for (size_t i = 0; i < CROWD; i++)
		member_set(&c.member[i], 1000);
	assert_true(c.loop.timers.room >= CROWD);
	for (size_t i = 0; i < CROWD; i++)
		timer_fini(&c.member[i].timer);
	assert_true(c.loop.timers.room < CROWD / 8);
	crowd_close(&c);
}

static void a_timer_may_end_after_its_loop(void **unused)
{
	struct timer unset, set, zero = {0};
	struct loop l;

	(void)unused;
	loop_init(&l);
	timer_init(&unset, &l, on_member, NULL);
	timer_init(&set, &l, on_member, NULL);
	timer_set(&set, 1000);
	loop_fini(&l);
	timer_fini(&unset);
	timer_fini(&set);
	timer_fini(&set);
	timer_fini(&zero);
}

struct sluggard {
	struct timer timer;
	struct alarm *alarm;
};

static void oversleep(void *arg)
{
	struct sluggard *s = arg;

	usleep(50000);
	timer_set(&s->alarm->timer, 20);
}

/* What a turn has used up is not waited for again. */
static void a_timer_set_late_in_a_turn_counts_from_its_start(void **unused)
{
	struct sluggard slug;
	struct alarm a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	alarm_open(&a, &s);
	slug.alarm = &a;
	timer_init(&slug.timer, &s.loop, oversleep, &slug);
	timer_set(&slug.timer, 0);
	loop_turn(&s.loop, false);
	assert_true(a.timer.due_ms > 0);
	assert_true(a.timer.due_ms <= clock_coarse_ms());
	loop_turn(&s.loop, false);
	assert_int_equal(a.fired, 1);
	timer_fini(&a.timer);
	timer_fini(&slug.timer);
	stage_close(&s);
}

static void note_lateness(void *arg)
{
	struct alarm *a = arg;

	a->fired++;
	a->late = timer_is_late(&a->timer);
}

static void a_timer_that_slept_in_knows_it(void **state)
{
	struct stage s;
	struct alarm a;

	(void)state;
	stage_open(&s);
	alarm_open(&a, &s);
	a.timer.fire = note_lateness;
	timer_set(&a.timer, 10);
	usleep((TIMER_LATE_MS + 100) * 1000);
	STAGE_UNTIL(&s, a.fired == 1);
	assert_true(a.late);
	timer_fini(&a.timer);
	stage_close(&s);
}

static void one_that_is_due_when_it_fires_is_not_late(void **state)
{
	struct timers ts;
	struct alarm a = {0};

	(void)state;
	timers_init(&ts, NULL);
	ts.late_ms = 12345; /* of another one */
	ts.sooner = never;
	a.timer = (struct timer){.in = &ts, .fire = note_lateness, .arg = &a};
	timer_set(&a.timer, 10);
	timers_fire(&ts, a.timer.due_ms);
	assert_int_equal(a.fired, 1);
	assert_false(a.late);
	timers_fini(&ts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_that_slept_in_knows_it),
		cmocka_unit_test(one_that_is_due_when_it_fires_is_not_late),
		cmocka_unit_test(a_timer_fires_once_and_not_early),
		cmocka_unit_test(a_timer_moved_later_waits),
		cmocka_unit_test(a_timer_moved_earlier_does_not_wait),
		cmocka_unit_test(a_cleared_timer_stays_silent),
		cmocka_unit_test(a_cleared_timer_can_be_set_again),
		cmocka_unit_test(a_callback_may_set_its_timer_again),
		cmocka_unit_test(a_callback_may_end_its_timer),
		cmocka_unit_test(a_timer_without_end_does_not_fire_at_once),
		cmocka_unit_test(a_crowd_fires_in_order),
		cmocka_unit_test(
			what_is_moved_cleared_or_ended_fires_when_it_should),
		cmocka_unit_test(nothing_fires_before_it_is_due),
		cmocka_unit_test(
			an_earlier_look_is_asked_for_and_a_later_one_is_not),
		cmocka_unit_test(room_for_a_crowd_is_given_back),
		cmocka_unit_test(a_timer_may_end_after_its_loop),
		cmocka_unit_test(
			a_timer_set_late_in_a_turn_counts_from_its_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
