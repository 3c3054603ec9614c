#include "router/ingest/apply.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/hash/chain.h"
#include "router/ingest/guess.h"

#include <string.h>

/* Blocks with a LoRA or a salt may differ for reasons of naming, so that
 * one alone disproves nothing. */
#define MAX_MISMATCHES 8
/* How far ahead names are fetched into the cache. */
#define NAMES_AHEAD 8

static const char reason_no_seed[] =
	"the engine's hashes cannot be computed without its seed; start vLLM "
	"with PYTHONHASHSEED=0 and set hash.seed: \"0\"";
static const char reason_differs[] =
	"keyed by token ids: the worker's hashes are not those of hash.seed "
	"and hash.algorithm; make PYTHONHASHSEED and "
	"--prefix-caching-hash-algo on the worker agree with them";
static const char reason_demanded[] =
	"hash.key: engine is demanded, but the worker's hashes are not those "
	"of hash.seed and hash.algorithm; make PYTHONHASHSEED and "
	"--prefix-caching-hash-algo on the worker agree with them";

void apply_tools_init(struct apply_tools *t, struct index *index,
		      size_t alias_max_bytes)
{
	memset(t, 0, sizeof(*t));
	t->index = index;
	t->alias = alias_create(alias_max_bytes);
	event_decoder_init(&t->decoder);
}

void apply_tools_fini(struct apply_tools *t)
{
	event_decoder_fini(&t->decoder);
	alias_destroy(&t->alias);
	mem_free(t->digest);
	t->digest = NULL;
}

static uint8_t *scratch(struct apply_tools *t, size_t bytes)
{
	if (bytes > t->digest_bytes) {
		t->digest = mem_realloc(t->digest, bytes);
		t->digest_bytes = bytes;
	}
	return t->digest;
}

static void set_keys(struct apply *a, enum worker_keys keys, const char *reason)
{
	a->keys = keys;
	a->keys_reason = reason;
	a->mismatches = 0;
	atomic_store(&a->worker->keys, keys);
}

static void set_proof(struct apply *a, enum worker_proof proof,
		      const struct worker_guess *guess)
{
	atomic_store(&a->worker->guess, guess);
	atomic_store(&a->worker->proof, proof);
}

/* The keys a worker begins with, before any of its events. */
static void begin_keys(struct apply *a)
{
	enum conf_key_mode mode = a->model->conf->key_mode;

	set_proof(a, WORKER_NOT_PROVED, NULL);
	a->disproved = mode == CONF_KEY_ENGINE && !a->model->engine_known;
	if (mode == CONF_KEY_TOKENS)
		set_keys(a, WORKER_KEYS_TOKENS, NULL);
	else if (mode == CONF_KEY_ENGINE)
		set_keys(a, WORKER_KEYS_ENGINE,
			 a->model->engine_known ? NULL : reason_no_seed);
	else if (!a->model->engine_known)
		set_keys(a, WORKER_KEYS_TOKENS, reason_no_seed);
	else
		set_keys(a, WORKER_KEYS_UNPROVEN, NULL);
}

static enum index_tier tier_of(const struct event *e)
{
	return e->medium == EVENT_GPU ? INDEX_GPU : INDEX_OTHER;
}

static bool is_shared(const struct apply *a, const struct event *e)
{
	return a->store != NULL && e->medium != EVENT_GPU &&
	       store_has_medium(&a->model->conf->store, e->medium_name);
}

/* The keys of removed blocks, in place of the names they have with the
 * engine; returns how many are known. */
static size_t resolve(struct apply *a, uint64_t *hash, size_t n)
{
	struct alias *names = a->tools->alias;
	unsigned id = a->worker->id;
	size_t known = 0;

	for (size_t i = 0; i < n; i++)
		alias_prefetch(names, id, hash[i]);
	for (size_t i = 0; i < n; i++)
		known += alias_remove(names, id, hash[i], &hash[known]);
	a->count.orphaned += n - known;
	return known;
}

/* Of a worker with another tier, what that drops is lost; of the others,
 * what the GPU does. */
