/* One thread's event loop: descriptors, timers and work for later.
 *
 * It is an epoll of its own. Where libevent is needed for what is built on
 * it (evhttp, signals), loop_base() makes a base that has this loop as one
 * of its events; loops that serve requests never ask for one. Everything
 * here belongs to the thread that runs it. */
#ifndef COMMON_BASE_LOOP_H
#define COMMON_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/list.h"
#include "common/base/timer.h"

struct epoll_event;
struct event;
struct event_base;

/* A descriptor and whom to tell about it. */
struct watch {
	int fd;        /* -1: none */
	uint32_t told; /* by the kernel in this turn, and not passed on yet */
	void (*ready)(struct watch *w, uint32_t events);
};

struct loop {
	int epoll;
	struct timers timers;
	struct list deferred;
	struct epoll_event *batch; /* what the kernel told this turn */
	size_t n_batch, at_batch;
	bool turning, stopped;
	bool told_all; /* in this turn the kernel has kept nothing back */
	char *scratch; /* LOOP_SCRATCH bytes for reading; one callback's */
	char *room;    /* LOOP_ROOM bytes, of which the turn has used some */
	size_t room_used;
	struct event_base *base; /* NULL: it runs by itself */
	struct event *readable, *due;
};

#define LOOP_SCRATCH (64 * 1024)
#define LOOP_ROOM    (64 * 1024)

void loop_init(struct loop *l);
void loop_fini(struct loop *l);
void loop_run(struct loop *l);  /* until loop_stop */
void loop_stop(struct loop *l); /* from a callback of this loop */
/* Lets happen what can happen now; `wait`: once there is something. */
void loop_turn(struct loop *l, bool wait);
/* In this turn others have still to be told. */
static inline bool loop_is_amid(const struct loop *l)
{
	return l->at_batch < l->n_batch;
}
/* Made when first asked for, which is before the loop runs. */
struct event_base *loop_base(struct loop *l);

/* `events` as epoll has them. The descriptor stays the caller's. */
void watch_start(struct watch *w, struct loop *l, int fd, uint32_t events,
		 void (*ready)(struct watch *w, uint32_t events));
/* When the kernel was last asked, a few ms ago at most, nothing had happened
 * to the descriptor but what its owner has been told since. Costs no system
 * call; false where it is not known. For edge-triggered watches. */
bool watch_is_quiet(const struct watch *w, const struct loop *l);
/* Hears no more, not even what the kernel has told already. */
void watch_stop(struct watch *w, struct loop *l);
/* The same, and closes the descriptor. */
void watch_close(struct watch *w, struct loop *l);
/* The descriptor is `to`'s from now on, for these events: what was told of it
 * in this turn and not yet passed on is told anew. */
void watch_hand_over(struct watch *w, struct watch *to, struct loop *l,
		     uint32_t events,
		     void (*ready)(struct watch *w, uint32_t events));

/* Work for after the running callback has returned: how callbacks get rid
 * of objects that are still on the stack. Deferring twice is once. What
 * deferred work defers runs after the descriptors had their turn. */
struct deferred {
	struct list link; /* list_init or zero before first use */
	void (*run)(struct deferred *d);
};
void loop_defer(struct loop *l, struct deferred *d,
		void (*run)(struct deferred *d));
void loop_undefer(struct deferred *d);

/* `n` bytes until this turn's deferred work is done, for nothing; NULL: there
 * are no more, or this is no turn. */
static inline char *loop_room(struct loop *l, size_t n)
{
	if (!l->turning || n > LOOP_ROOM - l->room_used)
		return NULL;
	l->room_used += n;
	return l->room + l->room_used - n;
}

#endif
