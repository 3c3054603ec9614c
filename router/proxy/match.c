#include "router/proxy/match.h"

#include "common/base/fingerprint.h"
#include "router/proxy/candidacy.h"
#include "router/proxy/fetch.h"
#include "router/proxy/outlook.h"
#include "router/transfer/peer.h"

/* One in so many that would leave the store alone loads from it, or nobody
 * would learn that it has become faster. */
#define TRY_STORE 64

/* Prompts without ids are cut into pieces of this size for the
 * approximate index: about one block of tokens. */
#define TEXT_BLOCK_BYTES 64

bool match_by_engine_keys(const struct fleet_model *m)
{
	if (!m->engine_known)
		return false;
	for (size_t i = 0; i < m->n_workers; i++)
		if (atomic_load_explicit(&m->worker[i]->keys,
					 memory_order_acquire) ==
		    WORKER_KEYS_ENGINE)
			return true;
	return false;
}

static struct slice prompt_text(const struct request *r)
{
	const struct api_request *a = &r->draft->api;

	if (api_kind_is_chat(r->endpoint->kind))
		return a->messages;
	if (a->prompt_kind == API_PROMPT_TEXT && a->n_prompts > 0)
		return a->text[0];
	return (struct slice){NULL, 0};
}

/* A chain over bytes, for prompts whose ids nobody could tell. */
static void hash_text(struct request *r)
{
	struct slice text = prompt_text(r);
	struct chain *c = &r->draft->text;
	struct slice salt = r->draft->salt;
	uint64_t parent = salt.n > 0 ? fingerprint64(salt, 0) : 0;

	c->n = text.n / TEXT_BLOCK_BYTES;
	c->key = arena_array(&r->draft->arena, c->n ? c->n : 1,
			     sizeof(*c->key));
	for (size_t i = 0; i < c->n; i++) {
		parent = fingerprint64(
			(struct slice){text.p + i * TEXT_BLOCK_BYTES,
				       TEXT_BLOCK_BYTES},
			parent + 1);
		c->key[i] = parent;
	}
}

void match_hash(struct request *r)
{
	const struct hash_extra extra = request_extra(r);
	struct draft *d = r->draft;
	size_t n = r->prompt.n_tokens;
	size_t max = r->fleet->conf->limits.max_prompt_tokens;
	struct hash_scheme scheme;

	if (!r->prompt.known) {
		if (d->text.key == NULL)
			hash_text(r);
		return;
	}
	r->choice.block_size = (uint32_t)fleet_block_size(r->model);
	if (d->token == NULL)
		return;
	scheme = r->model->tokens;
	scheme.block_size = r->choice.block_size;
	if (d->tokens.key == NULL &&
	    chain_hash(&scheme, d->token, n, &extra, max, &d->arena,
		       &d->tokens) != OK)
		return;
	if (d->engine.key != NULL || !match_by_engine_keys(r->model))
		return;
	scheme = r->model->engine;
	scheme.block_size = r->choice.block_size;
	if (memo_chain(r->proxy->chain_memo, &scheme, d->token, n, &extra, max,
		       &d->arena, &d->engine) != OK)
		d->engine.n = 0;
}

static void fill_load(struct policy_candidate *c, struct worker *w,
		      uint64_t now_ms)
{
	c->inflight = atomic_load_explicit(&w->inflight, memory_order_relaxed);
	c->inflight_tokens = atomic_load_explicit(&w->inflight_tokens,
						  memory_order_relaxed);
	c->running = atomic_load_explicit(&w->running, memory_order_relaxed);
	c->waiting = atomic_load_explicit(&w->waiting, memory_order_relaxed);
	c->kv_usage = atomic_load_explicit(&w->kv_usage_ppm,
					   memory_order_relaxed) /
		      1e6;
	c->recent_tokens = recent_read(&w->recent_tokens, now_ms);
	c->max_inflight = w->max_inflight;
}

/* The last token is always computed, so a block that ends the prompt is
 * never a hit. */
static uint32_t usable(const struct request *r, uint32_t blocks)
{
	return blocks < r->choice.prompt_blocks
		       ? blocks
		       : (uint32_t)r->choice.prompt_blocks;
}

/* With its other tier, where that goes on behind the GPU's prefix. */
static uint32_t beyond(const struct request *r, const uint32_t *found)
{
	if (found[INDEX_OTHER] <= found[INDEX_GPU])
		return 0;
	return usable(r, found[INDEX_OTHER]);
}

/* Blocks of a worker that makes other ids of such prompts are not those of
 * the chain, whatever their number. */
static bool agrees(const struct request *r, struct worker *w)
{
	bool chat = api_kind_is_chat(r->endpoint->kind);

	return parity_agrees(
		r->draft->ids,
		atomic_load_explicit(chat ? &w->chat_print : &w->text_print,
				     memory_order_relaxed));
}

static bool believes(const struct request *r, struct worker *w,
		     enum worker_keys *keys)
{
	size_t block = atomic_load_explicit(&w->block_size,
					    memory_order_relaxed);

	*keys = atomic_load_explicit(&w->keys, memory_order_acquire);
	return atomic_load_explicit(&w->trust, memory_order_acquire) ==
		       WORKER_EXACT &&
	       (block == 0 || block == r->choice.block_size) && agrees(r, w);
}

/* A worker that has announced nothing yet holds nothing, and that is known
 * exactly; which keys it will use does not matter then. */
