#include "common/base/timer.h"

#include "common/base/clock.h"
#include "common/base/loop.h"
#include "common/base/mem.h"

#define FIRST_ROOM 16

static void put(struct timers *ts, size_t at, struct timer_place p)
{
	ts->heap[at] = p;
	p.timer->place = at + 1;
}

static void rise(struct timers *ts, size_t at, struct timer_place p)
{
	while (at > 0) {
		size_t above = (at - 1) / 2;

		if (ts->heap[above].look_ms <= p.look_ms)
			break;
		put(ts, at, ts->heap[above]);
		at = above;
	}
	put(ts, at, p);
}

static void sink(struct timers *ts, size_t at, struct timer_place p)
{
	for (;;) {
		size_t below = 2 * at + 1;

		if (below >= ts->n)
			break;
		if (below + 1 < ts->n &&
		    ts->heap[below + 1].look_ms < ts->heap[below].look_ms)
			below++;
		if (p.look_ms <= ts->heap[below].look_ms)
			break;
		put(ts, at, ts->heap[below]);
		at = below;
	}
	put(ts, at, p);
}

static void resize(struct timers *ts, size_t room)
{
	ts->room = room;
	ts->heap = mem_realloc(ts->heap, room * sizeof(*ts->heap));
}

static void add(struct timers *ts, struct timer *t)
{
	if (ts->n == ts->room)
		resize(ts, ts->room ? 2 * ts->room : FIRST_ROOM);
	rise(ts, ts->n++, (struct timer_place){t->due_ms, t});
}

static void take_out(struct timers *ts, struct timer *t)
{
	size_t at = t->place - 1;
	struct timer_place last = ts->heap[--ts->n];

	t->place = 0;
	if (at < ts->n && at > 0 &&
	    last.look_ms < ts->heap[(at - 1) / 2].look_ms)
		rise(ts, at, last);
	else if (at < ts->n)
		sink(ts, at, last);
	if (ts->room > FIRST_ROOM && ts->n < ts->room / 4)
		resize(ts, ts->room / 2);
}

void timer_init(struct timer *t, struct loop *l, void (*fire)(void *arg),
		void *arg)
{
	*t = (struct timer){.in = &l->timers, .fire = fire, .arg = arg};
}

void timer_fini(struct timer *t)
{
	if (t->place > 0)
		take_out(t->in, t);
	*t = (struct timer){0};
}

void timer_set(struct timer *t, uint64_t in_ms)
{
	struct timers *ts = t->in;
	uint64_t now_ms = ts->now_ms ? ts->now_ms : clock_coarse_ms();

	if (__builtin_add_overflow(now_ms, in_ms, &t->due_ms))
		t->due_ms = UINT64_MAX;
	if (t->place == 0)
		add(ts, t);
	else if (t->due_ms < ts->heap[t->place - 1].look_ms)
		rise(ts, t->place - 1, (struct timer_place){t->due_ms, t});
	else
		return;
	if (t->place == 1)
		ts->sooner(ts);
}

void timers_init(struct timers *ts, void (*sooner)(struct timers *ts))
{
	*ts = (struct timers){.sooner = sooner};
}

void timers_fini(struct timers *ts)
{
	while (ts->n > 0)
		ts->heap[--ts->n].timer->place = 0;
	mem_free(ts->heap);
	ts->heap = NULL;
	ts->room = 0;
}

uint64_t timers_next_ms(const struct timers *ts)
{
	return ts->n > 0 ? ts->heap[0].look_ms : UINT64_MAX;
}

void timers_fire(struct timers *ts, uint64_t now_ms)
{
	for (size_t left = ts->n; left > 0 && ts->n > 0; left--) {
		struct timer *t = ts->heap[0].timer;

		if (ts->heap[0].look_ms > now_ms)
			return;
		if (t->due_ms > now_ms) {
			sink(ts, 0, (struct timer_place){t->due_ms, t});
			continue;
		}
		take_out(ts, t);
		if (t->due_ms == 0)
			continue;
		ts->late_ms = now_ms - t->due_ms;
		t->due_ms = 0;
		t->fire(t->arg);
	}
}
