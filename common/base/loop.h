/* One thread's event loop: libevent without locks, plus timers that are
 * cheap to move. Everything here belongs to the thread that runs it. */
#ifndef COMMON_BASE_LOOP_H
#define COMMON_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct event;

struct loop {
	struct event_base *base;
};

void loop_init(struct loop *l);
void loop_fini(struct loop *l);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* from a callback of this loop */

/* A one-shot timer. Setting it again moves it; the callback may do so. */
struct timer {
	struct event *ev;
	void (*fire)(void *arg);
	void *arg;
	uint64_t due_ms; /* 0: not set */
	uint64_t armed_ms;
};

void timer_init(struct timer *t, struct loop *l, void (*fire)(void *arg),
		void *arg);
void timer_fini(struct timer *t);
/* Moving a timer later costs no call into the loop: it is re-armed when
 * it would have fired early. */
void timer_set(struct timer *t, uint64_t in_ms);
void timer_clear(struct timer *t);

#endif
