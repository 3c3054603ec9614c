#include "router/proxy/witness.h"

#include "common/base/clock.h"
#include "router/proxy/legs.h"
#include "router/proxy/outlook.h"

/* Steps are looked at so many events at a time, */
#define EVENTS 8
/* and of each worker no oftener than this. */
#define STEPS_MS 200

/* Who decodes meanwhile, and what all there hold. */
static void note_load(const struct worker *w, struct seen *s)
{
	uint32_t inflight = atomic_load_explicit(&w->inflight,
						 memory_order_relaxed);
	struct backlog_view has = backlog_look(&w->backlog, s->at_us);
	struct others_view all = others_look(&w->others, &has, s->at_us / 1000);

	if (inflight > has.unanswered)
		s->decoding = inflight - has.unanswered;
	s->decoding += (uint32_t)all.running;
	s->live_tokens = (uint64_t)all.live_tokens;
}

static bool is_telling(const struct request *r)
{
	const struct draft *d = r->draft;

	return r->streaming_sse && r->status == 200 && d != NULL &&
	       r->handed == NULL && r->prompt.known && r->one_prompt &&
	       d->api.n <= 1 && d->decision.chosen >= 0 &&
	       r->choice.work_tokens <= r->prompt.n_tokens;
}

static void note_moves(const struct request *r, struct seen *s)
{
	struct moves moves = outlook_moves(r);

	s->fetched = moves.fetched;
	s->distance = moves.distance;
	s->loaded = moves.loaded;
	s->stored = moves.stored;
}

void witness_first(struct request *r)
{
	struct seen s = {.kind = SEEN_FIRST_TOKEN};

	if (!is_telling(r))
		return;
	r->watched = true;
	r->mark.events = 1;
	if (r->draft->legs != NULL)
		return; /* another has computed its prompt */
	s.sent_us = r->draft->decided_ns / 1000;
	s.at_us = r->first_ns / 1000;
	s.computed = (uint32_t)r->choice.work_tokens;
	s.context = r->prompt.n_tokens - s.computed;
	note_load(r->worker, &s);
	s.alone = r->choice.alone;
	note_moves(r, &s);
	seen_put(&r->worker->seen, &s);
}

void witness_leg(const struct legs *l)
{
	const struct request *r = l->request;
	struct seen s = {
		.kind = SEEN_FIRST_TOKEN,
		.sent_us = l->began_ns / 1000,
		.at_us = l->answered_ns / 1000,
		.computed = (uint32_t)l->work_tokens,
		.alone = l->ahead.alone,
	};

	if (!r->prompt.known || !r->one_prompt ||
	    l->work_tokens > r->prompt.n_tokens)
		return;
	s.context = r->prompt.n_tokens - s.computed;
	note_load(l->prefill, &s);
	note_moves(r, &s);
	seen_put(&l->prefill->seen, &s);
}

/* The first to come after a while tells; true if it is this one. */
static bool takes_turn(struct worker *w, uint64_t now_ms)
{
	uint64_t last = atomic_load_explicit(&w->step_seen_ms,
					     memory_order_relaxed);

	return now_ms >= last + STEPS_MS &&
	       atomic_compare_exchange_strong_explicit(
		       &w->step_seen_ms, &last, now_ms, memory_order_relaxed,
		       memory_order_relaxed);
}

static void tell_steps(struct request *r, uint64_t now_ns, unsigned steps)
{
	struct worker *w = r->worker;
	uint64_t now_us = now_ns / 1000;
	struct seen s = {
		.kind = SEEN_STEP,
		.at_us = now_us,
		.step_ms = (uint32_t)(now_us - r->mark.at_us) / 1e3 / steps,
	};

	if (!takes_turn(w, now_ns / 1000000))
		return;
	note_load(w, &s);
	seen_put(&w->seen, &s);
}

/* An event is a step where no prompt was under way meanwhile. */
void witness_steps(struct request *r)
{
	struct worker *w = r->worker;
	uint64_t now_ns = clock_ns();
	uint16_t events = (uint16_t)r->sse.events;
	uint16_t sent = (uint16_t)atomic_load_explicit(&w->backlog.sent,
						       memory_order_relaxed);
	bool quiet = backlog_look(&w->backlog, now_ns / 1000).unanswered == 0;

	if (quiet && r->marked && r->mark.sent == sent)
		tell_steps(r, now_ns,
			   (uint16_t)(events + EVENTS - r->mark.events));
	r->marked = quiet;
	r->mark = (struct pace_mark){
		.at_us = (uint32_t)(now_ns / 1000),
		.events = (uint16_t)(events + EVENTS),
		.sent = sent,
	};
}
