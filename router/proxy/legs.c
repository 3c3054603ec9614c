#include "router/proxy/legs.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/fetch.h"
#include "router/proxy/hand_over.h"
#include "router/proxy/retry.h"
#include "router/proxy/send.h"
#include "router/proxy/traced.h"
#include "router/proxy/witness.h"

/* Numbers of blocks are most of an answer: those of a million tokens and
 * more. */
#define MAX_ANSWER_BYTES ((size_t)4 << 20)
#define MS_NS            1000000

/* --- load ----------------------------------------------------------------- */

static void hold(struct legs *l, struct worker *w)
{
	l->prefill = worker_ref(w);
	atomic_fetch_add_explicit(&w->inflight, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->inflight_tokens, l->work_tokens,
				  memory_order_relaxed);
	recent_add(&w->recent_tokens, l->work_tokens, l->began_ns / MS_NS);
	outlook_hold_leg(l->request, w, l->work_tokens, l->began_ns, &l->ahead);
}

static void release(struct legs *l)
{
	struct worker *w = l->prefill;

	if (w == NULL)
		return;
	if (!l->told)
		candidacy_give_gate_back(w, l->gate);
	l->told = true;
	atomic_fetch_sub_explicit(&w->inflight, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&w->inflight_tokens, l->work_tokens,
				  memory_order_relaxed);
	outlook_release_leg(l->request, w, &l->ahead);
	worker_unref(&l->prefill);
	queue_wake(l->request->proxy);
}

static void tell(struct legs *l, const struct worker_report *says)
{
	struct proxy *p = l->request->proxy;

	l->told = true;
	p->o.report(p->o.report_arg, l->prefill, says);
}

static void tell_passed(struct legs *l)
{
	const struct worker_report says = {.passed = true};

	if (!l->told && (l->gate == GATE_TRIES || l->gate == GATE_LIFTED))
		tell(l, &says);
	atomic_fetch_add_explicit(&l->prefill->answers, 1,
				  memory_order_relaxed);
}

/* --- its ends ------------------------------------------------------------ */

/* `outcome`: a word; static. */
static void note_outcome(struct legs *l, const char *outcome)
{
	struct request *r = l->request;

	r->handed->outcome = outcome;
	traced_prefill(r, outcome, l->status, l->answered_ns);
	metric_inc(cells_get(&r->proxy->cells, METRICS_PREFILL_LEGS,
			     r->handed->prefill->name, outcome, NULL));
}

/* The client waits for an answer of which it has seen nothing. */
static bool may_plan_anew(const struct request *r)
{
	return !r->head_sent &&
	       (r->step == STEP_PREFILL || r->step == STEP_AWAIT);
}

/* The other leg goes on: what this one held is given back. */
static void end_quietly(struct legs *l)
{
	struct request *r = l->request;

	exchange_cancel(&l->exchange);
	release(l);
	if (r->head_sent)
		request_forget_draft(r);
}

struct leg_failure {
	const char *why; /* static words */
	enum breaker_failure kind;
	uint64_t pause_ms;
	bool slow;
};

static void fail(struct legs *l, const struct leg_failure *f)
{
	const struct worker_report says = {
		.failure = f->kind,
		.pause_ms = f->pause_ms,
	};
	struct request *r = l->request;
	const struct worker *w = r->handed->prefill;

	tell(l, &says);
	note_outcome(l, "failed");
	if (!may_plan_anew(r)) {
		end_quietly(l);
		return;
	}
	exchange_cancel(&l->exchange);
	exchange_cancel(&r->exchange);
	retry_note_try(r, w);
	if (!retry_elsewhere(r, w, f->why))
		send_give_up(r, f->why, f->slow);
	request_run(r);
}

/* What the engine thinks of the request is what its client has to hear. */
static void refuse(struct legs *l)
{
	struct request *r = l->request;
	struct draft *d = r->draft;

	note_outcome(l, "refused");
	if (!may_plan_anew(r)) {
		end_quietly(l);
		return;
	}
	exchange_cancel(&r->exchange);
	buf_reset(&d->reply, 0);
	buf_append(&d->reply, buf_slice(&l->answer));
	d->reply_type = "application/json";
	r->status = l->status;
	r->outcome = OUTCOME_CLIENT_ERROR;
	r->why = "the prefill worker refused it";
	request_step(r, STEP_REPLY);
	request_run(r);
}

