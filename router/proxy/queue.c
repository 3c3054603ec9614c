/* QUEUE: every worker that could serve it is at its limit. The request
 * waits, in order, bounded in number and time. */
#include "common/base/clock.h"
#include "router/proxy/request.h"

/* Room may come from another lane's request, which tells nobody here. */
#define LOOK_EVERY_MS 10

static enum flow shed(struct request *r, const char *why)
{
	struct api_error e;

	metric_inc(cells_get(&r->proxy->cells, METRICS_SHED, why, NULL, NULL));
	api_error_set(&e, 503, NULL, "overloaded",
		      "Every worker is busy: %s. Try again shortly", why);
	r->draft->retry_after_s = 1;
	return request_fail(r, OUTCOME_SHED, why, &e);
}

void queue_leave(struct request *r)
{
	struct proxy *p = r->proxy;

	if (list_empty(&r->draft->queued))
		return;
	list_remove(&r->draft->queued);
	p->n_queue--;
	r->queue_ms = (uint32_t)(clock_ms() - r->draft->queue_since_ms);
	metric_add(p->o.metrics->cell[METRICS_QUEUED_REQUESTS], -1);
}

static bool has_room(const struct request *r)
{
	for (size_t i = 0; i < r->model->n_workers; i++) {
		struct worker *w = r->model->worker[i];

		if (atomic_load(&w->inflight) < w->max_inflight &&
		    atomic_load(&w->health) != WORKER_DOWN &&
		    !atomic_load(&w->draining))
			return true;
	}
	return false;
}

static void look(void *arg)
{
	struct proxy *p = arg;
	struct list *it, *tmp;
	/* Who queues again goes to the end: not in this round. */
	size_t left = p->n_queue;

	LIST_EACH (it, tmp, &p->queue) {
		struct draft *d = LIST_ENTRY(it, struct draft, queued);
		struct request *r = d->request;
		uint64_t waited_ms = clock_ms() - d->queue_since_ms;

		if (left-- == 0)
			break;
		if (waited_ms >= r->fleet->conf->timeouts.queue) {
			queue_leave(r);
			shed(r, "queue time-out");
			request_run(r);
		} else if (has_room(r)) {
			queue_leave(r);
			request_step(r, STEP_CHOOSE);
			request_run(r);
		}
	}
	if (p->n_queue > 0)
		timer_set(&p->queue_timer, LOOK_EVERY_MS);
}

/* Not at once: whoever frees room is in the middle of something. */
void queue_wake(struct proxy *p)
{
	if (p->n_queue > 0)
		timer_set(&p->queue_timer, 0);
}

void queue_init(struct proxy *p)
{
	timer_init(&p->queue_timer, p->o.loop, look, p);
}

void queue_fini(struct proxy *p)
{
	timer_fini(&p->queue_timer);
}

enum flow step_queue(struct request *r)
{
	struct proxy *p = r->proxy;
	struct draft *d = r->draft;

	if (!list_empty(&d->queued))
		return FLOW_WAIT;
	if (p->n_queue >= r->fleet->conf->limits.queue)
		return shed(r, "queue full");
	if (!r->was_queued)
		d->queue_since_ms = clock_ms();
	r->was_queued = true;
	list_push_back(&p->queue, &d->queued);
	p->n_queue++;
	metric_add(p->o.metrics->cell[METRICS_QUEUED_REQUESTS], 1);
	timer_set(&p->queue_timer, LOOK_EVERY_MS);
	return FLOW_WAIT;
}
