#include "tools/sim/exchange.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tools/sim/answer.h"
#include "tools/sim/farewell.h"
#include "tools/sim/reply.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static void exchange_free(struct exchange *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct choice *c = &x->choice[i];

		if (c->task.state != TASK_DONE)
			rank_cancel(x->rank, &c->task);
		seq_fini(&c->task.seq);
		token_list_fini(&c->output);
	}
	handoffs_fini(x);
	fetch_fini(x);
	mem_free(x->choice);
	if (x->conn)
		x->conn->exchange = NULL;
	if (x->timer)
		event_free(x->timer);
	ask_fini(&x->ask);
	mem_free(x);
}

/* An idle connection is closed after a while, as uvicorn does: its time
 * begins when the answer is written, not when it is made. */
static void on_written(struct evhttp_request *req, void *arg)
{
	const struct worker *w = arg;
	struct timeval tv = {(time_t)w->conf.keep_alive_s, 0};
	struct evhttp_connection *ev = evhttp_request_get_connection(req);

	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(ev), &tv,
				 NULL);
}

static void wait_ms(struct exchange *x, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000),
			     (suseconds_t)(ms % 1000 * 1000)};

	event_add(x->timer, &tv);
}

/* From the timer, since a callback must not free its own connection. */
static void spoil_now(struct exchange *x)
{
	x->is_mute = true;
	if (x->break_framing && x->ask.stream) {
		struct bufferevent *bev = evhttp_connection_get_bufferevent(
			x->conn->ev);

		bufferevent_write(bev, "zz\r\nnot a chunk\r\n", 17);
	}
	switch (x->spoil) {
	case SPOIL_NONE:
	case SPOIL_MUTE: break;
	case SPOIL_RESET: wait_ms(x, 5); break;
	case SPOIL_CLOSE: wait_ms(x, 50); break;
	case SPOIL_DIE: worker_die(x->worker, false, 0, 0); break;
	}
}

static void count_first(struct exchange *x)
{
	double seconds = (double)(clock_ns() - x->arrived_ns) / 1e9;

	if (x->served.ttft_s >= 0)
		return;
	x->served.ttft_s = seconds;
	worker_count_ttft(x->worker, seconds);
}

void exchange_token(void *arg, struct task *t)
{
	struct choice *c = CONTAINER_OF(t, struct choice, task);
	struct exchange *x = c->exchange;
	bool whole_short = x->spoil == SPOIL_CLOSE && !x->ask.stream;

	(void)arg;
	count_first(x);
	if (t->state == TASK_DONE) {
		bool limit = x->ask.at_limit[c->index / x->ask.n];

		c->finish = limit ? "length" : "stop";
		x->n_open--;
		handoffs_end(x, c);
	}
	if (x->is_mute)
		return;
	if (x->spoil != SPOIL_NONE && !whole_short &&
	    x->n_chunks >= x->spoil_after) {
		spoil_now(x);
		return;
	}
	if (x->ask.stream)
		answer_token(x, c);
	x->n_chunks++;
	exchange_go_on(x);
}

void exchange_go_on(struct exchange *x)
{
	if (x->n_open > 0 || x->is_mute || x->is_ending)
		return;
	for (size_t i = 0; i < x->ask.n_prompts; i++)
		if (x->handoff[i].holds_answer)
			return;
	if (x->ask.stream)
		answer_end(x);
	else
		answer_whole(x);
}

void exchange_copied(void *arg, struct task *t)
{
	struct choice *c = CONTAINER_OF(t, struct choice, task);

	(void)arg;
	handoffs_copied(c->exchange, c);
}

bool exchange_fetch(void *arg, struct task *t)
{
	struct choice *c = CONTAINER_OF(t, struct choice, task);

	(void)arg;
	return fetch_begin(c->exchange);
}

static void choice_init(struct exchange *x, size_t i)
{
	const struct token_list *prompt = &x->ask.prompt[i / x->ask.n];
	struct choice *c = &x->choice[i];
	struct hash_extra extra = {x->ask.lora, x->ask.salt};

	*c = (struct choice){.exchange = x, .index = i};
	token_list_init(&c->output);
	text_answer(x->worker->limits.text, prompt->id, prompt->n, i % x->ask.n,
		    x->ask.n_output[i / x->ask.n], &c->output);
	c->task.output = c->output.id;
	c->task.n_output = c->output.n;
	seq_init(&c->task.seq, extra);
	seq_append(&c->task.seq, prompt->id, prompt->n);
}

/* Reading stays on while nothing is sent yet: that is how a client's
 * departure is seen. evhttp itself reads nothing until we have answered. */
static void watch_for_close(struct exchange *x)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(
		x->conn->ev);
	bufferevent_data_cb write_cb;
	bufferevent_event_cb event_cb;
	void *arg;

	bufferevent_getcb(bev, NULL, &write_cb, &event_cb, &arg);
	bufferevent_setcb(bev, NULL, write_cb, event_cb, arg);
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
}

