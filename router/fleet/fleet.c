#include "router/fleet/fleet.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/fleet/files.h"
#include "router/fleet/tls.h"
#include "router/index/index.h"

#include <string.h>

static enum status model_schemes(struct fleet_model *m, struct error *err)
{
	const struct conf_model *c = m->conf;
	size_t block = c->block_size == 0 ? FLEET_BLOCK_SIZE : c->block_size;
	struct slice seed = slice_of(c->seed == NULL ? "" : c->seed);
	enum status st;

	m->engine_known = c->seed != NULL;
	st = hash_scheme_init(&m->engine, c->algorithm, seed, block);
	if (st == OK)
		st = hash_scheme_init(&m->tokens, HASH_TOKENS, seed, block);
	if (st == OK)
		return OK;
	return error_set(err, st,
			 "models: %s: block_size: %zu is not between 1 and %d",
			 c->name, block, HASH_MAX_BLOCK_SIZE);
}

static bool text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_addr(const struct addr *a, const struct addr *b)
{
	return a->n == b->n && memcmp(&a->sa, &b->sa, a->n) == 0;
}

static bool same_transfer(const struct worker *w, const struct worker *was)
{
	const struct worker_transfer *a = &w->transfer, *b = &was->transfer;

	return w->role == was->role && w->connector == was->connector &&
	       text_equal(a->host, b->host) && a->port == b->port &&
	       a->alloc_port == b->alloc_port &&
	       text_equal(a->engine_id, b->engine_id) &&
	       a->tp_size == b->tp_size && a->pp_size == b->pp_size &&
	       a->lease_ms == b->lease_ms && same_addr(&a->addr, &b->addr);
}

/* Whether the worker that `w` would be is the one that `was` is. */
static bool same_worker(const struct worker *w, const struct worker *was)
{
	return w->rank == was->rank && strcmp(w->name, was->name) == 0 &&
	       text_equal(w->url, was->url) && text_equal(w->host, was->host) &&
	       text_equal(w->events, was->events) &&
	       text_equal(w->replay, was->replay) &&
	       text_equal(w->topic, was->topic) &&
	       text_equal(w->peer_host, was->peer_host) &&
	       w->peer_port == was->peer_port &&
	       text_equal(w->api_key, was->api_key) && same_transfer(w, was) &&
	       same_addr(&w->addr, &was->addr);
}

/* Blocks are only kept if they mean the same under the new configuration:
 * same model, keys, algorithm and seed. */
static bool same_keys(const struct conf_model *a, const struct conf_model *b)
{
	return strcmp(a->name, b->name) == 0 && a->key_mode == b->key_mode &&
	       a->algorithm == b->algorithm && text_equal(a->seed, b->seed);
}

static struct worker *old_worker(const struct fleet *old,
				 const struct conf_model *c,
				 const struct worker *w)
{
	for (size_t i = 0; old != NULL && i < old->n_models; i++) {
		const struct fleet_model *m = &old->model[i];

		if (!same_keys(m->conf, c))
			continue;
		for (size_t k = 0; k < m->n_workers; k++)
			if (same_worker(w, m->worker[k]))
				return m->worker[k];
	}
	return NULL;
}

static size_t ranks_of(const struct conf_worker *c)
{
	return c->data_parallel < 1 ? 1 : c->data_parallel;
}

static size_t model_ranks(const struct conf_model *c,
			  const struct conf_workers *found)
{
	size_t n = 1;

	for (size_t i = 0; i < c->n_workers; i++)
		n += ranks_of(&c->worker[i]);
	for (size_t i = 0; found != NULL && i < found->n; i++)
		n += ranks_of(&found->worker[i]);
	return n;
}

/* A name's number is that of the first who has it, and 1. `c` is about to be
 * the next. */
static uint32_t number_of(const struct fleet *f, const struct conf_worker *c,
			  bool (*same)(const struct conf_worker *,
				       const struct conf_worker *))
{
	size_t i = 0;

	while (i < f->n_workers && !same(f->worker_conf[i], c))
		i++;
	return (uint32_t)i + 1;
}

static bool same_zone(const struct conf_worker *a, const struct conf_worker *b)
{
	return text_equal(a->zone, b->zone);
}

static bool same_rack(const struct conf_worker *a, const struct conf_worker *b)
{
	return same_zone(a, b) && text_equal(a->rack, b->rack);
}

static struct fleet_place place_of(const struct fleet *f,
				   const struct conf_worker *c)
{
	bool away = c->zone != NULL && f->conf->zone != NULL &&
		    strcmp(c->zone, f->conf->zone) != 0;

	return (struct fleet_place){
		.zone = c->zone != NULL ? number_of(f, c, same_zone) : 0,
		.rack = c->rack != NULL ? number_of(f, c, same_rack) : 0,
		.away_ms = away ? (double)f->conf->zone_cost_ms : 0,
		.uses_store = c->uses_store,
	};
}

