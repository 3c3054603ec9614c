#include "tools/sim/handoff.h"

#include "tools/sim/call.h"
#include "tools/sim/exchange.h"
#include "tools/sim/params.h"

#include <event2/event.h>

#include <stdio.h>
#include <string.h>

#define CONNECT_TIMEOUT_S 30

static struct transfer *side_of(const struct exchange *x)
{
	return &x->worker->transfer[x->served.rank];
}

static void complain_of(const struct exchange *x, enum complaint_kind kind,
			const char *text)
{
	complain(&x->worker->complaints, kind, x->worker->conf.name,
		 x->served.id, "%s", text);
}

/* As the option says that stands for vLLM's kv_load_failure_policy. */
static void load_failed(struct exchange *x, enum complaint_kind kind,
			const char *text)
{
	call_end(&x->handoff.call, false);
	complain_of(x, kind, text);
	side_of(x)->stats.failed++;
	if (slice_equal(slice_of(x->worker->conf.load_failure), SLICE("fail")))
		exchange_fail(x);
	else
		exchange_submit(x);
}

static void on_copied(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;
	struct handoff *h = &x->handoff;

	(void)fd;
	(void)what;
	call_end(&h->call, true);
	side_of(x)->stats.received++;
	side_of(x)->stats.received_tokens += h->n_missing;
	x->choice[0].task.n_remote = h->n_tokens;
	exchange_submit(x);
}

static void copy(struct exchange *x)
{
	const struct worker_conf *c = &x->worker->conf;
	struct handoff *h = &x->handoff;
	size_t here = cache_match(x->rank->cache, &x->choice[0].task.seq);
	double seconds;
	struct timeval tv;

	h->n_missing = h->n_tokens > here ? h->n_tokens - here : 0;
	seconds = (c->transfer_t0 + c->transfer_b * (double)h->n_missing) /
		  c->speed;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	event_add(h->copied, &tv);
}

static void on_answer(void *arg, json_t *answer)
{
	struct exchange *x = arg;
	struct handoff *h = &x->handoff;
	json_t *tokens = json_object_get(answer, "tokens");
	const char *refused = json_string_value(
		json_object_get(answer, "refused"));
	const char *doubt = json_string_value(json_object_get(answer, "doubt"));
	const char *text = json_string_value(json_object_get(answer, "text"));
	enum complaint_kind kind;

	kind = refused ? complaint_parse(slice_of(refused)) : COMPLAINT_KINDS;
	if (kind != COMPLAINT_KINDS) {
		load_failed(x, kind, text ? text : "the other side says no");
		return;
	}
	if (!json_is_integer(tokens) || json_integer_value(tokens) < 0) {
		load_failed(x, COMPLAINT_UNREACHABLE,
			    "the named address does not answer as an engine");
		return;
	}
	kind = doubt ? complaint_parse(slice_of(doubt)) : COMPLAINT_KINDS;
	if (kind != COMPLAINT_KINDS)
		complain_of(x, kind,
			    "a real engine would go on and answer nonsense");
	h->n_tokens = (size_t)json_integer_value(tokens);
	copy(x);
}

static void fetch(struct exchange *x)
{
	struct handoff *h = &x->handoff;
	const struct token_list *prompt = &x->ask.prompt[0];
	json_t *params = leg_params(x->ask.body);
	struct transfer_question q = {
		.key = slice_of(h->leg.key),
		.engine_id = h->leg.engine_id,
		.prompt = transfer_prompt_print(prompt->id, prompt->n),
		.params = params ? leg_params_print(params) : 0,
		.n_tokens = prompt->n,
	};
	struct buf line;

	buf_init(&line);
	transfer_ask(side_of(x), &q, &line);
	h->call = call_start(loop_base(&x->worker->sim->loop), h->leg.host,
			     h->leg.port, buf_slice(&line), CONNECT_TIMEOUT_S,
			     on_answer, x);
	buf_fini(&line);
}

/* A worker of one role does the other's work all the same, as an engine
 * would; whoever sent it there should hear of it. */
static void check_role(const struct exchange *x)
{
	static const char *const leg[] = {"a whole request", "a prefill leg",
					  "a decode leg"};
	enum leg_side side = x->handoff.leg.side;
	enum role role = side_of(x)->role;

	if ((role == ROLE_PREFILL && side != LEG_PREFILL) ||
	    (role == ROLE_DECODE && side == LEG_PREFILL))
		complain_of(x, COMPLAINT_ROLE, leg[side]);
}

void handoff_init(struct exchange *x)
{
	const struct transfer *t = side_of(x);
	struct handoff *h = &x->handoff;
	struct leg_source source = {t->connector, t->version, x->ask.body,
				    slice_of(x->id)};
	struct leg_fault prefill;

	h->copied = event_new(loop_base(&x->worker->sim->loop), -1, 0,
			      on_copied, x);
	h->has_fault = !leg_read(&source, &h->leg, &h->fault);
	check_role(x);
	if (h->leg.side != LEG_PREFILL)
		return;
	if (!leg_check_prefill(&x->ask, &prefill))
		complain_of(x, prefill.kind, prefill.text);
	x->choice[0].task.keeps_blocks = true;
}

void handoff_fini(struct exchange *x)
{
	struct handoff *h = &x->handoff;

	/* Who leaves while it is copied gets the rest copied, and freed. */
	call_end(&h->call, h->n_tokens > 0);
	event_free(h->copied);
	buf_fini(&h->params);
}

void handoff_begin(struct exchange *x)
{
	const struct handoff *h = &x->handoff;

	if (h->has_fault && h->leg.side == LEG_DECODE) {
		load_failed(x, h->fault.kind, h->fault.text);
		return;
	}
	if (h->has_fault)
		complain_of(x, h->fault.kind, h->fault.text);
	if (h->leg.side == LEG_DECODE)
		fetch(x);
	else
		exchange_submit(x);
}

/* From some release on an answer that ends by itself is handed over, too. */
static bool hands_over(const struct exchange *x, const struct choice *c)
{
	return side_of(x)->version >= 21 || strcmp(c->finish, "length") == 0;
}

void handoff_end(struct exchange *x, struct choice *c)
{
	struct transfer *t = side_of(x);
	struct params_offer told = {
		.version = t->version,
		.engine_id = slice_of(t->engine_id),
		.host = slice_of(transfer_host(t)),
		.port = t->port,
		.block = c->task.seq.block,
		.n_blocks = c->task.seq.n_blocks,
		.n_tokens = c->task.n_computed,
	};
	char key[LEG_KEY_BYTES];

	if (!c->task.keeps_blocks)
		return;
	if (!hands_over(x, c)) {
		cache_release(x->rank->cache, &c->task.seq);
		return;
	}
	params_key(x->id, t->version, ++x->worker->sim->next_id, key,
		   sizeof(key));
	told.key = slice_of(key);
	params_put(&told, &x->handoff.params);
	transfer_offer(t, told.key, &c->task.seq, c->task.n_prompt,
		       params_print(&x->handoff.params));
}
