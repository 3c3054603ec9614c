#include "tests/lab/fleet.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "tests/lab/gate.h"
#include "tests/lab/score.h"
#include "tests/lab/timeline.h"

#include <math.h>
#include <string.h>

#define SCRAPE_S 1.0
#define ROOM_S   0.01 /* between two looks for room */

enum happening { ARRIVAL, LOOK, SCRAPE, ROOM };

struct flight {
	struct task task;
	struct view_sent sent;
	uint32_t request;
	double arrived_s, admitted_s;
	struct residents_seat seat;
};

struct event {
	double due_s;
	uint64_t key;
	uint32_t worker;
	uint8_t tier;
	bool stored;
};

struct fleet {
	const struct fleet_run *run;
	struct gpu gpu[VIEW_MAX_WORKERS];
	struct pool store;               /* of the load's kind: all workers' */
	double look_s[VIEW_MAX_WORKERS]; /* of the next LOOK that counts */
	struct view *view;
	struct timeline timeline;
	struct flight *flight; /* one a request */
	struct policy_state state;
	struct gate gate;
	double now_s;
	/* Events on their way, a ring: the delay is the same for all. */
	struct event *event;
	size_t event_first, n_events, event_size;
	uint64_t events;
	struct score score;
	size_t n_done;
};

/* --- events of the caches ---------------------------------------------- */

static void event_push(struct fleet *f, unsigned worker, uint64_t key,
		       enum index_tier tier, bool stored)
{
	size_t at;

	if (f->n_events == f->event_size) {
		size_t size = f->event_size ? f->event_size * 2 : 1024;
		struct event *more = mem_array(size, sizeof(*more));

		for (size_t i = 0; i < f->n_events; i++)
			more[i] =
				f->event[(f->event_first + i) % f->event_size];
		mem_free(f->event);
		f->event = more;
		f->event_size = size;
		f->event_first = 0;
	}
	at = (f->event_first + f->n_events++) & (f->event_size - 1);
	f->event[at] = (struct event){f->now_s + f->run->event_delay_s, key,
				      worker, (uint8_t)tier, stored};
	f->events++;
}

static void events_apply(struct fleet *f)
{
	while (f->n_events > 0) {
		const struct event *e = &f->event[f->event_first];

		if (e->due_s > f->now_s)
			return;
		view_event(f->view, e->worker, e->key, (enum index_tier)e->tier,
			   e->stored, f->now_s);
		f->event_first = (f->event_first + 1) & (f->event_size - 1);
		f->n_events--;
	}
}

static void gpu_stored(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	event_push(g->arg, g->id, key, INDEX_GPU, true);
}

static void gpu_removed(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	event_push(g->arg, g->id, key, INDEX_GPU, false);
}

static void host_stored(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	event_push(g->arg, g->id, key, INDEX_OTHER, true);
}

static void host_removed(void *arg, uint64_t key)
{
	struct gpu *g = arg;

	event_push(g->arg, g->id, key, INDEX_OTHER, false);
}

static void store_stored(void *arg, uint64_t key)
{
	event_push(arg, VIEW_STORE, key, INDEX_OTHER, true);
}

static void store_removed(void *arg, uint64_t key)
{
	event_push(arg, VIEW_STORE, key, INDEX_OTHER, false);
}

static const struct pool_events store_events = {store_stored, store_removed};

/* --- requests ----------------------------------------------------------- */

static const struct load_request *request_of(const struct fleet *f,
					     const struct flight *x)
{
	return &f->run->load->request[x->request];
}

static void finished(struct fleet *f, struct flight *x)
{
	const struct load_request *r = request_of(f, x);
	const struct task *t = &x->task;

	view_finished(f->view, &x->sent, t->n_output, f->now_s);
	if (f->run->admission)
		gate_leave(&f->gate, x->sent.worker, r, &x->seat, f->now_s);
	f->n_done++;
	score_add(&f->score, x->request,
		  &(struct score_answer){
			  .ttft_s = x->sent.first_s - x->admitted_s,
			  .waited_s = x->admitted_s - x->arrived_s,
			  .tpot_s = t->n_output > 1
					    ? (f->now_s - x->sent.first_s) /
						      (t->n_output - 1)
					    : 0,
			  .ended_s = f->now_s,
			  .prompt = t->n_prompt,
			  .cached = t->n_cached + t->n_loaded + t->n_stored +
				    t->n_fetched,
			  .fetched = t->n_fetched,
		  });
	if (r->next >= 0)
		timeline_push(&f->timeline,
			      f->now_s + f->run->load->request[r->next].think_s,
			      ARRIVAL, (uint32_t)r->next);
}

