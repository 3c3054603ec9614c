#include "router/ingest/apply.h"

#include "common/base/assert.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/hash/chain.h"

#include <string.h>

/* Blocks with a LoRA or a salt may differ for reasons of naming, so that
 * one alone disproves nothing. */
#define MAX_MISMATCHES 8

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

/* The keys a worker begins with, before any of its events. */
static void begin_keys(struct apply *a)
{
	enum conf_key_mode mode = a->model->conf->key_mode;

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

static void store(struct apply *a, uint64_t key, enum index_tier tier)
{
	index_store(a->tools->index, key, a->worker->id, tier);
	a->count.stored++;
	a->dirty = true;
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

static void disprove(struct apply *a)
{
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
	if (a->keys == WORKER_KEYS_ENGINE) {
		a->keys_reason = NULL;
		return;
	}
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
		disprove(a);
}

/* Offload tiers may announce hashes alone: they are known by then. */
static void store_named(struct apply *a, const struct event *e)
{
	struct alias *names = a->tools->alias;
	unsigned id = a->worker->id;
	uint64_t key;

	for (size_t i = 0; i < e->n_hashes; i++) {
		if (!alias_get(names, id, e->hash[i], &key)) {
			a->count.orphaned++;
			continue;
		}
		alias_put(names, id, e->hash[i], key);
		store(a, key, tier_of(e));
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
	for (size_t i = 0; i < sizeof(parent); i++)
		parent[i] = (uint8_t)(key >> (56 - 8 * i));
	/* Only an extra that is too long fails, and that was looked at. */
	ASSERT(chain_extend(&s, e->has_parent ? parent : NULL, e->token,
			    e->n_hashes, &extra, digest) == OK);
	for (size_t i = 0; i < e->n_hashes; i++) {
		key = chain_key(&s, digest + i * s.hash_bytes);
		alias_put(names, id, e->hash[i], key);
		store(a, key, tier_of(e));
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
	learn_block_size(a, e);
	examine(a, e);
	if (a->resync)
		return;
	if (a->keys == WORKER_KEYS_ENGINE) {
		for (size_t i = 0; i < e->n_hashes; i++)
			store(a, e->hash[i], tier_of(e));
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
	struct apply_tools *t = a->tools;
	unsigned id = a->worker->id;

	for (size_t i = 0; i < e->n_hashes; i++) {
		uint64_t key = e->hash[i];

		if (a->keys != WORKER_KEYS_ENGINE &&
		    !alias_remove(t->alias, id, e->hash[i], &key)) {
			a->count.orphaned++;
			continue;
		}
		index_remove(t->index, key, id, tier_of(e));
		a->count.removed++;
		a->dirty = true;
	}
}

/* Concerns the GPU's cache only. Names are kept while other tiers may
 * still speak of them. */
static void on_cleared(struct apply *a)
{
	struct apply_tools *t = a->tools;
	unsigned id = a->worker->id;

	index_clear(t->index, id, INDEX_GPU);
	if (index_worker_blocks(t->index, id, INDEX_OTHER) == 0)
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
	begin_keys(a);
}

void apply_set_model(struct apply *a, const struct fleet_model *model)
{
	a->model = model;
	compare_block_size(a);
}

enum apply_result apply_batch(struct apply *a, struct slice payload,
			      struct event_batch *batch)
{
	enum status st;

	a->dirty = false;
	a->resync = false;
	st = event_decode(&a->tools->decoder, payload, on_event, a, batch);
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
