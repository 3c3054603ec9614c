#include "common/base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "common/base/mem.h"
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

/* Asks for the same room as the one that ran before it in another turn. */
struct roomy {
	struct deferred deferred;
	struct loop *loop;
	char *first, *second;
	bool more;
};

static void take_room(struct deferred *d)
{
	struct roomy *r = CONTAINER_OF(d, struct roomy, deferred);

	r->first = loop_room(r->loop, 10);
	r->second = loop_room(r->loop, LOOP_ROOM - 10);
	r->more = loop_room(r->loop, 1) != NULL;
	memset(r->first, 'a', 10);
	memset(r->second, 'b', LOOP_ROOM - 10);
}

static void each_turn_has_its_room_and_no_more(void **unused)
{
	struct stage s;
	struct roomy a = {.loop = &s.loop, .more = true}, b = a;

	(void)unused;
	stage_open(&s);
	assert_null(loop_room(&s.loop, 1)); /* between turns */
	loop_defer(&s.loop, &a.deferred, take_room);
	stage_settle(&s);
	assert_non_null(a.first);
	assert_ptr_equal(a.second, a.first + 10);
	assert_false(a.more);
	loop_defer(&s.loop, &b.deferred, take_room);
	stage_settle(&s);
	assert_ptr_equal(b.first, a.first);
	assert_null(loop_room(&s.loop, LOOP_ROOM + 1));
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

struct pipe_watch {
	struct watch watch;
	struct loop *loop;
	int ends[2]; /* read, write */
	int told;
	struct pipe_watch *victim; /* stopped by what it is told */
	bool *flag;
};

static void on_pipe(struct watch *w, uint32_t events)
{
	struct pipe_watch *p = CONTAINER_OF(w, struct pipe_watch, watch);

	assert_true(events & EPOLLIN);
	p->told++;
	if (p->victim != NULL)
		watch_stop(&p->victim->watch, p->loop);
	if (p->flag != NULL)
		*p->flag = true;
}

static void pipe_open(struct pipe_watch *p, struct loop *l)
{
	*p = (struct pipe_watch){.loop = l};
	assert_int_equal(pipe(p->ends), 0);
	watch_start(&p->watch, l, p->ends[0], EPOLLIN, on_pipe);
}

static void pipe_say(struct pipe_watch *p)
{
	assert_int_equal(write(p->ends[1], "x", 1), 1);
}

static void pipe_close(struct pipe_watch *p)
{
	watch_close(&p->watch, p->loop);
	close(p->ends[1]);
}

/* A fast worker must not keep a lane from all its other connections. */
static void work_that_defers_itself_lets_descriptors_through(void **unused)
{
	struct greedy g = {0};
	struct pipe_watch p;
	struct stage s;

	(void)unused;
	stage_open(&s);
	g.loop = &s.loop;
	pipe_open(&p, &s.loop);
	p.flag = &g.others_had_their_turn;
	pipe_say(&p);
	loop_defer(&s.loop, &g.deferred, again_and_again);
	STAGE_UNTIL(&s, g.others_had_their_turn || g.turns >= 1000000);
	assert_true(g.others_had_their_turn);
	assert_true(g.turns < 100);
	pipe_close(&p);
	stage_settle(&s);
	stage_close(&s);
}

static void a_watch_is_told_until_it_is_stopped(void **unused)
{
	struct pipe_watch p;
	struct stage s;

	(void)unused;
	stage_open(&s);
	pipe_open(&p, &s.loop);
	stage_settle(&s);
	assert_int_equal(p.told, 0);
	pipe_say(&p);
	loop_turn(&s.loop, true);
	loop_turn(&s.loop, true);
	assert_int_equal(p.told, 2);
	watch_stop(&p.watch, &s.loop);
	watch_stop(&p.watch, &s.loop);
	stage_settle(&s);
	assert_int_equal(p.told, 2);
	watch_start(&p.watch, &s.loop, p.ends[0], EPOLLIN, on_pipe);
	loop_turn(&s.loop, true);
	assert_int_equal(p.told, 3);
	pipe_close(&p);
	pipe_close(&p);
	stage_close(&s);
}

/* Both are ready in the same turn, and each ends the other. */
static void one_that_is_told_may_stop_the_next(void **unused)
{
	struct pipe_watch a, b;
	struct stage s;

	(void)unused;
	stage_open(&s);
	pipe_open(&a, &s.loop);
	pipe_open(&b, &s.loop);
	a.victim = &b;
	b.victim = &a;
	pipe_say(&a);
	pipe_say(&b);
	stage_settle(&s);
	assert_true((a.told == 0) != (b.told == 0));
	pipe_close(&a);
	pipe_close(&b);
	stage_close(&s);
}

/* More than one turn takes, so that none is forgotten. */
static void a_crowd_of_descriptors_is_told(void **unused)
{
	enum { CROWD = 400 };
	struct pipe_watch *p = mem_array(CROWD, sizeof(*p));
	struct stage s;

	(void)unused;
	stage_open(&s);
	for (size_t i = 0; i < CROWD; i++) {
		pipe_open(&p[i], &s.loop);
		pipe_say(&p[i]);
	}
	stage_settle(&s);
	for (size_t i = 0; i < CROWD; i++) {
		assert_true(p[i].told > 0);
		pipe_close(&p[i]);
	}
	mem_free(p);
	stage_close(&s);
}

/* What it knows of two watches when it is told of its own. */
struct witness {
	struct watch watch;
	struct loop *loop;
	const struct watch *other;
	unsigned pause_ms;
	int *order, told_as; /* 1: before the other, 2: behind it */
	bool own_quiet, other_quiet;
};

static void on_witness(struct watch *w, uint32_t events)
{
	struct witness *s = CONTAINER_OF(w, struct witness, watch);

	(void)events;
	s->told_as = ++*s->order;
	usleep(s->pause_ms * 1000);
	s->own_quiet = watch_is_quiet(w, s->loop);
	s->other_quiet = watch_is_quiet(s->other, s->loop);
}

/* Two pipes; who is told first is the kernel's to say. */
struct pair {
	struct stage stage;
	struct witness a, b;
	int order, say[2];
};

static void pair_open(struct pair *p, unsigned pause_ms)
{
	struct witness *w[2] = {&p->a, &p->b};
	int ends[2];

	*p = (struct pair){0};
	stage_open(&p->stage);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(ends), 0);
		p->say[i] = ends[1];
		watch_start(&w[i]->watch, &p->stage.loop, ends[0],
			    EPOLLIN | EPOLLET, on_witness);
		w[i]->loop = &p->stage.loop;
		w[i]->other = &w[1 - i]->watch;
		w[i]->pause_ms = pause_ms;
		w[i]->order = &p->order;
	}
}

