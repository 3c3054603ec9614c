#include "tools/sim/load.h"

#include "tools/sim/call.h"
#include "tools/sim/exchange.h"

#include <event2/event.h>

void load_copied(struct handoff *h)
{
	struct exchange *x = h->exchange;
	struct transfer *t = handoff_side(h);

	call_end(&h->call, true);
	t->stats.received++;
	t->stats.received_tokens += h->n_missing;
	x->choice[h->index * x->ask.n].task.n_remote = h->n_tokens;
	exchange_submit(x, h->index);
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
	x->choice[h->index * x->ask.n].task.n_remote = n;
}

static void copy(struct handoff *h)
{
	struct exchange *x = h->exchange;
	const struct worker_conf *c = &x->worker->conf;
	struct seq *s = &x->choice[h->index * x->ask.n].task.seq;
	size_t here = cache_match(x->rank->cache, s);
	double seconds;
	struct timeval tv;

	h->n_missing = h->n_tokens > here ? h->n_tokens - here : 0;
	seconds = (c->transfer_t0 + c->transfer_b * (double)h->n_missing) /
		  c->speed;
	tv.tv_sec = (time_t)seconds;
	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	event_add(h->later, &tv);
}

static enum complaint_kind kind_of(json_t *answer, const char *key)
{
	json_t *j = json_object_get(answer, key);

	if (!json_is_string(j))
		return COMPLAINT_KINDS;
	return complaint_parse(slice_of(json_string_value(j)));
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
	copy(h);
}

void load_from(struct handoff *h, const struct leg_address *at)
{
	const struct ask *a = &h->exchange->ask;
	const struct transfer *t = handoff_side(h);
	const struct token_list *prompt = &a->prompt[h->index];
	json_t *params = leg_params(a->body);
	struct transfer_question q = {
		.key = slice_of(h->leg.key),
		.engine_id = h->leg.engine_id,
		.prompt = transfer_prompt_print(prompt->id, prompt->n),
		.params = params ? leg_params_print(params) : 0,
		.n_tokens = prompt->n,
	};
	struct buf line;

	buf_init(&line);
	transfer_ask(t, &q, &line);
	h->call = call_start(loop_base(&h->exchange->worker->sim->loop),
			     at->host, at->port, buf_slice(&line),
			     2 * transfer_timeout_s(t), on_answer, h);
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
