#include "router/proxy/kv_room.h"

#include "common/base/clock.h"
#include "common/base/fingerprint.h"
#include "router/policy/newcomer.h"

/* As many as a token mostly has. */
#define BYTES_A_TOKEN 4

enum residents_class kv_room_class(const struct request *r)
{
	unsigned priority = admit_priority(r);

	if (priority < CONF_PRIORITY_DEFAULT - 2)
		return RESIDENTS_BACKGROUND;
	return priority > CONF_PRIORITY_DEFAULT + 1 ? RESIDENTS_INTERACTIVE
						    : RESIDENTS_DEFAULT;
}

const char *kv_room_class_name(enum residents_class c)
{
	static const char *const name[RESIDENTS_CLASSES] = {
		"background", "default", "interactive"};

	ASSERT(c < RESIDENTS_CLASSES);
	return name[c];
}

/* --- what it needs -------------------------------------------------------- */

static bool is_told(const struct fleet_model *m)
{
	for (size_t i = 0; i < m->n_workers; i++)
		if (kv_memory_is_known(&m->worker[i]->kv_memory))
			return true;
	return false;
}

static bool is_off(const struct request *r)
{
	return r->fleet->conf->admission == CONF_ADMISSION_OFF;
}

/* Whoever only embeds, or asks for models, leaves nothing behind. */
static bool leaves_something(const struct request *r)
{
	return r->endpoint->cache != API_UNCACHED;
}

static bool is_on(const struct request *r)
{
	return !is_off(r) && leaves_something(r) && is_told(r->model);
}

static uint64_t prompt_tokens(const struct request *r)
{
	if (r->prompt.known)
		return r->prompt.n_tokens;
	return buf_len(&r->draft->body) / BYTES_A_TOKEN;
}

static uint64_t output_tokens(const struct api_request *a)
{
	int64_t most = a->max_tokens >= 0 ? a->max_tokens
					  : a->max_output_tokens;

	return most > 0 ? (uint64_t)most : 0;
}

/* Blocks that will be there when it gets there, by the best account. */
static size_t held_blocks(const struct policy_candidate *c)
{
	uint32_t held = c->exact ? c->held_blocks : c->approx_blocks;

	return held > c->coming_blocks ? held : c->coming_blocks;
}

/* Tenants do not share sessions by calling them the same. */
static uint64_t session_of(const struct request *r)
{
	const char *tenant = admit_name(r);
	uint64_t named = r->draft->named;

	if (named == 0 || tenant == NULL)
		return named;
	return fingerprint64(slice_of(tenant), named) | 1;
}

/* Of no candidate yet. */
static struct residents_ask ask_of(const struct request *r, uint64_t now_ms)
{
	const struct draft *d = r->draft;
	const struct chain *c = r->prompt.known ? &d->tokens : &d->text;

	return (struct residents_ask){
		.class = kv_room_class(r),
		.session = d->session,
		.prompt = prompt_tokens(r),
		.output = output_tokens(&d->api),
		.key = c->key,
		.n = c->key != NULL ? c->n : 0,
		.block_size = r->choice.block_size,
		.now_ms = now_ms,
	};
}

/* --- looking -------------------------------------------------------------- */

static bool others_wait(const struct request *r)
{
	for (unsigned i = kv_room_class(r); i < RESIDENTS_CLASSES; i++)
		if (atomic_load_explicit(&r->model->waiting[i],
					 memory_order_relaxed) > 0)
			return true;
	return false;
}

static bool is_free(const struct request *r, struct residents_ask *ask,
		    size_t i, bool new_ones, bool *let_in)
{
	struct kv_memory *m = &r->model->worker[i]->kv_memory;

	if (!kv_memory_is_known(m))
		return true;
	ask->held_blocks = held_blocks(&r->draft->candidate[i]);
	switch (kv_memory_look(m, ask, !new_ones)) {
	case KV_MEMORY_LET_IN: *let_in = true; return true;
	case KV_MEMORY_WAITS: *let_in = true; return false;
	case KV_MEMORY_NONE: return false;
	case KV_MEMORY_FREE: break;
	}
	return new_ones;
}