static void pair_close(struct pair *p)
{
	watch_close(&p->a.watch, &p->stage.loop);
	watch_close(&p->b.watch, &p->stage.loop);
	close(p->say[0]);
	close(p->say[1]);
	stage_close(&p->stage);
}

/* One turn in which the first `n` have something to hear. */
static void pair_say(struct pair *p, int n)
{
	p->order = 0;
	for (int i = 0; i < n; i++)
		assert_int_equal(write(p->say[i], "x", 1), 1);
	stage_turn(&p->stage);
	assert_int_equal(p->order, n);
}

/* A slow machine may take it for old news now and then. */
static void a_watch_is_quiet_if_nothing_was_told_of_it(void **unused)
{
	struct pair p;

	(void)unused;
	pair_open(&p, 0);
	do
		pair_say(&p, 1);
	while (!p.a.other_quiet);
	/* What it was told itself is no news either. */
	do
		pair_say(&p, 1);
	while (!p.a.own_quiet);
	pair_close(&p);
}

static void what_was_told_is_known_before_it_is_passed_on(void **unused)
{
	struct witness *first, *second;
	struct pair p;

	(void)unused;
	pair_open(&p, 0);
	do {
		pair_say(&p, 2);
		first = p.a.told_as == 1 ? &p.a : &p.b;
		second = p.a.told_as == 1 ? &p.b : &p.a;
		assert_false(first->other_quiet);
	} while (!second->other_quiet);
	pair_close(&p);
}

static void old_news_is_no_knowledge(void **unused)
{
	struct pair p;

	(void)unused;
	pair_open(&p, 30);
	pair_say(&p, 1);
	assert_false(p.a.own_quiet);
	assert_false(p.a.other_quiet);
	pair_close(&p);
}

