/* What is asked of a fleet: sessions of requests, each a chain of block
 * keys with lengths and times. Made from a seed or from a recorded trace;
 * the same for every policy.
 *
 * The first request of a session comes at its time, divided by the speed
 * of the run; each other one `think_s` after the answer before it. */
#ifndef TESTS_LAB_LOAD_H
#define TESTS_LAB_LOAD_H

#include "common/base/arena.h"
#include "common/base/rng.h"
#include "tests/lab/profile.h"

struct load_request {
	double at_s;    /* of a first one, at speed 1 */
	double think_s; /* of the others */
	int next;       /* of the session; -1: none */
	uint32_t session;
	uint32_t n_prompt, n_output; /* tokens */
	const uint64_t *key;         /* full blocks: prompt, then output */
	uint32_t n_keys;
};

/* What is asked of the answers: a share of them within both times. */
struct load_slo {
	double share, ttft_s, tpot_s;
};

struct load {
	const struct load_kind *kind;
	size_t n_workers;
	struct load_request *request;
	size_t n, size;
	struct arena keys;
};

struct load_kind {
	const char *name, *help;
	const struct profile *profile;
	size_t block_size;
	size_t host_tokens;  /* of a worker's host tier; 0: none */
	size_t store_tokens; /* of a store that all share, for each; 0: none */
	struct load_slo slo;
	bool agentic;
	/* Appends requests for l->n_workers. `file` is the trace's, or NULL.
	 * False: it could not be read; said on stderr. */
	bool (*make)(struct load *l, const char *file, uint64_t seed);
	const char *file; /* name of the trace; NULL: from the seed alone */
};

const struct load_kind *load_kind_at(size_t i); /* NULL past the last */
struct load *load_alloc(const struct load_kind *k,
			size_t n_workers); /* empty */
/* NULL: as `make`, or the trace is absent; said on stderr. */
struct load *load_create(const struct load_kind *k, size_t n_workers,
			 const char *traces, uint64_t seed);
void load_destroy(struct load **l);

/* --- for those who make them -------------------------------------------- */

/* A conversation while it grows. */
struct load_chain {
	struct load *load;
	uint64_t parent; /* key of the last full block */
	uint64_t *key;
	uint32_t n_keys, size;
	uint32_t n_tokens;
	uint64_t mix; /* of the contents since the last full block */
};

void load_chain_begin(struct load_chain *c, struct load *l);
/* `n` tokens of the text that `name` stands for, from its start. */
void load_chain_append(struct load_chain *c, uint64_t name, uint32_t n);
void load_chain_end(struct load_chain *c);
/* A request of the first `n_prompt` tokens of the chain, the rest being its
 * answer; returns its index. */
int load_add(struct load *l, const struct load_chain *c, uint32_t session,
	     uint32_t n_prompt, uint32_t n_output);
/* Requests of a session, in order: `to` follows `from`. */
void load_follow(struct load *l, int from, int to, double think_s);

double load_exponential(struct rng *r, double mean);
double load_lognormal(struct rng *r, double median, double sigma);
/* 0 … n-1, the first the most likely: as 1 / (i+1)^s. */
size_t load_zipf(struct rng *r, size_t n, double s);

extern const struct load_kind load_mooncake_chat, load_mooncake_chat_gpu,
	load_mooncake_synthetic, load_tool_agent, load_coding, load_coding_gpu,
	load_shared_prefix, load_l4_agents, load_rag, load_tenants, load_agents,
	load_agents_store;

#endif
