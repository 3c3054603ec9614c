#include "tools/sim/handoff.h"

#include "common/base/mem.h"
#include "tools/sim/call.h"
#include "tools/sim/exchange.h"
#include "tools/sim/give.h"
#include "tools/sim/load.h"
#include "tools/sim/lookup.h"
#include "tools/sim/push.h"
#include "tools/sim/reply.h"

#include <event2/event.h>

#include <stdio.h>
#include <string.h>

struct transfer *handoff_side(const struct handoff *h)
{
	const struct exchange *x = h->exchange;

	return &x->worker->transfer[x->served.rank];
}

void handoff_complain(const struct handoff *h, enum complaint_kind kind,
		      const char *text)
{
	const struct exchange *x = h->exchange;

	complain(&x->worker->complaints, kind, x->worker->conf.name,
		 x->served.id, "%s", text);
}

void handoff_load_failed(struct handoff *h, enum complaint_kind kind,
			 const char *text)
{
	struct exchange *x = h->exchange;
	struct slice policy = slice_of(x->worker->conf.load_failure);

	call_end(&h->call, false);
	lookup_end(&h->lookup);
	handoff_complain(h, kind, text);
	handoff_side(h)->stats.failed++;
	if (slice_equal(policy, SLICE("fail")))
		exchange_fail(x);
	else
		exchange_submit(x, h->index);
}

void handoff_fail_later(struct handoff *h)
{
	struct timeval at_once = {0};

	h->is_failing = true;
	event_add(h->later, &at_once);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct handoff *h = arg;

	(void)fd;
	(void)what;
	if (!h->is_failing)
		push_copied(h);
	else if (h->leg.side == LEG_DECODE)
		handoff_load_failed(h, h->fault.kind, h->fault.text);
	else
		exchange_fail(h->exchange);
}

/* A worker of one role does the other's work all the same, as an engine
 * would; whoever sent it there should hear of it. */
static void check_role(const struct handoff *h)
{
	static const char *const leg[] = {"a whole request", "a prefill leg",
					  "a decode leg"};
	enum connector c = handoff_side(h)->connector;
	enum leg_side side = h->leg.side;
	enum role role = handoff_side(h)->role;

	/* Those for which the role says which leg it is. */
	if (c == CONNECTOR_SGLANG || c == CONNECTOR_P2P_NCCL ||
	    (h->has_fault && h->fault.kind == COMPLAINT_ROLE))
		return;
	if ((role == ROLE_PREFILL && side != LEG_PREFILL) ||
	    (role == ROLE_DECODE && side == LEG_PREFILL))
		handoff_complain(h, COMPLAINT_ROLE, leg[side]);
}

/* Where the router has put this worker's address, is it that? A decode side
 * would wait for what is sent to another. */
static void check_own_address(struct handoff *h)
{
	const struct transfer *t = handoff_side(h);
	bool is_prefill = h->leg.side == LEG_PREFILL;
	uint16_t named = is_prefill ? h->leg.prefill.port : h->leg.decode.port;
	uint64_t own = is_prefill && t->connector == CONNECTOR_SGLANG
			       ? h->exchange->worker->bootstrap_port
			       : t->port;

	if (h->has_fault || named == 0 || named == own || h->leg.n_held > 0)
		return;
	h->fault.kind = COMPLAINT_ADDRESS;
	snprintf(h->fault.text, sizeof(h->fault.text),
		 "the leg names another %s worker",
		 is_prefill ? "prefill" : "decode");
	if (is_prefill)
		handoff_complain(h, h->fault.kind, h->fault.text);
	else
		h->has_fault = true;
}

static void init_one(struct handoff *h, struct exchange *x, size_t i)
{
	const struct transfer *t = &x->worker->transfer[x->served.rank];
	struct leg_source source = {
		.connector = t->connector,
		.role = t->role,
		.version = t->version,
		.bidirectional = x->worker->conf.bidirectional,
		.body = x->ask.body,
		.index = i,
		.n_prompts = x->ask.n_prompts,
		.request_id = request_header(x->req, "X-Request-Id"),
		.own_id = slice_of(x->id),
	};

	h->exchange = x;
	h->index = i;
	h->later = event_new(loop_base(&x->worker->sim->loop), -1, 0, on_later,
			     h);
	h->has_fault = !leg_read(&source, &h->leg, &h->fault);
	check_role(h);
	if (h->leg.side != LEG_WHOLE)
		check_own_address(h);
	if (h->leg.side == LEG_PREFILL)
		give_init(h);
	x->choice[i * x->ask.n].task.keeps_blocks |= give_holds_on(h);
}

