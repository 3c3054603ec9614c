#include "common/base/loop.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/sysio.h"

/* Told in one turn; the rest comes in the next. */
#define BATCH 256
/* A turn may have lasted this long, or a tick of the clock if that is more,
 * and what the kernel told at its start is still news. */
#define FRESH_MS 4

/* What is deferred meanwhile waits until the descriptors have been asked,
 * or one that defers itself would keep all others from their turn. */
static void run_deferred(struct loop *l)
{
	struct list batch, *node;

	list_init(&batch);
	while ((node = list_pop_front(&l->deferred)) != NULL)
		list_push_back(&batch, node);
	while ((node = list_pop_front(&batch)) != NULL) {
		struct deferred *d = LIST_ENTRY(node, struct deferred, link);

		d->run(d);
	}
}

/* In ms; -1: nothing is due, ever. */
static int until_due(const struct loop *l)
{
	uint64_t next_ms = timers_next_ms(&l->timers), now_ms;

	if (!list_empty(&l->deferred))
		return 0;
	if (next_ms == UINT64_MAX)
		return -1;
	now_ms = clock_coarse_ms();
	if (next_ms <= now_ms)
		return 0;
	return next_ms - now_ms < INT_MAX ? (int)(next_ms - now_ms) : INT_MAX;
}

/* Each watch knows before any callback runs what it is going to be told. */
static void note_batch(struct loop *l)
{
	for (size_t i = 0; i < l->n_batch; i++) {
		struct watch *w = l->batch[i].data.ptr;

		w->told = l->batch[i].events;
	}
}

static void tell_batch(struct loop *l)
{
	for (l->at_batch = 0; l->at_batch < l->n_batch;) {
		struct epoll_event *e = &l->batch[l->at_batch++];
		struct watch *w = e->data.ptr;

		if (w == NULL)
			continue;
		w->told = 0;
		w->ready(w, e->events);
	}
	l->n_batch = 0;
}

static void turn(struct loop *l, bool wait)
{
	int n = sysio_epoll_wait(l->epoll, l->batch, BATCH,
				 wait ? until_due(l) : 0);

	ASSERT(n >= 0 || errno == EINTR);
	l->n_batch = n > 0 ? (size_t)n : 0;
	l->told_all = n < BATCH;
	l->timers.now_ms = clock_coarse_ms();
	l->turning = true;
	note_batch(l);
	tell_batch(l);
	timers_fire(&l->timers, l->timers.now_ms);
	run_deferred(l);
	l->room_used = 0;
	l->turning = false;
	l->timers.now_ms = 0;
}

/* The base is told when to come back. */
static void arm(struct loop *l)
{
	int wait_ms = until_due(l);
	struct timeval tv = {.tv_sec = wait_ms / 1000,
			     .tv_usec = wait_ms % 1000 * 1000};

	if (wait_ms < 0)
		event_del(l->due);
	else
		event_add(l->due, &tv);
}

static void on_base(int fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	turn(l, false);
	arm(l);
}

/* Something is due earlier than what the base was told. */
static void hurry(struct loop *l)
{
	if (l->base != NULL && !l->turning)
		arm(l);
}

static void on_sooner(struct timers *ts)
{
	hurry(CONTAINER_OF(ts, struct loop, timers));
}

void loop_init(struct loop *l)
{
	*l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	ASSERT(l->epoll >= 0);
	timers_init(&l->timers, on_sooner);
	list_init(&l->deferred);
	l->batch = mem_array(BATCH, sizeof(*l->batch));
	l->scratch = mem_alloc(LOOP_SCRATCH);
	l->room = mem_alloc(LOOP_ROOM);
}

struct event_base *loop_base(struct loop *l)
{
	struct event_config *config;

	if (l->base != NULL)
		return l->base;
	ASSERT(!l->turning);
	config = event_config_new();
	ASSERT(config != NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	l->base = event_base_new_with_config(config);
	event_config_free(config);
	ASSERT(l->base != NULL);
	l->readable = event_new(l->base, l->epoll, EV_READ | EV_PERSIST,
				on_base, l);
	l->due = event_new(l->base, -1, 0, on_base, l);
	ASSERT(l->readable != NULL && l->due != NULL);
	event_add(l->readable, NULL);
	arm(l);
	return l->base;
}

static void free_base(struct loop *l)
{
	if (l->base == NULL)
		return;
	event_free(l->readable);
	event_free(l->due);
	/* What was just freed goes in libevent's next turn: freeing the base
	 * loses callbacks that were put off, and what these hold. */
	event_base_loop(l->base, EVLOOP_NONBLOCK);
	event_base_free(l->base);
	l->base = NULL;
}

void loop_fini(struct loop *l)
{
	if (l->batch == NULL)
		return;
	while (!list_empty(&l->deferred))
		run_deferred(l);
	free_base(l);
	timers_fini(&l->timers);
	close(l->epoll);
	mem_free(l->batch);
	mem_free(l->scratch);
	mem_free(l->room);
	*l = (struct loop){0};
}

void loop_run(struct loop *l)
{
	l->stopped = false;
	if (l->base != NULL)
		ASSERT(event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) >= 0);
	while (!l->stopped)
		turn(l, true);
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
	if (l->base != NULL)
		event_base_loopbreak(l->base);
}

void loop_turn(struct loop *l, bool wait)
{
	int flags = wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK;

	if (l->base != NULL)
		ASSERT(event_base_loop(l->base, flags) >= 0);
	else
		turn(l, wait);
}

void loop_defer(struct loop *l, struct deferred *d,
		void (*run)(struct deferred *d))
{
	if (d->link.next == NULL)
		list_init(&d->link);
	if (!list_empty(&d->link))
		return;
	d->run = run;
	list_push_back(&l->deferred, &d->link);
	hurry(l);
}

void loop_undefer(struct deferred *d)
{
	if (d->link.next != NULL)
		list_remove(&d->link);
}

void watch_start(struct watch *w, struct loop *l, int fd, uint32_t events,
		 void (*ready)(struct watch *w, uint32_t events))
{
	struct epoll_event e = {.events = events, .data.ptr = w};

	*w = (struct watch){.fd = fd, .ready = ready};
	ASSERT(epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

bool watch_is_quiet(const struct watch *w, const struct loop *l)
{
	return w->told == 0 && l->turning && l->told_all &&
	       clock_coarse_ms() - l->timers.now_ms <= FRESH_MS;
}

/* What the kernel has told of it in this turn is not passed on. */
static void forget(struct watch *w, struct loop *l)
{
	w->fd = -1;
	if (w->told == 0)
		return;
	w->told = 0;
	for (size_t i = l->at_batch; i < l->n_batch; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

void watch_stop(struct watch *w, struct loop *l)
{
	if (w->fd < 0)
		return;
	ASSERT(epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL) == 0);
	forget(w, l);
}

/* Closing is enough: no other descriptor stands for the same file. */
void watch_close(struct watch *w, struct loop *l)
{
	int fd = w->fd;

	if (fd < 0)
		return;
	forget(w, l);
	close(fd);
}

void watch_hand_over(struct watch *w, struct watch *to, struct loop *l,
		     uint32_t events,
		     void (*ready)(struct watch *w, uint32_t events))
{
	struct epoll_event e = {.events = events, .data.ptr = to};

	*to = (struct watch){.fd = w->fd, .ready = ready};
	ASSERT(epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e) == 0);
	forget(w, l);
}