static void refuse_now(struct exchange *x, const char *why)
{
	char text[COMPLAINT_TEXT_BYTES];

	/* It goes with the exchange. */
	snprintf(text, sizeof(text), "%s", why);
	x->worker->counters.refusals++;
	reply_error(exchange_finish(x, OUTCOME_ERROR), 400, "BadRequestError",
		    NULL, text);
}

static void begin(struct exchange *x)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(x->req);
	const char *refused = handoffs_refused(x);

	if (refused) {
		refuse_now(x, refused);
		return;
	}
	x->is_started = true;
	if (x->ask.stream) {
		evhttp_add_header(headers, "Server", "warmpath-sim");
		evhttp_add_header(headers, "Content-Type",
				  "text/event-stream; charset=utf-8");
		evhttp_send_reply_start(x->req, 200, "OK");
	}
	handoffs_begin(x);
}

/* The exchange may end, and be gone, as its last task is taken up. */
void exchange_submit(struct exchange *x, size_t prompt)
{
	size_t n = x->ask.n;

	for (size_t i = 0; i < n; i++) {
		struct task *t = &x->choice[prompt * x->ask.n + i].task;

		if (t->state == TASK_NEW)
			rank_submit(x->rank, t);
		else
			rank_compute(x->rank, t);
	}
}

void exchange_fail(struct exchange *x)
{
	if (x->ask.stream)
		answer_broken(x);
	else
		reply_error(exchange_finish(x, OUTCOME_ERROR), 500,
			    "InternalServerError", NULL,
			    "Internal server error");
}

/* A TLS stream tells evhttp somewhat later that all is written. An end that
 * was handed over meanwhile would count as written too, and never be: so it
 * waits until nothing is left to be told. */
static void end_when_told(struct exchange *x)
{
	struct evbuffer *out = bufferevent_get_output(
		evhttp_connection_get_bufferevent(x->conn->ev));
	bool was_written = x->is_written;

	x->is_written = evbuffer_get_length(out) == 0;
	if (was_written && x->is_written)
		evhttp_send_reply_end(exchange_finish(x, x->outcome));
	else
		wait_ms(x, 1);
}

void exchange_end(struct exchange *x, enum outcome outcome)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(
		x->conn->ev);

	x->is_ending = true;
	x->outcome = outcome;
	if (bufferevent_openssl_get_ssl(bev) == NULL)
		evhttp_send_reply_end(exchange_finish(x, outcome));
	else
		end_when_told(x);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	(void)fd;
	(void)what;
	if (x->is_ending)
		end_when_told(x);
	else if (x->is_started || x->is_mute)
		conn_close(x->conn, x->spoil == SPOIL_RESET);
	else
		begin(x);
}

static void set_spoil(struct exchange *x, enum spoil spoil,
		      const struct fault *f)
{
	x->spoil = spoil;
	x->spoil_after = f->after;
	x->worker->counters.faults++;
}

static void take_faults(struct exchange *x)
{
	struct faults *all = &x->worker->faults;
	struct fault f;

	if (fault_take(all, FAULT_HANG_MIDSTREAM, &f))
		set_spoil(x, SPOIL_MUTE, &f);
	else if (fault_take(all, FAULT_CUT_MIDSTREAM, &f))
		set_spoil(x, SPOIL_RESET, &f);
	else if (fault_take(all, FAULT_DIE_MIDSTREAM, &f))
		set_spoil(x, SPOIL_DIE, &f);
	else if (fault_take(all, FAULT_SHORT_BODY, &f))
		set_spoil(x, SPOIL_CLOSE, &f);
	else if (fault_take(all, FAULT_BAD_CHUNK, &f)) {
		set_spoil(x, SPOIL_CLOSE, &f);
		x->break_framing = true;
	}
}

/* How it starts: at once, late, never, or with a reset. */
static void start_or_wait(struct exchange *x)
{
	struct faults *all = &x->worker->faults;
	struct fault f;

	take_faults(x);
	if (fault_take(all, FAULT_HANG, &f)) {
		x->worker->counters.faults++;
		return;
	}
	if (fault_take(all, FAULT_RESET, &f)) {
		set_spoil(x, SPOIL_RESET, &f);
		x->is_mute = true;
		wait_ms(x, 0);
		return;
	}
	if (fault_take(all, FAULT_SLOW, &f)) {
		x->worker->counters.faults++;
		wait_ms(x, f.ms);
		return;
	}
	begin(x);
}

