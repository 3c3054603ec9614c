#include "tests/lab/load.h"

#include "common/base/assert.h"
#include "common/base/file.h"
#include "common/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The goals are about these eight; the rest is there to widen the view. */
static const struct load_kind *const all[] = {
	&load_mooncake_chat, &load_mooncake_chat_gpu, &load_mooncake_synthetic,
	&load_tool_agent,    &load_shared_prefix,     &load_coding,
	&load_coding_gpu,    &load_l4_agents,         &load_agents,
	&load_rag,           &load_tenants,           &load_agents_store,
};

const struct load_kind *load_kind_at(size_t i)
{
	return i < ARRAY_LEN(all) ? all[i] : NULL;
}

static bool make_from_trace(struct load *l, const char *traces, uint64_t seed)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", traces, l->kind->file);
	if (!file_exists(path)) {
		fprintf(stderr, "lab: SKIPPED %s: %s is not there\n",
			l->kind->name, path);
		return false;
	}
	return l->kind->make(l, path, seed);
}

struct load *load_alloc(const struct load_kind *k, size_t n_workers)
{
	struct load *l = mem_zalloc(sizeof(*l));

	l->kind = k;
	l->n_workers = n_workers;
	arena_init(&l->keys);
	return l;
}

struct load *load_create(const struct load_kind *k, size_t n_workers,
			 const char *traces, uint64_t seed)
{
	struct load *l = load_alloc(k, n_workers);
	bool made;

	if (k->file != NULL)
		made = make_from_trace(l, traces, seed);
	else
		made = k->make(l, NULL, seed);
	if (!made)
		load_destroy(&l);
	return l;
}

void load_destroy(struct load **l)
{
	if (*l == NULL)
		return;
	arena_fini(&(*l)->keys);
	mem_free((*l)->request);
	mem_free(*l);
	*l = NULL;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) + 0x632be59bd9b4e019u;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return x ^ (x >> 32);
}

void load_chain_begin(struct load_chain *c, struct load *l)
{
	*c = (struct load_chain){.load = l, .parent = 1};
}

static void chain_close_block(struct load_chain *c)
{
	if (c->n_keys == c->size) {
		c->size = c->size ? c->size * 2 : 64;
		c->key = mem_realloc(c->key, c->size * sizeof(*c->key));
	}
	c->parent = mix(c->parent, c->mix) | 1;
	c->key[c->n_keys++] = c->parent;
	c->mix = 0;
}

void load_chain_append(struct load_chain *c, uint64_t name, uint32_t n)
{
	uint32_t size = (uint32_t)c->load->kind->block_size;

	for (uint32_t done = 0; done < n;) {
		uint32_t room = size - c->n_tokens % size;
		uint32_t take = room < n - done ? room : n - done;

		c->mix = mix(c->mix ^ name, done + 1);
		c->n_tokens += take;
		done += take;
		if (c->n_tokens % size == 0)
			chain_close_block(c);
	}
}

void load_chain_end(struct load_chain *c)
{
	mem_free(c->key);
	c->key = NULL;
}

int load_add(struct load *l, const struct load_chain *c, uint32_t session,
	     uint32_t n_prompt, uint32_t n_output)
{
	struct load_request *r;
	uint64_t *key;

	if (n_prompt == 0 || n_output == 0 ||
	    n_prompt + n_output > l->kind->profile->kv_tokens)
		return -1;
	if (l->n == l->size) {
		l->size = l->size ? l->size * 2 : 1024;
		l->request = mem_realloc(l->request,
					 l->size * sizeof(*l->request));
	}
	key = arena_array(&l->keys, c->n_keys + 1, sizeof(*key));
	memcpy(key, c->key, c->n_keys * sizeof(*key));
	r = &l->request[l->n];
	*r = (struct load_request){.next = -1,
				   .session = session,
				   .n_prompt = n_prompt,
				   .n_output = n_output,
				   .key = key,
				   .n_keys = c->n_keys};
	return (int)l->n++;
}

void load_follow(struct load *l, int from, int to, double think_s)
{
	ASSERT(from >= 0 && to > from && (size_t)to < l->n);
	l->request[from].next = to;
	l->request[to].at_s = INFINITY;
	l->request[to].think_s = think_s;
}

double load_exponential(struct rng *r, double mean)
{
	return -mean * log(1 - rng_unit(r));
}

double load_lognormal(struct rng *r, double median, double sigma)
{
	double a = sqrt(-2 * log(1 - rng_unit(r)));

	return median * exp(sigma * a * cos(2 * M_PI * rng_unit(r)));
}

/* By rejection from the continuous law, which is close enough for a
 * popularity; s is not 1. */
size_t load_zipf(struct rng *r, size_t n, double s)
{
	double top = pow((double)n + 1, 1 - s);
	double x = pow(1 + rng_unit(r) * (top - 1), 1 / (1 - s));
	size_t i = (size_t)(x - 1);

	return i < n ? i : n - 1;
}