bool kv_room_is_free(const struct request *r, size_t i)
{
	struct residents_ask ask;
	bool let_in = false;

	if (!is_on(r))
		return true;
	ask = ask_of(r, clock_ms());
	return is_free(r, &ask, i, true, &let_in);
}

bool kv_room_is_let_in(const struct request *r)
{
	return r->draft->let_in;
}

void kv_room_exclude(struct request *r)
{
	struct draft *d = r->draft;
	struct residents_ask ask;
	bool new_ones, full;

	d->session = session_of(r);
	if (!is_on(r))
		return;
	d->let_in = false;
	ask = ask_of(r, d->choose_ns / 1000000);
	/* Better at a worker that has much to do than nowhere. */
	full = queue_is_full(r);
	new_ones = full || r->was_queued || !others_wait(r);
	for (size_t i = 0; i < d->n_candidates; i++) {
		struct policy_candidate *c = &d->candidate[i];

		if (c->exclusion == POLICY_ALLOWED &&
		    !is_free(r, &ask, i,
			     new_ones && (full || !newcomer_waits(c)),
			     &d->let_in))
			c->exclusion = POLICY_CROWDED;
	}
}

/* --- taking --------------------------------------------------------------- */

/* Where nobody waits it is known all the same who is there, and what they
 * share. */
bool kv_room_take(struct request *r, size_t i)
{
	struct kv_memory *m = &r->model->worker[i]->kv_memory;
	struct residents_ask ask;

	if (!leaves_something(r) || !kv_memory_is_known(m))
		return true;
	ask = ask_of(r, r->draft->choose_ns / 1000000);
	ask.held_blocks = held_blocks(&r->draft->candidate[i]);
	if (!is_off(r))
		return kv_memory_take(m, &ask, &r->seat);
	kv_memory_note(m, &ask, &r->seat);
	return true;
}

void kv_room_give_back(struct request *r, struct worker *w)
{
	if (!r->seat.taken)
		return;
	kv_memory_give_back(&w->kv_memory, &r->seat, 0, clock_ms());
}

/* A stream's events are tokens, mostly. */
static uint64_t context_of(const struct request *r,
			   const struct api_usage *told)
{
	uint64_t prompt = r->seat.prompt, answer = 0;

	if (told->prompt_tokens >= 0)
		prompt = (uint64_t)told->prompt_tokens;
	if (told->completion_tokens >= 0)
		answer = (uint64_t)told->completion_tokens;
	else if (r->streaming_sse)
		answer = r->sse.events;
	return prompt + answer;
}

void kv_room_end(struct request *r, const struct ending *e)
{
	uint64_t context = 0;

	if (!r->seat.taken)
		return;
	if (r->first_ns != 0 && r->status < 400)
		context = context_of(r, &e->usage);
	kv_memory_give_back(&r->worker->kv_memory, &r->seat, context,
			    e->end_ns / 1000000);
}

/* --- waiting -------------------------------------------------------------- */

void kv_room_queue(struct request *r)
{
	for (size_t i = 0; !r->draft->is_twin && i < r->draft->n_candidates;
	     i++)
		r->draft->for_memory |= r->draft->candidate[i].exclusion ==
					POLICY_CROWDED;
	if (r->draft->for_memory)
		atomic_fetch_add_explicit(&r->model->waiting[kv_room_class(r)],
					  1, memory_order_relaxed);
}

void kv_room_unqueue(struct request *r)
{
	if (r->draft->for_memory)
		atomic_fetch_sub_explicit(&r->model->waiting[kv_room_class(r)],
					  1, memory_order_relaxed);
	r->draft->for_memory = false;
}
