#include "common/base/loop.h"

#include <event2/event.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

/* What is deferred meanwhile waits until the descriptors have been asked,
 * or one that defers itself would keep all others from their turn. */
static void run_all(struct list *waiting)
{
	struct list batch, *node;

	list_init(&batch);
	while ((node = list_pop_front(waiting)) != NULL)
		list_push_back(&batch, node);
	while ((node = list_pop_front(&batch)) != NULL) {
		struct deferred *d = LIST_ENTRY(node, struct deferred, link);

		d->run(d);
	}
}

static void on_deferred(int fd, short what, void *arg)
{
	static const struct timeval at_once = {0};
	struct loop *l = arg;

	(void)fd;
	(void)what;
	l->running_deferred = true;
	run_all(&l->deferred);
	l->running_deferred = false;
	if (!list_empty(&l->deferred))
		event_add(l->defer_ev, &at_once);
}

static void sweep(void *arg)
{
	struct loop *l = arg;

	run_all(&l->later);
}

void loop_init(struct loop *l)
{
	struct event_config *config = event_config_new();

	ASSERT(config != NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
#ifndef __SANITIZE_THREAD__
	/* Many changes to one descriptor between two waits cost one call. A
	 * descriptor that was closed is taken out late, when another thread
	 * may have its number: harmless, but ThreadSanitizer reports it. */
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
#endif
	l->base = event_base_new_with_config(config);
	event_config_free(config);
	ASSERT(l->base != NULL);
	l->defer_ev = event_new(l->base, -1, 0, on_deferred, l);
	ASSERT(l->defer_ev != NULL);
	list_init(&l->deferred);
	list_init(&l->later);
	timer_init(&l->sweep, l, sweep, l);
	l->running_deferred = false;
	l->scratch = mem_alloc(LOOP_SCRATCH);
}

void loop_fini(struct loop *l)
{
	if (l->base == NULL)
		return;
	while (!list_empty(&l->deferred))
		run_all(&l->deferred);
	/* Too late for these. */
	while (list_pop_front(&l->later) != NULL)
		;
	timer_fini(&l->sweep);
	event_free(l->defer_ev);
	event_base_free(l->base);
	mem_free(l->scratch);
	*l = (struct loop){0};
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
	if (!l->running_deferred)
		event_active(l->defer_ev, EV_TIMEOUT, 0);
}

void loop_later(struct loop *l, struct deferred *d,
		void (*run)(struct deferred *d))
{
	if (d->link.next == NULL)
		list_init(&d->link);
	if (!list_empty(&d->link))
		return;
	d->run = run;
	if (list_empty(&l->later))
		timer_set(&l->sweep, LOOP_LATER_MS);
	list_push_back(&l->later, &d->link);
}

void loop_undefer(struct deferred *d)
{
	if (d->link.next != NULL)
		list_remove(&d->link);
}

void loop_run(struct loop *l)
{
	int status = event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);

	ASSERT(status >= 0);
}

void loop_stop(struct loop *l)
{
	event_base_loopbreak(l->base);
}

static void on_timeout(int fd, short what, void *arg);

static void arm(struct timer *t, uint64_t now_ms)
{
	uint64_t in_ms = t->due_ms > now_ms ? t->due_ms - now_ms : 0;
	struct timeval tv = {
		.tv_sec = (time_t)(in_ms / 1000),
		.tv_usec = (suseconds_t)(in_ms % 1000) * 1000,
	};

	if (t->ev == NULL)
		t->ev = event_new(t->loop->base, -1, 0, on_timeout, t);
	ASSERT(t->ev != NULL);
	t->armed_ms = t->due_ms;
	event_add(t->ev, &tv);
}

static void on_timeout(int fd, short what, void *arg)
{
	struct timer *t = arg;
	uint64_t now_ms = clock_coarse_ms();

	(void)fd;
	(void)what;
	t->armed_ms = 0;
	if (t->due_ms == 0)
		return;
	if (t->due_ms > now_ms) {
		arm(t, now_ms);
		return;
	}
	t->due_ms = 0;
	t->fire(t->arg);
}

void timer_init(struct timer *t, struct loop *l, void (*fire)(void *arg),
		void *arg)
{
	*t = (struct timer){.loop = l, .fire = fire, .arg = arg};
}

void timer_fini(struct timer *t)
{
	if (t->ev != NULL)
		event_free(t->ev);
	*t = (struct timer){0};
}

void timer_set(struct timer *t, uint64_t in_ms)
{
	uint64_t now_ms = clock_coarse_ms();

	if (__builtin_add_overflow(now_ms, in_ms, &t->due_ms))
		t->due_ms = UINT64_MAX;
	if (t->armed_ms == 0 || t->armed_ms > t->due_ms)
		arm(t, now_ms);
}

void timer_clear(struct timer *t)
{
	t->due_ms = 0;
}