static void note_dropped(const struct apply *a, const struct apply_run *r,
			 size_t n)
{
	struct worker *w = a->worker;
	struct reuse *reuse = a->tools->reuse;
	double now_s = (double)clock_coarse_ms() / 1e3;

	if (reuse == NULL ||
	    atomic_load(&w->spills) != (r->tier == INDEX_OTHER))
		return;
	for (size_t i = 0; i < n; i++)
		reuse_dropped(reuse, w->id, r->key[i], now_s);
	atomic_store(&w->reuse_ppm,
		     (unsigned)(1e6 * reuse_chance(reuse, w->id)));
}

static void flush_own(struct apply *a, const struct apply_run *r, size_t n)
{
	struct index *ix = a->tools->index;
	unsigned id = a->worker->id;

	if (!r->removal && r->tier == INDEX_OTHER)
		atomic_store(&a->worker->spills, true);
	if (r->removal) {
		note_dropped(a, r, n);
		index_remove_run(ix, r->key, n, id, r->tier);
	} else {
		index_store_run(ix, r->key, n, id, r->tier);
	}
}

/* Any of those who share it may tell of a block, and several do. */
static void flush_shared(struct apply *a, const struct apply_run *r, size_t n)
{
	struct index *ix = a->tools->index;

	if (r->removal) {
		index_remove_run(ix, r->key, n, a->store->id, INDEX_OTHER);
		return;
	}
	index_put_run(ix, r->key, n, a->store->id, INDEX_OTHER);
	atomic_fetch_add(&a->worker->store_puts, (unsigned)n);
}

/* Does what was put off. */
static void flush(struct apply *a)
{
	struct apply_run *r = &a->tools->run;
	size_t n = r->n;

	r->n = 0;
	if (r->removal && a->keys != WORKER_KEYS_ENGINE)
		n = resolve(a, r->key, n);
	if (n == 0)
		return;
	a->dirty = true;
	if (r->shared)
		flush_shared(a, r, n);
	else
		flush_own(a, r, n);
	*(r->removal ? &a->count.removed : &a->count.stored) += n;
}

/* Puts a block of the event off until there is a run of them, which costs
 * less: engines tell of removals, and while decoding of stores, one event a
 * block. */
static void put_off(struct apply *a, const struct event *e, uint64_t key)
{
	bool removal = e->kind == EVENT_REMOVED, shared = is_shared(a, e);
	struct apply_run *r = &a->tools->run;

	if (r->n == APPLY_RUN || r->removal != removal ||
	    r->tier != tier_of(e) || r->shared != shared)
		flush(a);
	r->removal = removal;
	r->shared = shared;
	r->tier = tier_of(e);
	r->key[r->n++] = key;
}

/* Tokens and hashes of the run belong together one block at a time. */
static bool is_whole_run(const struct event *e)
{
	return e->block_size > 0 && e->block_size <= HASH_MAX_BLOCK_SIZE &&
	       e->n_hashes > 0 && e->n_tokens == e->block_size * e->n_hashes;
}

static bool has_known_extra(const struct event *e)
{
	return !e->opaque_extra && e->lora_name.n <= HASH_MAX_TEXT_BYTES &&
	       e->salt.n <= HASH_MAX_TEXT_BYTES;
}

static struct hash_scheme scheme_for(const struct hash_scheme *of,
				     const struct event *e)
{
	struct hash_scheme s = *of;

	s.block_size = e->block_size;
	return s;
}

/* The engine's hash of the run's first block, as we compute it. */
static uint64_t engine_key(const struct apply *a, const struct event *e)
{
	struct hash_scheme s = scheme_for(&a->model->engine, e);
	struct hash_extra extra = {.lora = e->lora_name, .salt = e->salt};
	uint8_t digest[HASH_MAX_BYTES];

	ASSERT(chain_extend(&s, NULL, e->token, 1, &extra, digest) == OK);
	return chain_key(&s, digest);
}

