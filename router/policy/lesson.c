#include "router/policy/lesson.h"

#include "router/policy/choose.h"
#include "router/policy/price.h"

/* First tokens of one step leave a worker this close together, in parts of
 * a step. */
#define SAME_STEP 0.25

static double decoding_ms(const struct policy_rates *r,
			  const struct lesson_first *f)
{
	if (f->decoding <= 0)
		return 0;
	return price_step_ms(r, f->decoding, f->kv_tokens) - r->step_ms;
}

static void learn_last(struct lesson *l)
{
	struct lesson_prefill *p = &l->last;

	if (p->tokens > 0 && !p->moved)
		learn_prefill(&l->learn, p->context, p->tokens, p->decoding_ms,
			      p->fresh, p->end_ms - p->begin_ms);
	p->tokens = 0;
}

/* A transfer is seen by itself where nothing else was to wait for, another
 * one included. */
static void learn_transfer(struct lesson *l, const struct lesson_first *f)
{
	const struct policy_rates *r = &l->learn.rates;
	double ms = f->at_ms - f->sent_ms - r->overhead_ms -
		    price_prefill_ms(r, f->context, f->computed,
				     r->step_ms + decoding_ms(r, f));

	if (!f->alone ||
	    (f->fetched > 0) + (f->loaded > 0) + (f->stored > 0) != 1)
		return;
	if (f->fetched > 0)
		learn_fetch(&l->learn, f->distance, f->fetched, ms);
	else if (f->loaded > 0)
		learn_load(&l->learn, f->loaded, ms);
	else if (l->store != NULL)
		learn_link_observe(l->store, f->stored, ms);
}

static void note_prefill(struct lesson *l, const struct lesson_first *f)
{
	const struct policy_rates *r = &l->learn.rates;
	struct lesson_prefill *p = &l->last;
	double end_ms = p->end_ms;
	bool moved = f->fetched > 0 || f->loaded > 0 || f->stored > 0;
	bool fresh = f->sent_ms + r->overhead_ms >= end_ms;

	if (end_ms > 0 && f->at_ms - end_ms < SAME_STEP * r->step_ms) {
		p->tokens += f->computed;
		p->moved |= moved;
		return;
	}
	learn_last(l);
	*p = (struct lesson_prefill){
		.begin_ms = fresh ? f->sent_ms : end_ms,
		.end_ms = f->at_ms,
		.fresh = fresh,
		.context = f->context,
		.tokens = f->computed,
		.decoding_ms = decoding_ms(r, f),
		.moved = moved,
	};
}

void lesson_init(struct lesson *l, const struct policy_rates *prior)
{
	*l = (struct lesson){{{0}}, NULL, {0}};
	learn_init(&l->learn, prior);
}

void lesson_restart(struct lesson *l)
{
	learn_restart(&l->learn);
	l->last = (struct lesson_prefill){0};
}

void lesson_first_token(struct lesson *l, const struct lesson_first *f)
{
	note_prefill(l, f);
	learn_transfer(l, f);
}

void lesson_step(struct lesson *l, double decoding, double kv_tokens, double ms)
{
	learn_step(&l->learn, decoding, kv_tokens, ms);
}
