#include "router/proxy/request.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/api/headers.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/kv_room.h"
#include "router/proxy/legs.h"
#include "router/proxy/outlook.h"
#include "router/proxy/relay.h"
#include "router/proxy/request_job.h"
#include "router/proxy/retry.h"
#include "router/proxy/traced.h"

#define TRIM_MS 50

static enum flow (*const run[STEP_N])(struct request *r) = {
	[STEP_READ] = step_read,       [STEP_ADMIT] = step_admit,
	[STEP_ROUTE] = step_route,     [STEP_TOKENIZE] = step_tokenize,
	[STEP_CHOOSE] = step_choose,   [STEP_QUEUE] = step_queue,
	[STEP_PREFILL] = step_prefill, [STEP_PREFILLED] = step_prefilled,
	[STEP_SEND] = step_send,       [STEP_AWAIT] = step_await,
	[STEP_STREAM] = step_stream,   [STEP_REPLY] = step_reply,
	[STEP_FINISH] = step_finish,
};

/* Hexadecimal digits of eight halves of bytes, the least first. */
static uint64_t hex_8(uint32_t n)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t v = n, letter;

	v = (v | v << 16) & 0x0000ffff0000ffff;
	v = (v | v << 8) & 0x00ff00ff00ff00ff;
	v = (v | v << 4) & 0x0f0f0f0f0f0f0f0f;
	/* A half of ten or more reaches into its byte's fifth bit. */
	letter = (v + 6 * ones) >> 4 & ones;
	return v + '0' * ones + letter * ('a' - '0' - 10);
}

static void make_id(struct request *r)
{
	uint64_t n = rng_next(&r->proxy->rng);
	uint64_t digits[2] = {hex_8((uint32_t)n), hex_8((uint32_t)(n >> 32))};

	memcpy(r->id, "req-", 4);
	memcpy(r->id + 4, digits, sizeof(digits));
	r->id[20] = '\0';
}

struct request *request_create(struct proxy *p, struct responder *to,
			       uint64_t start_ns)
{
	static const struct http_head none = {0};
	struct request *r = slab_zalloc(&p->request_slab);

	r->proxy = p;
	r->responder = to;
	r->step = STEP_READ;
	r->fleet = fleet_ref(p->fleet);
	r->draft = draft_create(r, &p->chunks);
	r->draft->head = &none;
	r->start_ns = start_ns;
	make_id(r);
	metric_add(p->active, 1);
	if (to != NULL)
		metric_inc(p->accepted);
	return r;
}

/* The parser's copy of a head is one block. */
static size_t head_bytes(const struct http_head *h)
{
	struct slice last;

	if (h->n_headers == 0)
		return 0;
	last = h->header[h->n_headers - 1].value;
	return (size_t)(last.p + last.n - h->method_text.p);
}

/* The worker and the answer get ours in any case. */
static void take_client_id(struct request *r, const struct http_head *h)
{
	const struct http_header *id = http_header_get(h,
						       HTTP_NAME_X_REQUEST_ID);

	if (id != NULL && api_request_id_ok(id->value))
		r->client_id = mem_strndup(id->value.p, id->value.n);
}

void request_take_head(struct request *r, const struct http_head *h)
{
	r->draft->head = h;
	r->draft->head_bytes = head_bytes(h);
	r->method = h->method;
	take_client_id(r, h);
	if (r->proxy->tenants != NULL && r->responder != NULL)
		admit_head(r);
	traced_head(r);
}

/* Not at once: a load in waves would have to ask for it anew. */
void request_trim_later(struct proxy *p)
{
	bool fallen = slab_has_fallen(&p->client_slab) ||
		      slab_has_fallen(&p->request_slab) ||
		      slab_has_fallen(&p->chunks) ||
		      slab_has_fallen(&p->admission_slab) ||
		      slab_has_fallen(&p->h2_slab) ||
		      slab_has_fallen(&p->parked_slab) ||
		      http_rooms_have_fallen(&p->rooms) ||
		      pool_has_fallen(p->pool);

	if (fallen && p->trim.due_ms == 0)
		timer_set(&p->trim, TRIM_MS);
}

void request_trim(void *arg)
{
	struct proxy *p = arg;
	bool quiet = slab_settle(&p->client_slab);

	quiet |= slab_settle(&p->request_slab);
	quiet |= slab_settle(&p->chunks);
	quiet |= slab_settle(&p->admission_slab);
	quiet |= slab_settle(&p->h2_slab);
	quiet |= slab_settle(&p->parked_slab);
	quiet |= http_rooms_settle(&p->rooms);
	quiet |= pool_settle(p->pool);
	/* The heap has its share of what has passed. */
	if (quiet)
		mem_trim();
	request_trim_later(p);
}