static void on_token(void *arg, struct task *t)
{
	struct fleet *f = arg;
	struct flight *x = CONTAINER_OF(t, struct flight, task);

	/* A preempted one has had its first token. */
	if (x->sent.first_s == 0)
		view_first_token(f->view, &x->sent,
				 t->n_prompt - t->n_cached - t->n_loaded -
					 t->n_stored - t->n_fetched,
				 f->now_s);
	if (t->state == TASK_DONE)
		finished(f, x);
}

static const struct gpu_events gpu_events = {
	.gpu = {gpu_stored, gpu_removed},
	.host = {host_stored, host_removed},
	.token = on_token,
};

static void look_at(struct fleet *f, size_t i, double at_s)
{
	f->look_s[i] = at_s;
	if (at_s < INFINITY)
		timeline_push(&f->timeline, at_s, LOOK, (uint32_t)i);
}

static void submit(struct fleet *f, struct flight *x, size_t worker,
		   const struct policy_term *term)
{
	const struct load_request *r = request_of(f, x);
	struct gpu *g = &f->gpu[worker];

	x->task = (struct task){.key = r->key,
				.n_keys = r->n_keys,
				.n_prompt = r->n_prompt,
				.n_output = r->n_output};
	list_init(&x->task.node);
	if (f->run->can_fetch && term->source >= 0 &&
	    (size_t)term->source != worker) {
		x->task.source = &f->gpu[term->source];
		x->task.fetch_blocks = term->fetch_blocks;
	}
	gpu_submit(g, &x->task, f->now_s);
	if (!g->in_step && x->task.ready_s < f->look_s[worker])
		look_at(f, worker, x->task.ready_s);
}

/* False: nobody has room for it. */
static bool try_start(struct fleet *f, struct flight *x, bool new_ones)
{
	const struct load_request *r = request_of(f, x);
	struct view *v = f->view;
	struct policy_decision d;

	events_apply(f);
	view_ask(v, r, f->now_s);
	if (f->run->admission && !gate_look(&f->gate, v, r, new_ones, f->now_s))
		return false;
	f->run->policy->decide(&f->run->options, &v->query, &f->state, v->term,
			       &d);
	ASSERT(d.chosen >= 0);
	x->admitted_s = f->now_s;
	if (f->run->admission)
		gate_enter(&f->gate, v, (unsigned)d.chosen, r, &x->seat,
			   f->now_s);
	view_sent(v, r, &d, &x->sent, f->now_s);
	submit(f, x, (size_t)d.chosen, &v->term[d.chosen]);
	return true;
}

static void arrive(struct fleet *f, uint32_t request)
{
	struct flight *x = &f->flight[request];

	x->request = request;
	x->arrived_s = f->now_s;
	if (!try_start(f, x, f->gate.n_waiting == 0))
		gate_queue(&f->gate, request);
}

/* In order of arrival: nobody new goes before one that does not fit. */
static void find_room(struct fleet *f)
{
	struct gate *g = &f->gate;
	bool new_ones = true;

	for (size_t i = 0; i < g->n_waiting;) {
		if (try_start(f, &f->flight[g->waiting[i]], new_ones)) {
			gate_unqueue(g, i);
		} else {
			new_ones = false;
			i++;
		}
	}
	timeline_push(&f->timeline, f->now_s + ROOM_S, ROOM, 0);
}

static void look(struct fleet *f, size_t i)
{
	struct gpu *g = &f->gpu[i];

	if (f->look_s[i] != f->now_s)
		return; /* one that an earlier one has replaced */
	if (g->in_step) {
		gpu_end(g);
		if (!g->prefilled)
			view_step(f->view, g->id, g->step_s * 1e3, f->now_s);
	}
	look_at(f, i, gpu_begin(g, f->now_s));
}

