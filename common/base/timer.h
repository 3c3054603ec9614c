/* Timers of one thread, cheap to move: on clock_coarse_ms(), in a heap by
 * the time at which each has to be looked at.
 *
 * A timer that is moved later or cleared stays where it is until it is
 * looked at, so the deadline that is set anew with every request costs a
 * store. */
#ifndef COMMON_BASE_TIMER_H
#define COMMON_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct timers;

/* One-shot. Setting it again moves it; the callback may do so, or end it. */
struct timer {
	struct timers *in;
	void (*fire)(void *arg);
	void *arg;
	uint64_t due_ms; /* 0: not set */
	size_t place;    /* in the heap, from 1; 0: it is not there */
};

void timer_init(struct timer *t, struct loop *l, void (*fire)(void *arg),
		void *arg);
void timer_fini(struct timer *t); /* may be zero, or ended already */
/* From now on; within a turn of the loop, from when the turn began. */
void timer_set(struct timer *t, uint64_t in_ms);
static inline void timer_clear(struct timer *t)
{
	t->due_ms = 0;
}

/* Of a loop. */
struct timer_place {
	uint64_t look_ms; /* never after due_ms */
	struct timer *timer;
};

struct timers {
	struct timer_place *heap; /* the earliest first */
	size_t n, room;
	uint64_t now_ms;  /* when the loop's turn began; 0: between turns */
	uint64_t late_ms; /* of the one that fires: how long it was due */
	void (*sooner)(struct timers *ts); /* the next look has come nearer */
};

/* Late by so much, a timer that fires tells of us, who did not run for a
 * while (stopped, starved, suspended), rather than of whom it watches. */
#define TIMER_LATE_MS 250

static inline bool timer_is_late(const struct timer *t)
{
	return t->in->late_ms > TIMER_LATE_MS;
}

void timers_init(struct timers *ts, void (*sooner)(struct timers *ts));
/* No timer of it may be set any more; timer_fini() still may be called. */
void timers_fini(struct timers *ts);
/* When to look next; UINT64_MAX: there is nothing to look at. */
uint64_t timers_next_ms(const struct timers *ts);
/* Fires what is due. What a callback sets fires no earlier than in the
 * next call. */
void timers_fire(struct timers *ts, uint64_t now_ms);

#endif