static void disprove(struct apply *a, const struct event *e)
{
	flush(a);
	if (atomic_load(&a->worker->proof) != WORKER_DISPROVED)
		set_proof(a, WORKER_DISPROVED,
			  guess_scheme(e, a->model->conf->seed));
	if (a->model->conf->key_mode == CONF_KEY_ENGINE) {
		a->disproved = true;
		a->keys_reason = reason_demanded;
		return;
	}
	/* What was stored so far by the engine's hashes is void. */
	a->resync = a->keys == WORKER_KEYS_ENGINE;
	set_keys(a, WORKER_KEYS_TOKENS, reason_differs);
}

static void prove(struct apply *a)
{
	unsigned id = a->worker->id;

	a->disproved = false;
	a->mismatches = 0;
	set_proof(a, WORKER_PROVED, NULL);
	if (a->keys == WORKER_KEYS_ENGINE) {
		a->keys_reason = NULL;
		return;
	}
	flush(a);
	a->resync = index_worker_blocks(a->tools->index, id, INDEX_GPU) > 0 ||
		    index_worker_blocks(a->tools->index, id, INDEX_OTHER) > 0;
	set_keys(a, WORKER_KEYS_ENGINE, NULL);
}

/* A run that begins at token 0 shows whether the engine's hashes are the
 * ones we compute. */
static void examine(struct apply *a, const struct event *e)
{
	bool plain = e->lora_name.n == 0 && e->salt.n == 0;

	if (a->keys == WORKER_KEYS_TOKENS || !a->model->engine_known ||
	    e->has_parent || !is_whole_run(e) || !has_known_extra(e))
		return;
	if (engine_key(a, e) == e->hash[0])
		prove(a);
	else if (plain || ++a->mismatches >= MAX_MISMATCHES)
		disprove(a, e);
}

static void prefetch_name(const struct apply *a, const struct event *e,
			  size_t i)
{
	if (i < e->n_hashes)
		alias_prefetch(a->tools->alias, a->worker->id, e->hash[i]);
}

/* Offload tiers may announce hashes alone: they are known by then. */
static void store_named(struct apply *a, const struct event *e)
{
	struct alias *names = a->tools->alias;
	unsigned id = a->worker->id;
	uint64_t key;

	for (size_t i = 0; i < e->n_hashes; i++) {
		prefetch_name(a, e, i + NAMES_AHEAD);
		if (!alias_get(names, id, e->hash[i], &key)) {
			a->count.orphaned++;
			continue;
		}
		alias_put(names, id, e->hash[i], key);
		put_off(a, e, key);
	}
}

static void store_tokens(struct apply *a, const struct event *e)
{
	struct hash_scheme s = scheme_for(&a->model->tokens, e);
	struct hash_extra extra = {.lora = e->lora_name, .salt = e->salt};
	struct alias *names = a->tools->alias;
	unsigned id = a->worker->id;
	uint8_t *digest = scratch(a->tools, e->n_hashes * s.hash_bytes);
	uint8_t parent[sizeof(uint64_t)];
	uint64_t key = 0;

	if (e->has_parent && !alias_get(names, id, e->parent, &key)) {
		a->count.orphaned += e->n_hashes;
		return;
	}
	for (size_t i = 0; i < NAMES_AHEAD; i++)
		prefetch_name(a, e, i);
	for (size_t i = 0; i < sizeof(parent); i++)
		parent[i] = (uint8_t)(key >> (56 - 8 * i));
	/* Only an extra that is too long fails, and that was looked at. */
	ASSERT(chain_extend(&s, e->has_parent ? parent : NULL, e->token,
			    e->n_hashes, &extra, digest) == OK);
	for (size_t i = 0; i < e->n_hashes; i++) {
		prefetch_name(a, e, i + NAMES_AHEAD);
		key = chain_key(&s, digest + i * s.hash_bytes);
		alias_put(names, id, e->hash[i], key);
		put_off(a, e, key);
	}
}

