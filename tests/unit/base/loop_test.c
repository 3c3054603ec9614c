#include "common/base/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/stage.h"

struct note {
	struct deferred deferred;
	struct loop *loop;
	int ran;
	struct note *after; /* deferred by the one before it */
	char *log;
	char name;
};

static void run_note(struct deferred *d)
{
	struct note *n = CONTAINER_OF(d, struct note, deferred);

	n->ran++;
	if (n->log != NULL)
		n->log[strlen(n->log)] = n->name;
	if (n->after != NULL)
		loop_defer(n->loop, &n->after->deferred, run_note);
}

static void deferred_work_runs_later_in_order(void **unused)
{
	char log[8] = "";
	struct note a = {.log = log, .name = 'a'}, b = a, c = a;
	struct stage s;

	(void)unused;
	stage_open(&s);
	b.name = 'b';
	c.name = 'c';
	loop_defer(&s.loop, &b.deferred, run_note);
	loop_defer(&s.loop, &a.deferred, run_note);
	loop_defer(&s.loop, &c.deferred, run_note);
	assert_string_equal(log, "");
	stage_settle(&s);
	assert_string_equal(log, "bac");
	stage_close(&s);
}

static void deferring_twice_is_once(void **unused)
{
	struct note a = {0};
	struct stage s;

	(void)unused;
	stage_open(&s);
	loop_defer(&s.loop, &a.deferred, run_note);
	loop_defer(&s.loop, &a.deferred, run_note);
	stage_settle(&s);
	assert_int_equal(a.ran, 1);
	loop_defer(&s.loop, &a.deferred, run_note);
	stage_settle(&s);
	assert_int_equal(a.ran, 2);
	stage_close(&s);
}

static void what_is_undeferred_does_not_run(void **unused)
{
	struct note a = {0}, never = {0};
	struct stage s;

	(void)unused;
	stage_open(&s);
	loop_undefer(&never.deferred);
	loop_defer(&s.loop, &a.deferred, run_note);
	loop_undefer(&a.deferred);
	loop_undefer(&a.deferred);
	stage_settle(&s);
	assert_int_equal(a.ran, 0);
	stage_close(&s);
}

struct canceller {
	struct deferred deferred;
	struct deferred *victim;
};

static void cancel(struct deferred *d)
{
	loop_undefer(CONTAINER_OF(d, struct canceller, deferred)->victim);
}

static void one_that_runs_may_undefer_the_next(void **unused)
{
	struct note a = {0};
	struct canceller c = {.victim = &a.deferred};
	struct stage s;

	(void)unused;
	stage_open(&s);
	loop_defer(&s.loop, &c.deferred, cancel);
	loop_defer(&s.loop, &a.deferred, run_note);
	stage_settle(&s);
	assert_int_equal(a.ran, 0);
	stage_close(&s);
}

struct greedy {
	struct deferred deferred;
	struct loop *loop;
	bool others_had_their_turn;
	int turns;
};

static void again_and_again(struct deferred *d)
{
	struct greedy *g = CONTAINER_OF(d, struct greedy, deferred);

	if (g->others_had_their_turn || ++g->turns == 1000000)
		return;
	loop_defer(g->loop, &g->deferred, again_and_again);
}

static void on_pipe(int fd, short what, void *arg)
{
	struct greedy *g = arg;

	(void)fd;
	(void)what;
	g->others_had_their_turn = true;
}

/* A fast worker must not keep a lane from all its other connections. */
static void work_that_defers_itself_lets_descriptors_through(void **unused)
{
	struct greedy g = {0};
	struct event *ev;
	struct stage s;
	int ends[2];

	(void)unused;
	stage_open(&s);
	g.loop = &s.loop;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	ev = event_new(s.loop.base, ends[0], EV_READ, on_pipe, &g);
	event_add(ev, NULL);
	loop_defer(&s.loop, &g.deferred, again_and_again);
	STAGE_UNTIL(&s, g.others_had_their_turn || g.turns >= 1000000);
	assert_true(g.others_had_their_turn);
	assert_true(g.turns < 100);
	event_free(ev);
	close(ends[0]);
	close(ends[1]);
	stage_settle(&s);
	stage_close(&s);
}

