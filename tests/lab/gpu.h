/* One simulated worker in virtual time: continuous batching with chunked
 * prefill over a paged cache, as in tools/sim/engine.h, but over keys
 * instead of tokens (a run of the lab moves tens of millions of blocks),
 * and with a host tier, a store that all share, and fetches from peers.
 *
 * In each step every running sequence gets one token or the next chunk of
 * its prompt, until the budget is spent; then those who wait come in, in
 * order of arrival. When no block is free the youngest is preempted and
 * computed again. Blocks that are loaded or fetched are held meanwhile,
 * and others go on. One thread. */
#ifndef TESTS_LAB_GPU_H
#define TESTS_LAB_GPU_H

#include "common/base/list.h"
#include "tests/lab/pool.h"
#include "tests/lab/profile.h"

enum task_state { TASK_WAITING, TASK_LOADING, TASK_RUNNING, TASK_DONE };

struct gpu;

/* A request at a worker; its owner embeds it. */
struct task {
	struct list node;
	enum task_state state;
	const uint64_t *key; /* of full blocks of prompt and output */
	uint32_t n_keys;
	uint32_t n_prompt, n_output; /* tokens; at least 1 */
	uint32_t fetch_blocks;       /* of the prompt: wanted from `source` */
	struct gpu *source;
	uint32_t *block;
	uint32_t n_blocks, n_named;
	uint32_t n_generated, n_computed, n_step;
	/* Tokens, at the start. */
	uint32_t n_cached, n_loaded, n_stored, n_fetched;
	bool was_started, is_fetched;
	double ready_s;
};

struct gpu_events {
	struct pool_events gpu, host; /* arg: the struct gpu */
	/* `t` has one more token; when it was the last it is TASK_DONE and
	 * forgotten here. */
	void (*token)(void *arg, struct task *t);
};

struct gpu_stats {
	double busy_s;
	uint64_t steps, preemptions, computed; /* tokens of prompts */
};

struct gpu {
	unsigned id;
	const struct profile *profile;
	size_t block_size;
	struct pool *pool, *host; /* its own, or shared; host may be NULL */
	struct pool own, own_host;
	struct pool *store; /* shared, another's; may be NULL */
	const struct gpu_events *events;
	void *arg;
	struct list waiting, running, loading;
	size_t n_waiting, n_running, n_loading;
	bool in_step;
	double link_s;  /* when its link to the host is free */
	double pull_s;  /* when its link to the peers is free */
	double store_s; /* when its link to the store is free */
	/* Of the last step: whether any prompt was in it, who decoded. */
	bool prefilled;
	double decoding, decoding_kv, step_s;
	struct gpu_stats stats;
};

/* Pools of its own, for as many workers; `host_tokens` 0: no host tier. */
void gpu_init(struct gpu *g, unsigned id, const struct profile *p,
	      size_t block_size, size_t n_workers, size_t host_tokens,
	      const struct gpu_events *events, void *arg);
/* Uses the pools of another instead, from before the first request. */
void gpu_share(struct gpu *g, struct gpu *with);
/* Puts into the store what it computes, and loads what it finds there. */
void gpu_use_store(struct gpu *g, struct pool *store);
void gpu_fini(struct gpu *g); /* lets go of its tasks */

void gpu_submit(struct gpu *g, struct task *t, double now_s);
/* With no step under way: begins one, or says when to look again.
 * INFINITY: not before the next submit. */
double gpu_begin(struct gpu *g, double now_s);
/* The step under way is over; calls `token`. */
void gpu_end(struct gpu *g);

double gpu_usage(const struct gpu *g);

#endif
