#include "router/proxy/request.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/proxy/prompt_work.h"

#define MAX_SPARE  64
#define TRIM_MS    50
#define KEEP_BYTES (64 * 1024)

static enum flow (*const run[STEP_N])(struct request *r) = {
	[STEP_READ] = step_read,         [STEP_ROUTE] = step_route,
	[STEP_TOKENIZE] = step_tokenize, [STEP_CHOOSE] = step_choose,
	[STEP_QUEUE] = step_queue,       [STEP_SEND] = step_send,
	[STEP_AWAIT] = step_await,       [STEP_STREAM] = step_stream,
	[STEP_REPLY] = step_reply,       [STEP_FINISH] = step_finish,
};

static void make_id(struct request *r)
{
	static const char digit[] = "0123456789abcdef";
	uint64_t n = rng_next(&r->proxy->rng);

	memcpy(r->id, "req-", 4);
	for (int i = 0; i < 16; i++)
		r->id[4 + i] = digit[n >> (60 - 4 * i) & 15];
	r->id[20] = '\0';
}

static struct request *take_spare(struct proxy *p)
{
	struct request *r = p->spare;

	if (r == NULL)
		return slab_zalloc(&p->request_slab);
	p->spare = r->spare;
	p->n_spare--;
	return r;
}

struct request *request_create(struct proxy *p, struct client *c)
{
	struct request *r = take_spare(p);

	if (++p->n_active > p->peak)
		p->peak = p->n_active;
	r->proxy = p;
	r->client = c;
	r->step = STEP_READ;
	r->fleet = fleet_ref(p->fleet);
	r->start_ns = clock_ns();
	list_init(&r->queued);
	list_init(&r->explaining);
	api_usage_init(&r->usage);
	sse_init(&r->sse, 64 * 1024);
	make_id(r);
	metric_add(p->o.metrics->cell[METRICS_ACTIVE_REQUESTS], 1);
	return r;
}

/* Everything but the memory that is worth keeping warm. */
static void wipe(struct request *r)
{
	char *zeros = (char *)r + offsetof(struct request, proxy);

	arena_reset(&r->arena);
	buf_reset(&r->body, KEEP_BYTES);
	buf_reset(&r->send_head, KEEP_BYTES);
	buf_reset(&r->reply_head, KEEP_BYTES);
	buf_reset(&r->tail, KEEP_BYTES);
	buf_fini(&r->reply);
	buf_fini(&r->ask_body);
	buf_fini(&r->ask_answer);
	sse_fini(&r->sse);
	mem_zero(zeros, sizeof(*r) - offsetof(struct request, proxy));
}

static void free_request(struct proxy *p, struct request *r)
{
	wipe(r);
	arena_fini(&r->arena);
	buf_fini(&r->body);
	buf_fini(&r->send_head);
	buf_fini(&r->reply_head);
	buf_fini(&r->tail);
	slab_free(&p->request_slab, r);
}

/* What the heap holds of a peak would stay there. Not at once: a load in
 * waves would have to ask for it anew. */
void request_trim(void *arg)
{
	struct proxy *p = arg;

	if (p->n_active > MAX_SPARE)
		return;
	p->peak = p->n_active;
	slab_trim(&p->client_slab);
	slab_trim(&p->request_slab);
	pool_trim(p->pool);
	mem_trim();
}

static void after_peak(struct proxy *p)
{
	if (p->n_active == 0 && p->peak > 4 * MAX_SPARE)
		timer_set(&p->trim, TRIM_MS);
}

void request_destroy(struct request *r)
{
	struct proxy *p = r->proxy;

	ASSERT(r->worker == NULL && r->job == NULL);
	ASSERT(exchange_is_over(&r->exchange) && exchange_is_over(&r->ask));
	recall_give_up(p->o.recall, &r->recalled);
	list_remove(&r->explaining);
	fleet_unref(&r->fleet);
	metric_add(p->o.metrics->cell[METRICS_ACTIVE_REQUESTS], -1);
	p->n_active--;
	if (p->n_spare >= MAX_SPARE) {
		free_request(p, r);
		after_peak(p);
		return;
	}
	wipe(r);
	r->spare = p->spare;
	p->spare = r;
	p->n_spare++;
	after_peak(p);
}

void request_free_spare(struct proxy *p)
{
	while (p->spare != NULL) {
		struct request *r = p->spare;

		p->spare = r->spare;
		free_request(p, r);
	}
	p->n_spare = 0;
}

void request_step(struct request *r, enum step to)
{
	ASSERT(step_may_follow(r->step, to));
	r->step = to;
}

void request_run(struct request *r)
{
	enum flow flow;

	do
		flow = run[r->step](r);
	while (flow == FLOW_GO);
}

enum flow step_read(struct request *r)
{
	ASSERT(r->complete);
	r->ready_ns = clock_ns();
	request_step(r, STEP_ROUTE);
	return FLOW_GO;
}

void request_hold(struct request *r, struct worker *w)
{
	r->worker = worker_ref(w);
	r->work_held = true;
	atomic_fetch_add_explicit(&w->inflight, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->inflight_tokens, r->choice.work_tokens,
				  memory_order_relaxed);
	recent_add(&w->recent_tokens, r->choice.work_tokens,
		   r->decided_ns / 1000000);
}

void request_release_work(struct request *r)
{
	if (!r->work_held)
		return;
	r->work_held = false;
	atomic_fetch_sub_explicit(&r->worker->inflight_tokens,
				  r->choice.work_tokens, memory_order_relaxed);
}

void request_release(struct request *r)
{
	if (r->worker == NULL)
		return;
	request_release_work(r);
	atomic_fetch_sub_explicit(&r->worker->inflight, 1,
				  memory_order_relaxed);
	worker_unref(&r->worker);
	queue_wake(r->proxy);
}

/* Stops all that is under way for it elsewhere. */
static void withdraw(struct request *r)
{
	queue_leave(r);
	exchange_cancel(&r->exchange);
	exchange_cancel(&r->ask);
	prompt_forget_job(r);
}

void request_client_gone(struct request *r)
{
	if (r->step == STEP_FINISH)
		return;
	r->client = NULL;
	withdraw(r);
	r->outcome = OUTCOME_CLIENT_GONE;
	r->why = "the client has gone";
	if (r->explained != NULL)
		r->explained(r->explained_arg, 503, SLICE("{}"));
	r->explained = NULL;
	request_step(r, STEP_FINISH);
	request_run(r);
}

void request_deadline(struct request *r)
{
	struct api_error e;

	if (r->step == STEP_FINISH)
		return;
	if (r->head_sent) {
		relay_cut(r, "The gateway is shutting down");
		return;
	}
	withdraw(r);
	api_error_set(&e, 503, NULL, "shutting_down",
		      "The gateway is shutting down");
	r->retry_after_s = 1;
	request_fail(r, OUTCOME_DEADLINE, "shutting down", &e);
	request_run(r);
}

const char *outcome_name(enum outcome o)
{
	static const char *const name[OUTCOME_N] = {
		[OUTCOME_OK] = "ok",
		[OUTCOME_CLIENT_ERROR] = "client_error",
		[OUTCOME_SHED] = "shed",
		[OUTCOME_UPSTREAM_ERROR] = "upstream_error",
		[OUTCOME_CUT] = "cut_visible",
		[OUTCOME_CLIENT_GONE] = "client_gone",
		[OUTCOME_DEADLINE] = "deadline",
	};

	ASSERT(o < OUTCOME_N);
	return name[o];
}
