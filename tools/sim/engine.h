/* Continuous batching with chunked prefill, as one vLLM rank does it.
 *
 * In each step every running sequence gets one token, or the next chunk of
 * its prompt, until the token budget is spent; then waiting requests come
 * in, in order of arrival. When no block is free the youngest running one
 * is preempted and computed again later. Prompts that go on in the host
 * tier, or in a pool, are loaded from there first, and those that another rank
 *is to be asked for wait aside for its answer; neither holds the others up. A
 *step lasts
 *
 *	t0 + b*sum(n) + c*sum(n*(ctx + n/2)) + d*n_decode + r*sum(kv)
 *
 * with n the tokens prefilled for a request, ctx those it had before, and
 * kv the tokens held by each decoding one.
 *
 * No clock of its own: the caller says what time it is, in seconds, and
 * waits out the steps. One thread. */
#ifndef TOOLS_SIM_ENGINE_H
#define TOOLS_SIM_ENGINE_H

#include "common/base/list.h"
#include "tools/sim/pool.h"

struct engine_model {
	double t0_s, b_s, c_s, d_s, r_s;
	double f_s;      /* from arrival to the waiting queue */
	size_t budget;   /* tokens a step */
	size_t max_seqs; /* running at once */
};

enum task_state {
	TASK_NEW,
	TASK_WAITING,
	TASK_AWAY, /* until engine_return() */
	/* From the host tier or another engine, or ready to run after that. */
	TASK_LOADING,
	TASK_RUNNING,
	TASK_DONE
};

/* One sequence to be served; its owner embeds it. */
struct task {
	struct list node;
	enum task_state state;
	struct seq seq;         /* set up by the owner with the prompt */
	const uint32_t *output; /* what it will say; the owner's */
	size_t n_output;        /* at least one */
	size_t n_prompt, n_generated;
	size_t n_computed; /* tokens that have keys and values */
	size_t n_step;     /* tokens of the step under way */
	bool was_started;  /* before a preemption perhaps */
	size_t n_cached;   /* prompt tokens found at the first start */
	/* Leading tokens whose keys and values another engine holds for it,
	 * and how long it takes to copy those that are not here, once the
	 * copies before it are done. Once it has
	 * room for its prompt it waits for them, and the sink hears of it. */
	size_t n_remote, n_copied;
	double copy_s, copy_token_s;
	bool is_copied;
	/* At its last token its blocks are left to its owner. */
	bool keeps_blocks;
	/* The sink is to be asked once, when its turn has come, whether
	 * blocks are to be fetched for it. */
	bool wants_fetch;
	bool leaves_pool; /* what that has is computed */
	size_t n_loaded;  /* of n_cached, from the host tier and the pool */
	size_t n_pooled;  /* of these, from the pool */
	size_t n_stored;  /* tokens of it that were written through to that */
	double ready_s, loaded_s;
	/* By the engine's own time, whatever the clock made of it. */
	double submitted_s, first_s;
};

struct engine_stats {
	uint64_t prefix_queries, prefix_hits; /* tokens */
	uint64_t loads, loaded_tokens; /* from the host tier and the pool */
	uint64_t preemptions, prompt_tokens, generation_tokens, steps;
};

struct engine_sink {
	/* `t` has one more generated token; if it was the last, its state
	 * is TASK_DONE and the engine has let go of it. Must not call the
	 * engine. */
	void (*token)(void *arg, struct task *t);
	/* Whether it has gone for blocks; engine_return() then follows, not
	 * from within. NULL where no task wants that. */
	bool (*fetch)(void *arg, struct task *t);
	/* What was remote is here. NULL where nothing is. Must not call the
	 * engine. */
	void (*copied)(void *arg, struct task *t);
};

struct engine;

enum engine_turn {
	/* Nothing to do before the next submit, or before blocks are given
	 * back that are not the engine's. */
	ENGINE_IDLE,
	ENGINE_WAIT, /* somebody becomes ready at `*at_s` */
	ENGINE_STEP, /* a step is under way and ends at `*at_s` */
};

/* `cache` and `sink` outlive the engine. */
struct engine *engine_create(const struct engine_model *model,
			     struct cache *cache,
			     const struct engine_sink *sink, void *arg);
void engine_destroy(struct engine **e); /* cancels every task */
/* Outlives the engine; before the first task. */
void engine_use_host(struct engine *e, struct host *host);
/* The same of one that others use, too; what the host tier has goes before. */
void engine_use_pool(struct engine *e, struct pool *pool);

void engine_submit(struct engine *e, struct task *t, double now_s);
/* One that went for blocks is back; it is next. */
void engine_return(struct engine *e, struct task *t);
/* What was remote is lost: if it has not been copied it is computed. */
void engine_compute(struct engine *e, struct task *t);
/* Any state; the task's blocks are given back. */
void engine_cancel(struct engine *e, struct task *t);

/* With no step under way: decides what is next. */
MUST_USE enum engine_turn engine_begin(struct engine *e, double now_s,
				       double *at_s);
/* The step under way is over. */
void engine_end(struct engine *e);
bool engine_in_step(const struct engine *e);

size_t engine_running(const struct engine *e);
size_t engine_waiting(const struct engine *e); /* also away or loading */
/* Whether one of those that run, or that wait, is for this adapter. */
bool engine_runs_adapter(const struct engine *e, struct slice name);
bool engine_awaits_adapter(const struct engine *e, struct slice name);
const struct engine_stats *engine_stats(const struct engine *e);

#endif