static void scrape(struct fleet *f)
{
	for (size_t i = 0; i < f->run->load->n_workers; i++)
		view_scrape(f->view, &f->gpu[i], f->now_s);
	for (unsigned i = 0; f->run->admission && i < f->gate.n_workers; i++)
		gate_told(&f->gate, i, gpu_usage(&f->gpu[i]));
	timeline_push(&f->timeline, f->now_s + SCRAPE_S, SCRAPE, 0);
}

/* --- the run -------------------------------------------------------------- */

static void open_store(struct fleet *f, const struct load *l)
{
	size_t tokens = l->kind->store_tokens * l->n_workers;

	if (tokens == 0)
		return;
	pool_init(&f->store, tokens / l->kind->block_size, &store_events, f);
	for (size_t i = 0; i < l->n_workers; i++)
		gpu_use_store(&f->gpu[i], &f->store);
}

static void begin(struct fleet *f)
{
	const struct load *l = f->run->load;
	const struct load_kind *k = l->kind;
	size_t n = l->n_workers;
	bool pooled = f->run->pooled;

	f->view = view_create(n, k->block_size, k->profile, pooled,
			      f->run->can_fetch);
	/* Pools that all share are large ones of the first worker. */
	for (size_t i = 0; i < n; i++) {
		gpu_init(&f->gpu[i], (unsigned)i, k->profile, k->block_size,
			 pooled && i == 0 ? n : 1, k->host_tokens, &gpu_events,
			 f);
		if (pooled && i > 0)
			gpu_share(&f->gpu[i], &f->gpu[0]);
		f->look_s[i] = INFINITY;
	}
	open_store(f, l);
	f->flight = mem_array(l->n + 1, sizeof(*f->flight));
	memset(f->flight, 0, (l->n + 1) * sizeof(*f->flight));
	timeline_init(&f->timeline);
	score_init(&f->score, l->n, (size_t)(f->run->warm_up * (double)l->n),
		   &k->slo);
	policy_state_init(&f->state, 1);
	for (size_t i = 0; i < l->n; i++)
		if (l->request[i].at_s < INFINITY)
			timeline_push(&f->timeline,
				      1 + l->request[i].at_s / f->run->speed,
				      ARRIVAL, (uint32_t)i);
	timeline_push(&f->timeline, 1, SCRAPE, 0);
	if (!f->run->admission)
		return;
	gate_init(&f->gate, n, k->profile);
	timeline_push(&f->timeline, 1, ROOM, 0);
}

static void end(struct fleet *f)
{
	for (size_t i = 0; i < f->run->load->n_workers; i++)
		gpu_fini(&f->gpu[i]);
	pool_fini(&f->store);
	view_destroy(&f->view);
	gate_fini(&f->gate);
	timeline_fini(&f->timeline);
	score_fini(&f->score);
	mem_free(f->flight);
	mem_free(f->event);
}

static void happen(struct fleet *f, const struct timeline_entry *e)
{
	f->now_s = e->at_s;
	switch ((enum happening)e->kind) {
	case ARRIVAL: arrive(f, e->subject); break;
	case LOOK: look(f, e->subject); break;
	case SCRAPE: scrape(f); break;
	case ROOM: find_room(f); break;
	}
}

static void sum_up(struct fleet *f, struct fleet_result *out)
{
	double busiest = 0;

	score_result(&f->score, out);
	out->events = f->events;
	out->n_waiting = f->gate.n_waiting;
	for (size_t i = 0; i < f->run->load->n_workers; i++) {
		out->gpu_s += f->gpu[i].stats.busy_s;
		busiest = fmax(busiest, f->gpu[i].stats.busy_s);
		out->preemptions += f->gpu[i].stats.preemptions;
	}
	out->imbalance = out->gpu_s > 0
				 ? busiest * (double)f->run->load->n_workers /
					   out->gpu_s
				 : 1;
}

void fleet_run(const struct fleet_run *run, struct fleet_result *out)
{
	struct fleet *f = mem_zalloc(sizeof(*f));
	struct timeline_entry e;

	f->run = run;
	begin(f);
	while (f->n_done < run->load->n && timeline_pop(&f->timeline, &e)) {
		happen(f, &e);
		if (run->stop_early && score_is_lost(&f->score))
			break;
		if (run->until_s > 0 && f->now_s > run->until_s)
			break;
	}
	sum_up(f, out);
	end(f);
	mem_free(f);
}