static enum status add_worker(struct fleet *f, struct fleet_model *m,
			      const struct conf_worker *c, int rank,
			      const struct fleet *old, struct error *err)
{
	struct worker *w, *kept;
	unsigned id;

	if (!worker_id_take(&id))
		return error_set(err, ERR_LIMIT,
				 "models: %s: workers: more than %d in all, "
				 "counting every data-parallel rank",
				 m->conf->name, INDEX_MAX_WORKERS);
	w = worker_create(c, id, rank);
	kept = old_worker(old, m->conf, w);
	if (kept != NULL) {
		worker_unref(&w);
		w = worker_ref(kept);
		atomic_store(&w->max_inflight, (unsigned)c->max_inflight);
		w->own_gpu = c->own_gpu;
	}
	m->worker_id[m->n_workers] = w->id;
	m->place[m->n_workers] = place_of(f, c);
	m->worker[m->n_workers++] = w;
	f->worker_conf[f->n_workers] = c;
	f->worker[f->n_workers++] = w;
	return OK;
}

static enum status add_ranks(struct fleet *f, struct fleet_model *m,
			     const struct conf_worker *c,
			     const struct fleet *old, struct error *err)
{
	size_t ranks = ranks_of(c);

	for (size_t rank = 0; rank < ranks; rank++) {
		int r = ranks == 1 ? -1 : (int)rank;
		enum status st = add_worker(f, m, c, r, old, err);

		if (st != OK)
			return st;
	}
	return OK;
}

static bool same_place(const struct conf_worker *a, const struct conf_worker *b)
{
	return strcmp(a->name, b->name) == 0 || same_addr(&a->addr, &b->addr);
}

static const struct conf_worker *find_written(const struct conf *c,
					      const struct conf_worker *as)
{
	for (size_t i = 0; i < c->n_models; i++)
		for (size_t k = 0; k < c->model[i].n_workers; k++)
			if (same_place(&c->model[i].worker[k], as))
				return &c->model[i].worker[k];
	return NULL;
}

/* Written ones were checked against each other when they were read; who is
 * found gives way to them, and to who was found before. */
static bool is_taken(const struct fleet *f, const struct conf_worker *c)
{
	const struct conf_worker *by = find_written(f->conf, c);

	for (size_t i = 0; by == NULL && i < f->n_workers; i++)
		if (same_place(f->worker_conf[i], c))
			by = f->worker_conf[i];
	if (by != NULL)
		log_warn("discover: %s at %s is left out: there is %s at %s",
			 c->name, c->url, by->name, by->url);
	return by != NULL;
}

static enum status model_workers(struct fleet *f, struct fleet_model *m,
				 const struct conf_workers *found,
				 const struct fleet *old, struct error *err)
{
	size_t n = model_ranks(m->conf, found);
	enum status st = OK;

	m->worker = mem_array(n, sizeof(struct worker *));
	m->worker_id = mem_array(n, sizeof(unsigned));
	m->place = mem_array(n, sizeof(*m->place));
	m->waiting = mem_zalloc(RESIDENTS_CLASSES * sizeof(*m->waiting));
	for (size_t i = 0; st == OK && i < m->conf->n_workers; i++)
		st = add_ranks(f, m, &m->conf->worker[i], old, err);
	for (size_t i = 0; st == OK && found != NULL && i < found->n; i++)
		if (!is_taken(f, &found->worker[i]))
			st = add_ranks(f, m, &found->worker[i], old, err);
	return st;
}

/* Whatever else has changed of it, what it holds is the same. */
static struct store *old_store(const struct fleet *old,
			       const struct conf_model *c)
{
	for (size_t i = 0; old != NULL && i < old->n_models; i++) {
		struct store *s = old->model[i].store;

		if (s != NULL && same_keys(old->model[i].conf, c) &&
		    strcmp(s->name, c->store.name) == 0)
			return s;
	}
	return NULL;
}

static enum status model_store(struct fleet_model *m, const struct fleet *old,
			       struct error *err)
{
	struct store *kept;

	if (m->conf->store.name == NULL)
		return OK;
	kept = old_store(old, m->conf);
	m->store = kept != NULL ? store_ref(kept)
				: store_create(&m->conf->store);
	if (m->store != NULL)
		return OK;
	return error_set(err, ERR_LIMIT,
			 "models: %s: shared_store: more than %d workers and "
			 "stores in all",
			 m->conf->name, INDEX_MAX_WORKERS);
}

static bool is_pair(const struct worker *a, const struct worker *b)
{
	return a != b && a->connector == b->connector &&
	       connector_gives(a->role, a->connector) &&
	       connector_takes(b->role, b->connector);
}

static bool has_pairs(const struct fleet_model *m)
{
	for (size_t i = 0; i < m->n_workers; i++)
		for (size_t k = 0; k < m->n_workers; k++)
			if (is_pair(m->worker[i], m->worker[k]))
				return true;
	return false;
}

static enum status add_name(struct fleet *f, struct fleet_model *m,
			    const char *name, bool lora, struct error *err)
{
	struct fleet_name *is;

	if (map_find(&f->by_name, slice_of(name)) != NULL)
		return error_set(err, ERR_INVALID,
				 "models: %s: the name %s is used twice",
				 m->conf->name, name);
	is = mem_zalloc(sizeof(*is));
	is->model = m;
	if (lora)
		is->lora = slice_of(name);
	map_set(&f->by_name, slice_of(name), is);
	return OK;
}

