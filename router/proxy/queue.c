/* QUEUE: every worker that could serve it is at its limit, or its memory is
 * spoken for. The request waits, in order of class, turn and age, bounded in
 * number and time. */
#include "common/base/clock.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/kv_room.h"
#include "router/proxy/twins.h"

/* Room may come from another lane's request, which tells nobody here. */
#define LOOK_EVERY_MS 10
/* Models, by class, that have no room for anybody new; others' are asked
 * again for each of their requests. */
#define MAX_BLOCKED 8

/* By how fast others went, else as long as whoever has waited longest. */
static unsigned lasts_s(const struct request *r)
{
	const struct waiting_room *room = &r->proxy->queue;
	uint64_t ms = waiting_time_ms(room, r->proxy->n_queue);
	uint64_t oldest_ms = waiting_oldest_ms(room), now_ms = clock_ms();

	if (ms == 0) {
		ms = r->queue_ms;
		if (oldest_ms < now_ms && now_ms - oldest_ms > ms)
			ms = now_ms - oldest_ms;
	}
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

static void show(const struct request *r, double sign)
{
	struct metric_cell **cell = r->proxy->o.metrics->cell;

	metric_add(cell[METRICS_QUEUED_REQUESTS], sign);
	metric_add(cell[METRICS_QUEUED_BYTES],
		   sign * (double)request_body_bytes(r));
}

bool queue_is_full(const struct request *r)
{
	return r->proxy->n_queue >= r->fleet->conf->limits.queue;
}

void queue_leave(struct request *r)
{
	struct proxy *p = r->proxy;

	if (list_empty(&r->draft->queued.link))
		return;
	list_remove(&r->draft->queued.link);
	kv_room_unqueue(r);
	p->n_queue--;
	r->queue_ms = (uint32_t)(clock_ms() - r->draft->queued.since_ms);
	show(r, -1);
}

/* One look at all that wait, in their order. */
struct look {
	struct proxy *proxy;
	uint64_t now_ms;
	/* Where one does not fit, nobody new of its class, or of a lower one,
	 * goes before it. */
	struct blocked {
		const struct fleet_model *model;
		enum residents_class class;
	} blocked[MAX_BLOCKED];
	size_t n_blocked;
};

static bool has_room(const struct look *l, const struct request *r)
{
	if (r->draft->is_twin)
		return twins_look_now(r, l->now_ms);
	for (size_t i = 0; i < r->model->n_workers; i++) {
		const struct worker *w = r->model->worker[i];

		if (!worker_is_full(w) && candidacy_admits(w) &&
		    kv_room_is_free(r, i))
			return true;
	}
	return false;
}

static uint64_t most_ms(const struct request *r)
{
	const struct conf *c = r->fleet->conf;
	const uint64_t by_class[RESIDENTS_CLASSES] = {
		[RESIDENTS_BACKGROUND] = c->wait.background,
		[RESIDENTS_DEFAULT] = c->wait.by_default,
		[RESIDENTS_INTERACTIVE] = c->wait.interactive,
	};
	uint64_t ms = by_class[kv_room_class(r)];

	return ms > 0 ? ms : c->timeouts.queue;
}

static bool is_new(const struct request *r)
{
	return r->draft->for_memory && !kv_room_is_let_in(r);
}

static bool is_blocked(const struct look *l, const struct request *r)
{
	for (size_t i = 0; is_new(r) && i < l->n_blocked; i++)
		if (l->blocked[i].model == r->model &&
		    l->blocked[i].class >= kv_room_class(r))
			return true;
	return false;
}

static void block(struct look *l, const struct blocked *b)
{
	if (l->n_blocked < MAX_BLOCKED)
		l->blocked[l->n_blocked++] = *b;
}

/* It may come back at once: what is ahead of it at its worker is looked at
 * only now. */
static void let_go(struct look *l, struct request *r)
{
	struct proxy *p = l->proxy;
	const struct blocked b = {r->model, kv_room_class(r)};
	size_t n = p->n_queue;
	bool new = is_new(r);

	queue_leave(r);
	request_step(r, STEP_CHOOSE);
	request_run(r);
	if (p->n_queue < n)
		waiting_went(&p->queue, l->now_ms);
	else if (new)
		block(l, &b);
}

static void look_at(struct look *l, struct request *r)
{
	if (l->now_ms - r->draft->queued.since_ms >= most_ms(r)) {
		queue_leave(r);
		shed(r, "queue time-out");
		request_run(r);
	} else if (is_blocked(l, r)) {
		return;
	} else if (has_room(l, r)) {
		let_go(l, r);
	} else if (is_new(r)) {
		block(l, &(struct blocked){r->model, kv_room_class(r)});
	}
}

/* Who queues again is not looked at twice in a round. */
static void look(void *arg)
{
	struct proxy *p = arg;
	struct look l = {.proxy = p, .now_ms = clock_ms()};
	struct waiting_room round;
	struct waiting *w;

	waiting_move(&p->queue, &round);
	while ((w = waiting_take(&round)) != NULL) {
		waiting_put_back(&p->queue, w);
		look_at(&l, CONTAINER_OF(w, struct draft, queued)->request);
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
	if (queue_is_full(r))
		return shed(r, "queue full");
	if (!r->was_queued)
		d->queued.since_ms = clock_ms();
	r->was_queued = true;
	d->queued.class = admit_priority(r);
	d->queued.whose = admit_name(r);
	waiting_add(&p->queue, &d->queued);
	kv_room_queue(r);
	p->n_queue++;
	show(r, 1);
	timer_set(&p->queue_timer, LOOK_EVERY_MS);
	return FLOW_WAIT;
}