static void the_end_of_a_loop_runs_all_that_is_deferred(void **unused)
{
	struct note b = {0}, a = {.after = &b};
	struct loop l;

	(void)unused;
	loop_init(&l);
	a.loop = b.loop = &l;
	loop_defer(&l, &a.deferred, run_note);
	loop_fini(&l);
	assert_int_equal(a.ran, 1);
	assert_int_equal(b.ran, 1);
	loop_fini(&l);
}

static void run_later_again(struct deferred *d)
{
	struct note *n = CONTAINER_OF(d, struct note, deferred);

	if (++n->ran < 3)
		loop_later(n->loop, d, run_later_again);
}

static void work_for_later_runs_once_and_not_at_once(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct note a = {0}, gone = {0};
	struct stage s;

	(void)unused;
	stage_open(&s);
	loop_later(&s.loop, &a.deferred, run_note);
	loop_later(&s.loop, &a.deferred, run_note);
	loop_later(&s.loop, &gone.deferred, run_note);
	loop_undefer(&gone.deferred);
	stage_settle(&s);
	assert_int_equal(a.ran, 0);
	STAGE_UNTIL(&s, a.ran > 0);
	assert_true(clock_coarse_ms() >= start_ms + LOOP_LATER_MS);
	stage_settle(&s);
	assert_int_equal(a.ran, 1);
	assert_int_equal(gone.ran, 0);
	stage_close(&s);
}

static void work_for_later_may_ask_to_run_again(void **unused)
{
	uint64_t start_ms = clock_coarse_ms();
	struct note a = {0};
	struct stage s;

	(void)unused;
	stage_open(&s);
	a.loop = &s.loop;
	loop_later(&s.loop, &a.deferred, run_later_again);
	STAGE_UNTIL(&s, a.ran == 3);
	assert_true(clock_coarse_ms() >= start_ms + 3 * LOOP_LATER_MS);
	stage_close(&s);
}

struct alarm {
	struct timer timer;
	uint64_t fired_ms;
	int fired;
	uint64_t again_ms; /* set again by its own callback */
	int again;
	bool fini;
};

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

static void stop(struct deferred *d)
{
	loop_stop(CONTAINER_OF(d, struct note, deferred)->loop);
}

static void a_loop_runs_until_it_is_stopped(void **unused)
{
	struct note n = {0};
	struct loop l;

	(void)unused;
	loop_init(&l);
	n.loop = &l;
	for (int i = 0; i < 3; i++) {
		loop_defer(&l, &n.deferred, stop);
		loop_run(&l);
	}
	loop_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deferred_work_runs_later_in_order),
		cmocka_unit_test(deferring_twice_is_once),
		cmocka_unit_test(what_is_undeferred_does_not_run),
		cmocka_unit_test(one_that_runs_may_undefer_the_next),
		cmocka_unit_test(
			work_that_defers_itself_lets_descriptors_through),
		cmocka_unit_test(the_end_of_a_loop_runs_all_that_is_deferred),
		cmocka_unit_test(work_for_later_runs_once_and_not_at_once),
		cmocka_unit_test(work_for_later_may_ask_to_run_again),
		cmocka_unit_test(a_timer_fires_once_and_not_early),
		cmocka_unit_test(a_timer_moved_later_waits),
		cmocka_unit_test(a_timer_moved_earlier_does_not_wait),
		cmocka_unit_test(a_cleared_timer_stays_silent),
		cmocka_unit_test(a_cleared_timer_can_be_set_again),
		cmocka_unit_test(a_callback_may_set_its_timer_again),
		cmocka_unit_test(a_callback_may_end_its_timer),
		cmocka_unit_test(a_timer_without_end_does_not_fire_at_once),
		cmocka_unit_test(a_loop_runs_until_it_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