static enum status model_names(struct fleet *f, struct fleet_model *m,
			       struct error *err)
{
	const struct conf_model *c = m->conf;
	enum status st = add_name(f, m, c->name, false, err);

	for (size_t i = 0; st == OK && i < c->n_aliases; i++)
		st = add_name(f, m, c->alias[i], false, err);
	for (size_t i = 0; st == OK && i < c->n_loras; i++)
		st = add_name(f, m, c->lora[i], true, err);
	return st;
}

static enum status fill_model(struct fleet *f, struct fleet_model *m,
			      const struct conf_workers *found,
			      const struct fleet *old, struct error *err)
{
	enum status st = model_names(f, m, err);

	if (st == OK)
		st = model_schemes(m, err);
	if (st == OK)
		st = model_workers(f, m, found, old, err);
	if (st == OK)
		st = model_store(m, old, err);
	m->pairs = st == OK && has_pairs(m);
	if (st == OK)
		st = fleet_files_load(f, m, old, err);
	return st;
}

static void fleet_free(struct fleet *f)
{
	struct slice name;
	void *value;
	size_t at = 0;

	while (map_next(&f->by_name, &at, &name, &value))
		mem_free(value);
	map_fini(&f->by_name);
	for (size_t i = 0; i < f->n_workers; i++)
		worker_unref(&f->worker[i]);
	for (size_t i = 0; i < f->n_models; i++) {
		fleet_files_unload(&f->model[i]);
		mem_free(f->model[i].worker);
		mem_free(f->model[i].worker_id);
		mem_free(f->model[i].place);
		mem_free(f->model[i].waiting);
		store_unref(&f->model[i].store);
	}
	fleet_tls_unload(f);
	for (size_t i = 0; i < f->n_models; i++)
		conf_workers_unref(&f->found[i]);
	mem_free(f->found);
	mem_free(f->worker_conf);
	mem_free(f->worker);
	mem_free(f->model);
	conf_unref(&f->conf);
	mem_free(f);
}

static void hold_found(struct fleet *f, struct conf_workers *const *found)
{
	f->found = mem_zalloc((f->n_models + 1) * sizeof(*f->found));
	for (size_t i = 0; found != NULL && i < f->n_models; i++)
		if (found[i] != NULL)
			f->found[i] = conf_workers_ref(found[i]);
}

struct fleet *fleet_create_with(struct conf *conf,
				struct conf_workers *const *found,
				const struct fleet *old, struct error *err)
{
	struct fleet *f = mem_zalloc(sizeof(*f));
	enum status st = OK;
	size_t n = 0;

	ref_init(&f->ref);
	map_init(&f->by_name);
	f->conf = conf_ref(conf);
	f->n_models = conf->n_models;
	f->model = mem_zalloc(f->n_models * sizeof(struct fleet_model) + 1);
	hold_found(f, found);
	for (size_t i = 0; i < f->n_models; i++)
		n += model_ranks(&conf->model[i], f->found[i]);
	f->worker = mem_array(n + 1, sizeof(struct worker *));
	f->worker_conf = mem_array(n + 1, sizeof(*f->worker_conf));
	for (size_t i = 0; st == OK && i < f->n_models; i++) {
		f->model[i].conf = &conf->model[i];
		st = fill_model(f, &f->model[i], f->found[i], old, err);
	}
	if (st == OK)
		st = fleet_tls_load(f, old, err);
	if (st != OK)
		fleet_unref(&f);
	return f;
}

struct fleet *fleet_create(struct conf *conf, const struct fleet *old,
			   struct error *err)
{
	return fleet_create_with(conf, NULL, old, err);
}

void fleet_take_effect(struct fleet *f)
{
	fleet_tls_put(f);
}

struct fleet *fleet_ref(struct fleet *f)
{
	ref_hold(&f->ref);
	return f;
}

void fleet_unref(struct fleet **f)
{
	struct fleet *gone = *f;

	*f = NULL;
	if (gone != NULL && ref_drop(&gone->ref))
		fleet_free(gone);
}

const struct fleet_name *fleet_find(const struct fleet *f, struct slice name)
{
	return map_find(&f->by_name, name);
}

size_t fleet_block_size(const struct fleet_model *m)
{
	if (m->conf->block_size > 0)
		return m->conf->block_size;
	for (size_t i = 0; i < m->n_workers; i++) {
		size_t learned = atomic_load_explicit(&m->worker[i]->block_size,
						      memory_order_relaxed);

		if (learned > 0)
			return learned;
	}
	return m->tokens.block_size;
}

struct store *fleet_store(const struct fleet_model *m, const struct worker *w)
{
	for (size_t i = 0; m->store != NULL && i < m->n_workers; i++)
		if (m->worker[i] == w && m->place[i].uses_store)
			return m->store;
	return NULL;
}

struct worker *fleet_worker(const struct fleet *f, struct slice name)
{
	for (size_t i = 0; i < f->n_workers; i++)
		if (slice_equal(slice_of(f->worker[i]->name), name))
			return f->worker[i];
	return NULL;
}