static void set_id(struct exchange *x)
{
	static const char *const prefix[] = {
		[ASK_CHAT] = "chatcmpl-",
		[ASK_COMPLETION] = "cmpl-",
		[ASK_MESSAGES] = "chatcmpl-",
		[ASK_RESPONSES] = "resp_",
	};
	struct slice asked = request_header(x->req, "X-Request-Id");

	if (asked.n > 0)
		snprintf(x->served.id, sizeof(x->served.id), "%.*s",
			 SLICE_ARG(asked));
	else
		snprintf(x->served.id, sizeof(x->served.id), "%032llx",
			 (unsigned long long)++x->worker->sim->next_id);
	snprintf(x->id, sizeof(x->id), "%s%s", prefix[x->ask.kind],
		 x->served.id);
}

static enum shape_kind shape_of(enum ask_kind kind)
{
	static const enum shape_kind shape[] = {
		[ASK_CHAT] = SHAPE_CHAT,
		[ASK_COMPLETION] = SHAPE_COMPLETION,
		[ASK_MESSAGES] = SHAPE_MESSAGES,
		[ASK_RESPONSES] = SHAPE_RESPONSES,
	};

	return shape[kind];
}

static void launch(struct worker *w, struct conn *conn,
		   struct evhttp_request *req, struct ask *a, struct rank *r)
{
	struct exchange *x = mem_zalloc(sizeof(*x));

	x->worker = w;
	x->conn = conn;
	x->req = req;
	x->ask = *a;
	x->rank = r;
	x->arrived_ns = clock_ns();
	x->served.ttft_s = -1;
	x->served.rank = (unsigned)(r - w->rank);
	x->timer = event_new(loop_base(&w->sim->loop), -1, 0, on_timer, x);
	conn->exchange = x;
	set_id(x);
	x->shape = (struct shape){shape_of(a->kind), x->id, time(NULL),
				  a->model, a->return_token_ids};
	x->n = x->n_open = a->n_prompts * a->n;
	x->choice = mem_array(x->n, sizeof(*x->choice));
	for (size_t i = 0; i < x->n; i++)
		choice_init(x, i);
	handoffs_init(x);
	fetch_init(x);
	watch_for_close(x);
	start_or_wait(x);
}

void exchange_measure(struct exchange *x)
{
	struct served *s = &x->served;

	s->prompt_tokens = s->cached_tokens = s->completion_tokens = 0;
	s->loaded_tokens = s->pooled_tokens = 0;
	s->charged_ttft_s = -1;
	for (size_t i = 0; i < x->ask.n_prompts; i++)
		s->prompt_tokens += x->ask.prompt[i].n;
	for (size_t i = 0; i < x->n; i++) {
		const struct task *t = &x->choice[i].task;

		s->completion_tokens += t->n_generated;
		s->loaded_tokens += t->n_loaded;
		s->pooled_tokens += t->n_pooled;
		if (i % x->ask.n == 0)
			s->cached_tokens += t->n_cached;
		if (t->n_generated > 0 && s->charged_ttft_s < 0)
			s->charged_ttft_s = t->first_s - t->submitted_s;
	}
}

struct evhttp_request *exchange_finish(struct exchange *x, enum outcome outcome)
{
	struct evhttp_request *req = x->req;

	exchange_measure(x);
	x->served.outcome = outcome;
	if (outcome != OUTCOME_ABORT)
		evhttp_request_set_on_complete_cb(req, on_written, x->worker);
	worker_remember(x->worker, &x->served);
	exchange_free(x);
	return req;
}

void exchange_start(struct worker *w, struct conn *conn,
		    struct evhttp_request *req, enum ask_kind kind)
{
	struct slice asked = request_header(req, "X-data-parallel-rank");
	struct refusal no = {0};
	char rank[24];
	struct fault f;
	struct rank *r;
	struct ask a;

	w->counters.requests++;
	if (fault_take(&w->faults, FAULT_STATUS, &f)) {
		w->counters.faults++;
		reply_retry_after(req, f.retry_after_s);
		reply_error(req, f.status, "InternalServerError", NULL,
			    "a fault that was asked for");
		return;
	}
	if (!ask_parse(&w->limits, kind, request_body(req), &a, &no)) {
		w->counters.refusals++;
		farewell_send(&w->transfer[0], request_body(req));
		reply_refusal(req, &no);
		return;
	}
	w->counters.encoded += a.n_encoded;
	if (handoff_is_first_token_only(w))
		ask_one_token(&a);
	if (fault_take(&w->faults, FAULT_EARLY_STOP, &f)) {
		w->counters.faults++;
		ask_stop_early(&a);
	}
	r = worker_rank(w, handoff_rank(w, &a, asked, rank), &no);
	if (!r) {
		w->counters.refusals++;
		ask_fini(&a);
		reply_refusal(req, &no);
		return;
	}
	launch(w, conn, req, &a, r);
}

void exchange_abandon(struct exchange *x)
{
	struct evhttp_request *req;

	x->worker->counters.aborts++;
	req = exchange_finish(x, OUTCOME_ABORT);
	/* evhttp has let go of it already if the peer closed. */
	if (!evhttp_request_get_connection(req))
		evhttp_request_free(req);
}