static void nothing_is_known_between_turns(void **unused)
{
	struct pair p;

	(void)unused;
	pair_open(&p, 0);
	loop_turn(&p.stage.loop, false);
	assert_false(watch_is_quiet(&p.a.watch, &p.stage.loop));
	pair_close(&p);
}

/* The kernel tells so many in one go; who is left over is not known. */
static void nothing_is_known_where_the_kernel_may_know_more(void **unused)
{
	enum { CROWD = 400 };
	struct pipe_watch *crowd = mem_array(CROWD, sizeof(*crowd));
	struct pair p;

	(void)unused;
	pair_open(&p, 0);
	assert_int_equal(write(p.say[0], "x", 1), 1);
	for (size_t i = 0; i < CROWD; i++) {
		pipe_open(&crowd[i], &p.stage.loop);
		pipe_say(&crowd[i]);
	}
	stage_turn(&p.stage);
	assert_int_equal(p.a.told_as, 1);
	assert_false(p.a.other_quiet);
	for (size_t i = 0; i < CROWD; i++)
		pipe_close(&crowd[i]);
	mem_free(crowd);
	pair_close(&p);
}

static void on_rung(void *arg)
{
	++*(int *)arg;
}

static void a_loop_inside_libevents_base_does_all_it_does_alone(void **unused)
{
	struct note before = {0}, after = {0};
	struct pipe_watch p;
	struct timer timer;
	int rung = 0;
	struct stage s;

	(void)unused;
	stage_open(&s);
	pipe_open(&p, &s.loop);
	timer_init(&timer, &s.loop, on_rung, &rung);
	loop_defer(&s.loop, &before.deferred, run_note);
	assert_non_null(loop_base(&s.loop));
	assert_ptr_equal(loop_base(&s.loop), loop_base(&s.loop));
	STAGE_UNTIL(&s, before.ran);
	loop_defer(&s.loop, &after.deferred, run_note);
	STAGE_UNTIL(&s, after.ran);
	pipe_say(&p);
	STAGE_UNTIL(&s, p.told);
	watch_stop(&p.watch, &s.loop);
	timer_set(&timer, 20000);
	timer_set(&timer, 5);
	STAGE_UNTIL(&s, rung);
	assert_int_equal(rung, 1);
	timer_fini(&timer);
	close(p.ends[0]);
	close(p.ends[1]);
	stage_close(&s);
}

static void on_signal_like(int fd, short what, void *arg)
{
	struct note *n = arg;

	(void)fd;
	(void)what;
	loop_defer(n->loop, &n->deferred, run_note);
}

static void an_event_of_libevents_may_defer_work(void **unused)
{
	struct note n = {0};
	struct event *ev;
	struct stage s;

	(void)unused;
	stage_open(&s);
	n.loop = &s.loop;
	ev = event_new(loop_base(&s.loop), -1, 0, on_signal_like, &n);
	event_active(ev, EV_TIMEOUT, 0);
	STAGE_UNTIL(&s, n.ran);
	assert_int_equal(n.ran, 1);
	event_free(ev);
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
	loop_base(&l);
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
		cmocka_unit_test(each_turn_has_its_room_and_no_more),
		cmocka_unit_test(what_is_undeferred_does_not_run),
		cmocka_unit_test(one_that_runs_may_undefer_the_next),
		cmocka_unit_test(
			work_that_defers_itself_lets_descriptors_through),
		cmocka_unit_test(a_watch_is_told_until_it_is_stopped),
		cmocka_unit_test(one_that_is_told_may_stop_the_next),
		cmocka_unit_test(a_crowd_of_descriptors_is_told),
		cmocka_unit_test(a_watch_is_quiet_if_nothing_was_told_of_it),
		cmocka_unit_test(what_was_told_is_known_before_it_is_passed_on),
		cmocka_unit_test(old_news_is_no_knowledge),
		cmocka_unit_test(nothing_is_known_between_turns),
		cmocka_unit_test(
			nothing_is_known_where_the_kernel_may_know_more),
		cmocka_unit_test(
			a_loop_inside_libevents_base_does_all_it_does_alone),
		cmocka_unit_test(an_event_of_libevents_may_defer_work),
		cmocka_unit_test(the_end_of_a_loop_runs_all_that_is_deferred),
		cmocka_unit_test(a_loop_runs_until_it_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
