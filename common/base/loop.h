/* One thread's event loop: libevent without locks, plus timers that are
 * cheap to move. Everything here belongs to the thread that runs it. */
#ifndef COMMON_BASE_LOOP_H
#define COMMON_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/list.h"

struct event_base;
struct event;

/* A one-shot timer, on clock_coarse_ms(). Setting it again moves it; the
 * callback may do so. */
struct timer {
	struct loop *loop;
	struct event *ev; /* made when first needed: many never are */
	void (*fire)(void *arg);
	void *arg;
	uint64_t due_ms; /* 0: not set */
	uint64_t armed_ms;
};

struct loop {
	struct event_base *base;
	struct event *defer_ev;
	struct list deferred;
	struct list later; /* until `sweep` fires */
	struct timer sweep;
	bool running_deferred;
	char *scratch; /* LOOP_SCRATCH bytes for reading; one callback's */
};

#define LOOP_SCRATCH (64 * 1024)

void loop_init(struct loop *l);
void loop_fini(struct loop *l);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* from a callback of this loop */

/* Work for after the running callback has returned: how callbacks get rid
 * of objects that are still on the stack. Deferring twice is once. What
 * deferred work defers runs after the descriptors had their turn. */
struct deferred {
	struct list link; /* list_init or zero before first use */
	void (*run)(struct deferred *d);
};
void loop_defer(struct loop *l, struct deferred *d,
		void (*run)(struct deferred *d));
/* The same within LOOP_LATER_MS: one timer serves all. */
void loop_later(struct loop *l, struct deferred *d,
		void (*run)(struct deferred *d));
#define LOOP_LATER_MS 100
void loop_undefer(struct deferred *d);

void timer_init(struct timer *t, struct loop *l, void (*fire)(void *arg),
		void *arg);
void timer_fini(struct timer *t);
/* Moving a timer later costs no call into the loop: it is re-armed when
 * it would have fired early. */
void timer_set(struct timer *t, uint64_t in_ms);
void timer_clear(struct timer *t);

#endif