/* Decode would wait for what never comes: it computes the prompt itself. */
static void decode_alone(struct legs *l)
{
	struct request *r = l->request;

	note_outcome(l, "nothing");
	traced_retry(r, "nothing was handed over");
	r->draft->unsplit = true;
	exchange_cancel(&r->exchange);
	request_release(r);
	request_step(r, STEP_CHOOSE);
	request_run(r);
}

static void observe(struct legs *l)
{
	struct request *r = l->request;
	uint64_t took_ns = l->answered_ns - l->began_ns;

	r->handed->prefill_ms = (uint32_t)(took_ns / MS_NS);
	metric_observe(cells_get(&r->proxy->cells, METRICS_PREFILL_TIME,
				 r->model->conf->name, NULL, NULL),
		       (double)took_ns / 1e9);
}

static void answered(struct legs *l)
{
	struct request *r = l->request;

	l->answered_ns = clock_ns();
	tell_passed(l);
	if (l->status != 200) {
		refuse(l);
		return;
	}
	observe(l);
	if (l->how->failed != NULL && may_plan_anew(r) &&
	    l->how->failed(buf_slice(&l->answer))) {
		decode_alone(l);
		return;
	}
	if (l->how->concurrent) {
		note_outcome(l, "done");
		end_quietly(l);
		return;
	}
	witness_leg(l);
	release(l);
	request_step(r, STEP_PREFILLED);
	request_run(r);
}

/* --- its exchange -------------------------------------------------------- */

static void on_head(void *arg, const struct http_head *h)
{
	struct legs *l = arg;
	struct leg_failure f = {.why = "prefill turned away"};

	l->status = (uint16_t)h->status;
	if (send_is_failure(h->status, &f.kind)) {
		f.pause_ms = send_pause_ms(h);
		fail(l, &f);
	} else if (h->status != 200 && h->status / 100 != 4) {
		f.kind = BREAKER_BAD_ANSWER;
		fail(l, &f);
	}
}

/* Whether anybody will look at it. */
static bool is_read(const struct legs *l)
{
	return !l->how->concurrent || l->how->failed != NULL ||
	       l->status != 200;
}

static void on_body(void *arg, const struct slice *piece, size_t n,
		    bool complete)
{
	static const struct leg_failure too_long = {
		.why = "prefill answer too long",
		.kind = BREAKER_BAD_ANSWER,
	};
	struct legs *l = arg;

	for (size_t i = 0; is_read(l) && i < n; i++) {
		if (buf_len(&l->answer) + piece[i].n > MAX_ANSWER_BYTES) {
			fail(l, &too_long);
			return;
		}
		buf_append(&l->answer, piece[i]);
	}
	if (complete)
		answered(l);
}

static void on_failed(void *arg, enum exchange_failure why)
{
	struct legs *l = arg;
	struct request *r = l->request;
	const struct leg_failure f = {
		.why = exchange_failure_name(why),
		.kind = send_failure_kind(why),
		.slow = why == EXCHANGE_FIRST_SLOW ||
			why == EXCHANGE_CONNECT_SLOW,
	};

	if (why != EXCHANGE_NO_ROOM) {
		fail(l, &f);
		return;
	}
	/* Not the worker's fault, and no other could be reached. */
	note_outcome(l, "failed");
	if (!may_plan_anew(r)) {
		end_quietly(l);
		return;
	}
	exchange_cancel(&r->exchange);
	request_shed(r, "descriptors");
	request_run(r);
}

static const struct exchange_events events = {
	.head = on_head,
	.body = on_body,
	.failed = on_failed,
};

/* --- between them -------------------------------------------------------- */

/* Once decode has the request it sees to it that the blocks are kept. */
static void on_lease_over(void *arg)
{
	struct legs *l = arg;
	struct request *r = l->request;
	const struct worker *w = r->worker;

	if (r->step != STEP_AWAIT || exchange_is_sent(&r->exchange))
		return;
	exchange_cancel(&r->exchange);
	retry_note_try(r, w);
	if (!retry_elsewhere(r, w, "lease over"))
		send_give_up(r, "lease over", true);
	request_run(r);
}

void legs_begin(struct request *r, struct worker *prefill, enum gate gate,
		const struct transfer_pair *pair, uint64_t work_tokens)
{
	struct draft *d = r->draft;
	struct legs *l = arena_zalloc(&d->arena, sizeof(*l));

	ASSERT(d->legs == NULL);
	l->request = r;
	l->how = transfer_find(prefill->connector);
	l->pair = *pair;
	l->gate = gate;
	l->work_tokens = work_tokens;
	l->began_ns = clock_ns();
	timer_init(&l->lease, r->proxy->o.loop, on_lease_over, l);
	d->legs = l;
	hold(l, prefill);
	if (r->handed == NULL)
		r->handed = mem_alloc(sizeof(*r->handed));
	*r->handed = (struct handed){.prefill = prefill};
}