static void note_exact(struct request *r)
{
	const struct fleet_model *m = r->model;
	enum worker_keys keys;

	if (!r->prompt.known)
		return;
	for (size_t i = 0; i < m->n_workers; i++)
		r->draft->candidate[i].exact = believes(r, m->worker[i], &keys);
}

/* One look into the exact index for all workers keyed alike. */
static void match_exact(struct request *r, const struct chain *chain,
			enum worker_keys keys, uint32_t (*found)[INDEX_TIERS])
{
	const struct fleet_model *m = r->model;
	struct policy_candidate *c = r->draft->candidate;
	enum worker_keys own;

	if (chain->key == NULL)
		return;
	index_match(r->proxy->exact, chain->key, chain->n, m->worker_id,
		    m->n_workers, found);
	for (size_t i = 0; i < m->n_workers; i++) {
		if (!believes(r, m->worker[i], &own) || own != keys)
			continue;
		c[i].held_blocks = usable(r, found[i][INDEX_GPU]);
		c[i].other_blocks = beyond(r, found[i]);
	}
}

/* Where the store goes on behind what a worker has itself. One whose keys no
 * event has shown yet finds there what others have stored, if its are the
 * same. */
static void match_store(struct request *r, const struct chain *chain,
			bool optional, enum worker_keys keys, uint32_t *found)
{
	const struct fleet_model *m = r->model;
	const struct store *s = m->store;
	enum worker_keys own;

	if (chain->key == NULL)
		return;
	index_match_store(r->proxy->exact, chain->key, chain->n, m->worker_id,
			  m->n_workers, s->id, found);
	for (size_t i = 0; i < m->n_workers; i++) {
		struct policy_candidate *c = &r->draft->candidate[i];
		struct worker *w = m->worker[i];
		uint32_t blocks = usable(r, found[i]);

		if (blocks <= c->held_blocks || blocks <= c->other_blocks ||
		    blocks <= c->store_blocks || !m->place[i].uses_store ||
		    atomic_load_explicit(&w->store_fails,
					 memory_order_relaxed) ||
		    !believes(r, w, &own) ||
		    (own != keys && own != WORKER_KEYS_UNPROVEN))
			continue;
		c->store_blocks = blocks;
		c->store_ms = atomic_load_explicit(&s->load_ms,
						   memory_order_relaxed);
		c->store_token_ms = atomic_load_explicit(&s->token_ms,
							 memory_order_relaxed);
		c->store_optional = optional && peer_may_leave_store(w);
	}
}

static void match_stores(struct request *r)
{
	const struct fleet_model *m = r->model;
	uint32_t *found = arena_array(&r->draft->arena, m->n_workers,
				      sizeof(*found));

	bool optional = m->conf->store.optional &&
			++r->proxy->n_optional % TRY_STORE != 0;

	match_store(r, &r->draft->engine, optional, WORKER_KEYS_ENGINE, found);
	match_store(r, &r->draft->tokens, optional, WORKER_KEYS_TOKENS, found);
}

static void match_approx(struct request *r, uint32_t (*found)[INDEX_TIERS])
{
	const struct fleet_model *m = r->model;
	struct policy_candidate *c = r->draft->candidate;
	const struct chain *chain = r->prompt.known ? &r->draft->tokens
						    : &r->draft->text;

	if (chain->key == NULL)
		return;
	index_match(r->proxy->approx, chain->key, chain->n, m->worker_id,
		    m->n_workers, found);
	for (size_t i = 0; i < m->n_workers; i++)
		c[i].approx_blocks = usable(r, found[i][INDEX_GPU]);
}

static void count_blocks(struct request *r)
{
	struct choice *c = &r->choice;

	if (r->prompt.known) {
		c->prompt_blocks = r->prompt.n_tokens > 0
					   ? (r->prompt.n_tokens - 1) /
						     c->block_size
					   : 0;
		return;
	}
	c->block_size = (uint32_t)r->model->tokens.block_size;
	c->prompt_blocks = (uint32_t)r->draft->text.n;
}

void match_candidates(struct request *r)
{
	const struct fleet_model *m = r->model;
	struct draft *d = r->draft;
	uint32_t(*found)[INDEX_TIERS] = arena_array(&d->arena, m->n_workers,
						    sizeof(*found));
	uint64_t now_ms = d->choose_ns / 1000000;

	d->n_candidates = m->n_workers;
	d->candidate = arena_zalloc(&d->arena,
				    m->n_workers * sizeof(*d->candidate));
	d->term = arena_zalloc(&d->arena, m->n_workers * sizeof(*d->term));
	count_blocks(r);
	for (size_t i = 0; i < m->n_workers; i++) {
		d->candidate[i].worker = m->worker[i]->id;
		d->candidate[i].name_hash = m->worker[i]->name_hash;
		d->candidate[i].exclusion = candidacy_of(r, m->worker[i]);
		d->candidate[i].zone = m->place[i].zone;
		d->candidate[i].rack = m->place[i].rack;
		d->candidate[i].away_ms = m->place[i].away_ms;
		fill_load(&d->candidate[i], m->worker[i], now_ms);
		d->candidate[i].slow_start = candidacy_slow_start(
			r, m->worker[i], now_ms);
	}
	note_exact(r);
	match_exact(r, &d->engine, WORKER_KEYS_ENGINE, found);
	match_exact(r, &d->tokens, WORKER_KEYS_TOKENS, found);
	if (UNLIKELY(m->store != NULL))
		match_stores(r);
	match_approx(r, found);
	outlook_fill(r);
	fetch_fill(r);
}
