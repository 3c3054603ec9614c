/* QUEUE: every worker that could serve it is at its limit. The request
 * waits, in order of class and age, bounded in number and time. */
#include "common/base/clock.h"
#include "router/proxy/candidacy.h"

/* Room may come from another lane's request, which tells nobody here. */
#define LOOK_EVERY_MS 10

/* It lasts at least as long as whoever has waited longest. */
static unsigned lasts_s(const struct request *r)
{
	uint64_t oldest_ms = waiting_oldest_ms(&r->proxy->queue);
	uint64_t now_ms = clock_ms(), ms = r->queue_ms;

	if (oldest_ms < now_ms && now_ms - oldest_ms > ms)
		ms = now_ms - oldest_ms;
	return (unsigned)(ms / 1000) + 1;
}

static enum flow shed(struct request *r, const char *why)
{
	struct api_error e;

	metric_inc(cells_get(&r->proxy->cells, METRICS_SHED, why, NULL, NULL));
	api_error_set(&e, 503, NULL, "overloaded",
		      "Every worker is busy: %s. Try again shortly", why);
	r->draft->retry_after_s = lasts_s(r);
	return request_fail(r, OUTCOME_SHED, why, &e);
}

void queue_leave(struct request *r)
{
	struct proxy *p = r->proxy;

	if (list_empty(&r->draft->queued.link))
		return;
	list_remove(&r->draft->queued.link);
	p->n_queue--;
	r->queue_ms = (uint32_t)(clock_ms() - r->draft->queued.since_ms);
	metric_add(p->o.metrics->cell[METRICS_QUEUED_REQUESTS], -1);
}

static bool has_room(const struct request *r)
{
	for (size_t i = 0; i < r->model->n_workers; i++) {
		const struct worker *w = r->model->worker[i];

		if (!worker_is_full(w) && candidacy_admits(w))
			return true;
	}
	return false;
}

static void look_at(struct request *r)
{
	uint64_t waited_ms = clock_ms() - r->draft->queued.since_ms;

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

/* Who queues again is not looked at twice in a round. */
static void look(void *arg)
{
	struct proxy *p = arg;
	struct waiting_room round;
	struct waiting *w;

	waiting_move(&p->queue, &round);
	while ((w = waiting_take(&round)) != NULL) {
		waiting_add(&p->queue, w);
		look_at(CONTAINER_OF(w, struct draft, queued)->request);
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

	if (!list_empty(&d->queued.link))
		return FLOW_WAIT;
	if (p->n_queue >= r->fleet->conf->limits.queue)
		return shed(r, "queue full");
	if (!r->was_queued)
		d->queued.since_ms = clock_ms();
	r->was_queued = true;
	d->queued.class = admit_priority(r);
	waiting_add(&p->queue, &d->queued);
	p->n_queue++;
	metric_add(p->o.metrics->cell[METRICS_QUEUED_REQUESTS], 1);
	timer_set(&p->queue_timer, LOOK_EVERY_MS);
	return FLOW_WAIT;
}