void handoffs_init(struct exchange *x)
{
	static const char *const name[] = {"whole", "prefill", "decode"};

	x->handoff = mem_array(x->ask.n_prompts, sizeof(*x->handoff));
	memset(x->handoff, 0, x->ask.n_prompts * sizeof(*x->handoff));
	for (size_t i = 0; i < x->ask.n_prompts; i++)
		init_one(&x->handoff[i], x, i);
	x->served.leg = name[x->handoff[0].leg.side];
}

void handoffs_fini(struct exchange *x)
{
	for (size_t i = 0; i < x->ask.n_prompts; i++) {
		struct handoff *h = &x->handoff[i];

		/* Who leaves while it is copied gets the rest copied, and
		 * freed there. */
		call_end(&h->call, h->n_tokens > 0);
		lookup_end(&h->lookup);
		if (h->leg.side == LEG_PREFILL && h->leg.key[0] != '\0' &&
		    transfer_is_on(handoff_side(h)))
			transfer_withdraw(handoff_side(h), slice_of(h->leg.key),
					  &h->giver);
		event_free(h->later);
		buf_fini(&h->params);
	}
	mem_free(x->handoff);
}

const char *handoffs_refused(const struct exchange *x)
{
	for (size_t i = 0; i < x->ask.n_prompts; i++) {
		const struct handoff *h = &x->handoff[i];

		if (!h->has_fault || !h->fault.is_refused)
			continue;
		handoff_complain(h, h->fault.kind, h->fault.text);
		return h->fault.text;
	}
	return NULL;
}

static void begin_one(struct handoff *h)
{
	bool is_decode = h->leg.side == LEG_DECODE;
	enum connector c = handoff_side(h)->connector;

	if (h->has_fault && (is_decode || h->fault.kind == COMPLAINT_ROLE)) {
		if (!is_decode)
			handoff_complain(h, h->fault.kind, h->fault.text);
		handoff_fail_later(h);
		return;
	}
	if (h->has_fault)
		handoff_complain(h, h->fault.kind, h->fault.text);
	if (c == CONNECTOR_LMCACHE)
		load_from_stock(h);
	if (is_decode || (h->leg.n_held > 0 && !h->has_fault))
		load_start(h);
	else if (h->leg.side == LEG_PREFILL && !h->has_fault)
		give_begin(h);
	else
		exchange_submit(h->exchange, h->index);
}

void handoffs_begin(struct exchange *x)
{
	size_t n = x->ask.n_prompts;

	/* It may be gone behind the last one. */
	for (size_t i = 0; i < n; i++)
		begin_one(&x->handoff[i]);
}

void handoffs_copied(struct exchange *x, struct choice *c)
{
	load_copied(&x->handoff[c->index / x->ask.n]);
}

void handoffs_end(struct exchange *x, struct choice *c)
{
	give_end(&x->handoff[c->index / x->ask.n], c);
}

struct slice handoff_rank(const struct worker *w, const struct ask *a,
			  struct slice header, char text[24])
{
	json_t *rank = json_object_get(a->body, "routed_dp_rank");
	json_t *room = json_object_get(a->body, "bootstrap_room");

	if (header.n > 0 || w->n_ranks == 0 ||
	    w->transfer[0].connector != CONNECTOR_SGLANG)
		return header;
	if (json_is_array(room))
		room = json_array_get(room, 0);
	if (json_is_integer(rank))
		snprintf(text, 24, "%lld", (long long)json_integer_value(rank));
	else if (json_is_integer(room) && json_integer_value(room) >= 0 &&
		 w->transfer[0].role == ROLE_PREFILL)
		snprintf(text, 24, "%lld",
			 (long long)json_integer_value(room) %
				 (long long)w->n_ranks);
	else
		return header;
	return slice_of(text);
}

bool handoff_is_first_token_only(const struct worker *w)
{
	return w->n_ranks > 0 && w->transfer[0].connector == CONNECTOR_SGLANG &&
	       w->transfer[0].role == ROLE_PREFILL;
}