static void end_draft(struct request *r)
{
	if (r->draft == NULL)
		return;
	recall_give_up(r->proxy->o.recall, &r->draft->recalled);
	draft_destroy(&r->draft);
}

void request_forget_draft(struct request *r)
{
	if (!exchange_is_sent(&r->exchange) || legs_under_way(r))
		return;
	request_teach(r);
	legs_end(r);
	r->body_bytes = buf_len(&r->draft->body);
	end_draft(r);
	r->responder->ops->forget_head(r->responder);
	request_trim_later(r->proxy);
}

struct slice request_lora(const struct request *r)
{
	return r->name != NULL ? r->name->lora : (struct slice){NULL, 0};
}

struct hash_extra request_extra(const struct request *r)
{
	return (struct hash_extra){request_lora(r), r->draft->salt};
}

void request_destroy(struct request *r)
{
	struct proxy *p = r->proxy;

	ASSERT(r->worker == NULL && exchange_is_over(&r->exchange));
	ASSERT(r->traced == NULL);
	end_draft(r);
	store_load_forget(r);
	relay_end_watch(r);
	fleet_unref(&r->fleet);
	admit_end(r);
	mem_free(r->client_id);
	mem_free(r->handed);
	metric_add(p->active, -1);
	slab_free(&p->request_slab, r);
	request_trim_later(p);
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
	ASSERT(r->complete || admit_denies(r));
	request_step(r, r->admission != NULL ? STEP_ADMIT : STEP_ROUTE);
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
		   r->draft->decided_ns / 1000000);
	outlook_hold(r);
}

void request_release_work(struct request *r)
{
	if (!r->work_held)
		return;
	r->work_held = false;
	atomic_fetch_sub_explicit(&r->worker->inflight_tokens,
				  r->choice.work_tokens, memory_order_relaxed);
	outlook_release_work(r);
}

void request_release(struct request *r)
{
	legs_end(r);
	if (r->worker == NULL)
		return;
	request_release_work(r);
	kv_room_give_back(r, r->worker);
	backlog_end(&r->worker->backlog, &r->choice.part);
	candidacy_end(r);
	atomic_fetch_sub_explicit(&r->worker->inflight, 1,
				  memory_order_relaxed);
	worker_unref(&r->worker);
	queue_wake(r->proxy);
}

/* Stops all that is under way for it elsewhere. */
static void withdraw(struct request *r)
{
	exchange_cancel(&r->exchange);
	if (r->draft == NULL)
		return;
	queue_leave(r);
	legs_end(r);
	exchange_cancel(&r->draft->ask);
	request_job_forget(r);
}

/* Whoever asked for an explanation hears that there will be none. */
static void explain_nothing(struct draft *d)
{
	if (d == NULL || d->explained == NULL)
		return;
	d->explained(d->explained_arg, 503, SLICE("{}"));
	d->explained = NULL;
}

void request_client_gone(struct request *r)
{
	if (r->step == STEP_FINISH)
		return;
	r->responder = NULL;
	withdraw(r);
	r->outcome = OUTCOME_CLIENT_GONE;
	r->why = "the client has gone";
	explain_nothing(r->draft);
	request_step(r, STEP_FINISH);
	request_run(r);
}

/* What a client is told whose request ends before its time, or after. */
struct early_end {
	unsigned status;
	const char *code, *why, *message;
};

static void end_early(struct request *r, const struct early_end *end,
		      unsigned retry_after_s)
{
	struct api_error e;

	if (r->step == STEP_FINISH)
		return;
	if (r->head_sent) {
		relay_cut(r, end->message);
		return;
	}
	withdraw(r);
	api_error_set(&e, end->status, NULL, end->code, "%s", end->message);
	r->draft->retry_after_s = retry_after_s;
	request_fail(r, OUTCOME_DEADLINE, end->why, &e);
	request_run(r);
}

void request_deadline(struct request *r)
{
	static const struct early_end end = {503, "shutting_down",
					     "shutting down",
					     "The gateway is shutting down"};

	/* Another one may take it at once. */
	end_early(r, &end, 1);
}

void request_took_too_long(struct request *r)
{
	static const struct early_end end = {
		504, "request_timeout", "request time-out",
		"The request took longer than a request may"};

	end_early(r, &end, retry_after_silence(r));
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