static void compare_block_size(struct apply *a)
{
	size_t configured = a->model->conf->block_size;
	size_t known = atomic_load(&a->worker->block_size);

	a->block_size_differs = configured != 0 && known != 0 &&
				configured != known;
	if (a->block_size_differs)
		log_warn("ingest: %s: its blocks have %zu tokens, but "
			 "block_size: is %zu; remove it to learn it from the "
			 "events",
			 a->worker->name, known, configured);
}

static void learn_block_size(struct apply *a, const struct event *e)
{
	size_t known = atomic_load(&a->worker->block_size);

	if (e->block_size == 0 || e->block_size > HASH_MAX_BLOCK_SIZE ||
	    e->medium != EVENT_GPU || e->block_size == known)
		return;
	atomic_store(&a->worker->block_size, e->block_size);
	compare_block_size(a);
}

static void on_stored(struct apply *a, const struct event *e)
{
	if (!e->full_attention) {
		a->count.skipped += e->n_hashes;
		return;
	}
	/* A name may come back in the batch that it goes in. */
	if (a->tools->run.removal)
		flush(a);
	learn_block_size(a, e);
	examine(a, e);
	if (a->resync)
		return;
	if (a->keys == WORKER_KEYS_ENGINE) {
		for (size_t i = 0; i < e->n_hashes; i++)
			put_off(a, e, e->hash[i]);
	} else if (e->n_tokens == 0) {
		store_named(a, e);
	} else if (is_whole_run(e) && has_known_extra(e)) {
		store_tokens(a, e);
	} else {
		a->count.skipped += e->n_hashes;
	}
}

static void on_removed(struct apply *a, const struct event *e)
{
	for (size_t i = 0; i < e->n_hashes; i++)
		put_off(a, e, e->hash[i]);
}

/* Concerns the GPU's cache only. Names are kept while other tiers may
 * still speak of them. */
static void on_cleared(struct apply *a)
{
	struct apply_tools *t = a->tools;
	unsigned id = a->worker->id;

	flush(a);
	index_clear(t->index, id, INDEX_GPU);
	if (a->store == NULL &&
	    index_worker_blocks(t->index, id, INDEX_OTHER) == 0)
		alias_clear(t->alias, id);
	a->count.cleared++;
	a->dirty = true;
}

static void on_event(void *arg, const struct event *e)
{
	struct apply *a = arg;

	if (a->resync)
		return;
	if (e->kind == EVENT_CLEARED) {
		on_cleared(a);
		return;
	}
	/* Other groups hold windows and states, not whole prefixes. */
	if (e->group != 0)
		a->count.skipped += e->n_hashes;
	else if (e->kind == EVENT_STORED)
		on_stored(a, e);
	else if (e->kind == EVENT_REMOVED)
		on_removed(a, e);
}

void apply_init(struct apply *a, struct apply_tools *tools, struct worker *w,
		const struct fleet_model *model)
{
	memset(a, 0, sizeof(*a));
	a->tools = tools;
	a->worker = w;
	a->model = model;
	a->store = fleet_store(model, w);
	begin_keys(a);
}

void apply_set_model(struct apply *a, const struct fleet_model *model)
{
	a->model = model;
	a->store = fleet_store(model, a->worker);
	compare_block_size(a);
}

enum apply_result apply_batch(struct apply *a, struct slice payload,
			      struct event_batch *batch)
{
	enum status st;

	a->dirty = false;
	a->resync = false;
	st = event_decode(&a->tools->decoder, payload, on_event, a, batch);
	flush(a);
	if (a->dirty)
		atomic_fetch_add(&a->worker->index_version, 1);
	if (st != OK) {
		a->count.errors++;
		return APPLY_BAD;
	}
	a->count.batches++;
	return a->resync ? APPLY_RESYNC : APPLY_DONE;
}

void apply_clear(struct apply *a, bool restarted)
{
	unsigned id = a->worker->id;

	index_clear(a->tools->index, id, INDEX_GPU);
	index_clear(a->tools->index, id, INDEX_OTHER);
	alias_clear(a->tools->alias, id);
	atomic_fetch_add(&a->worker->index_version, 1);
	if (restarted)
		begin_keys(a);
}
