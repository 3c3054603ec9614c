#include "tools/sim/load.h"

#include "tools/sim/call.h"
#include "tools/sim/exchange.h"

/* vLLM's kv_recompute_threshold, as it is by default. */
#define RECOMPUTE_TOKENS 64

void load_copied(struct handoff *h)
{
	struct exchange *x = h->exchange;
	struct transfer *t = handoff_side(h);
	const struct task *task = &x->choice[h->index * x->ask.n].task;

	/* LMCache's was here before, and counted. */
	if (!h->call)
		return;
	call_end(&h->call, true);
	t->stats.received++;
	t->stats.received_tokens += task->n_copied;
}

void load_from_stock(struct handoff *h)
{
	struct exchange *x = h->exchange;
	const struct token_list *prompt = &x->ask.prompt[h->index];
	struct transfer *t = handoff_side(h);
	size_t n;

	if (!t->receiver.transfer || h->leg.side == LEG_PREFILL)
		return;
	n = stock_take(&t->receiver.stock, prompt->id, prompt->n);
	t->stats.received += n > 0;
	t->stats.received_tokens += n;
	for (size_t i = 0; i < x->ask.n; i++)
		x->choice[h->index * x->ask.n + i].task.n_remote = n;
}

/* Held there until its turn has come and it is copied. */
static void submit(struct handoff *h)
{
	struct exchange *x = h->exchange;
	struct rank_copy copy = rank_copy(x->rank);

	for (size_t i = 0; i < x->ask.n; i++) {
		struct task *t = &x->choice[h->index * x->ask.n + i].task;

		t->n_remote = h->n_tokens;
		t->copy_s = copy.s;
		t->copy_token_s = copy.token_s;
	}
	exchange_submit(x, h->index);
}

/* In the queue or in the midst of copying. */
static void on_lost(void *arg, json_t *nothing)
{
	struct handoff *h = arg;

	(void)nothing;
	handoff_load_failed(h, COMPLAINT_UNREACHABLE,
			    "the other side went away while it was read");
}

static enum complaint_kind kind_of(json_t *answer, const char *key)
{
	json_t *j = json_object_get(answer, key);

	if (!json_is_string(j))
		return COMPLAINT_KINDS;
	return complaint_parse(slice_of(json_string_value(j)));
}

/* Tokens of the prompt that are to be had there. */
static size_t wanted(const struct handoff *h)
{
	size_t n = h->exchange->ask.prompt[h->index].n, held = h->leg.n_held;

	return held > 0 && held < n ? held : n;
}

/* To go on from a turn's end costs more than it saves. */
static bool is_too_little(const struct handoff *h)
{
	struct exchange *x = h->exchange;
	struct seq *s = &x->choice[h->index * x->ask.n].task.seq;

	return h->leg.n_held > 0 &&
	       wanted(h) < cache_match(x->rank->cache, s) + RECOMPUTE_TOKENS;
}

static void on_answer(void *arg, json_t *answer)
{
	struct handoff *h = arg;
	json_t *tokens = json_object_get(answer, "tokens");
	const char *text = json_string_value(json_object_get(answer, "text"));
	enum complaint_kind kind = kind_of(answer, "refused");

	if (kind != COMPLAINT_KINDS) {
		handoff_load_failed(h, kind,
				    text ? text : "the other side says no");
		return;
	}
	if (!json_is_integer(tokens) || json_integer_value(tokens) < 1) {
		handoff_load_failed(h, COMPLAINT_UNREACHABLE,
				    "the named address does not answer as an "
				    "engine, or no longer");
		return;
	}
	kind = kind_of(answer, "doubt");
	if (kind != COMPLAINT_KINDS)
		handoff_complain(h, kind,
				 "a real engine would go on and answer "
				 "nonsense");
	h->n_tokens = (size_t)json_integer_value(tokens);
	if (is_too_little(h)) {
		call_end(&h->call, true);
		exchange_submit(h->exchange, h->index);
		return;
	}
	call_watch(h->call, on_lost);
	submit(h);
}

void load_from(struct handoff *h, const struct leg_address *at)
{
	const struct ask *a = &h->exchange->ask;
	const struct transfer *t = handoff_side(h);
	const struct token_list *prompt = &a->prompt[h->index];
	json_t *params = leg_params(a->body);
	double speed = h->exchange->worker->conf.speed;
	size_t n = wanted(h);
	struct transfer_question q = {
		.key = slice_of(h->leg.key),
		.engine_id = h->leg.engine_id,
		.prompt = transfer_prompt_print(prompt->id, n),
		.params = params ? leg_params_print(params) : 0,
		.n_tokens = n,
	};
	struct buf line;

	buf_init(&line);
	transfer_ask(t, &q, &line);
	h->call = call_start(loop_base(&h->exchange->worker->sim->loop),
			     at->host, at->port, buf_slice(&line),
			     2 * transfer_timeout_s(t) / speed, on_answer, h);
	buf_fini(&line);
}

void load_start(struct handoff *h)
{
	enum connector c = handoff_side(h)->connector;

	if (c == CONNECTOR_MOONCAKE || c == CONNECTOR_SGLANG)
		locate_start(h);
	else
		load_from(h, &h->leg.prefill);
}