bool legs_under_way(const struct request *r)
{
	const struct legs *l = r->draft->legs;

	return l != NULL && !exchange_is_over(&l->exchange);
}

/* Decode can have no byte without what prefill has computed. */
const char *handed_outcome(const struct request *r)
{
	if (r->handed->outcome != NULL)
		return r->handed->outcome;
	return r->head_sent ? "done" : "cancelled";
}

void legs_end(struct request *r)
{
	struct legs *l = r->draft != NULL ? r->draft->legs : NULL;

	if (l == NULL)
		return;
	r->draft->legs = NULL;
	exchange_cancel(&l->exchange);
	timer_fini(&l->lease);
	release(l);
	if (r->handed->outcome == NULL)
		note_outcome(l, handed_outcome(r));
	buf_fini(&l->head);
	buf_fini(&l->spare);
	buf_fini(&l->answer);
}

/* --- its steps ----------------------------------------------------------- */

static const char *limit_of(const struct request *r)
{
	return r->endpoint->kind == API_RESPONSES ? "max_output_tokens"
						  : "max_tokens";
}

static struct splice *prefill_body(struct legs *l)
{
	struct request *r = l->request;
	struct draft *d = r->draft;
	struct splice *body = arena_alloc(&d->arena, sizeof(*body));

	splice_copy(body, &d->api.body);
	if (!l->how->same_body)
		transfer_one_token(body, limit_of(r));
	if (l->how->steered)
		l->pair.beside = fetch_member(r, l->prefill);
	if (l->how->prefill != NULL)
		l->how->prefill(&l->pair, body);
	return body;
}

enum flow step_prefill(struct request *r)
{
	struct legs *l = r->draft->legs;
	const struct send_to to = {
		.worker = l->prefill,
		.id = legs_request_id(r),
		.head = &l->head,
		.spare = &l->spare,
		.prefills = true,
	};

	l->n_send = send_gather(r, &to, prefill_body(l), &l->send);
	l->exchange.once = r->choice.fetch_blocks > 0;
	exchange_start(&l->exchange, r->proxy->pool, l->prefill, l->send,
		       l->n_send, &events, l);
	if (!l->how->concurrent)
		return FLOW_WAIT;
	request_step(r, STEP_SEND);
	return FLOW_GO;
}

enum flow step_prefilled(struct request *r)
{
	struct legs *l = r->draft->legs;

	timer_set(&l->lease, l->pair.prefill->transfer.lease_ms);
	request_step(r, STEP_SEND);
	return FLOW_GO;
}

const struct splice *legs_body(struct request *r)
{
	struct draft *d = r->draft;
	struct legs *l = d->legs;
	struct splice *body;

	if (LIKELY(l == NULL))
		return hand_over_body(r);
	r->prompt.sent = false;
	body = arena_alloc(&d->arena, sizeof(*body));
	splice_copy(body, &d->api.body);
	r->handed->over = l->how->decode(&l->pair, buf_slice(&l->answer),
					 body) == TRANSFER_DONE;
	if (!l->how->concurrent)
		note_outcome(l, r->handed->over ? "done" : "nothing");
	return r->handed->over ? body : &d->api.body;
}

struct slice legs_request_id(const struct request *r)
{
	const struct legs *l = r->draft->legs;

	if (LIKELY(l == NULL) || l->how->name == NULL)
		return slice_of(r->id);
	return l->how->name(&l->pair, &r->draft->arena);
}

bool legs_may_be_lost(const struct request *r, unsigned status)
{
	return r->draft->legs != NULL && r->handed->over && status >= 500 &&
	       status != 503 &&
	       connector_get(r->worker->connector)->decodes_alone;
}

void legs_are_lost(struct request *r)
{
	r->handed->outcome = "lost";
	r->handed->over = false;
}

void legs_first_byte(struct request *r)
{
	const struct legs *l = r->draft->legs;

	if (LIKELY(l == NULL) || l->answered_ns == 0)
		return;
	metric_observe(cells_get(&r->proxy->cells, METRICS_HAND_OVER_TIME,
				 r->model->conf->name, NULL, NULL),
		       (double)(clock_ns() - l->answered_ns) / 1e9);
}
