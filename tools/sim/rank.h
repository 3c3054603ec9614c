/* One data-parallel rank: its cache, its engine and its publisher, driven
 * in real time (or `speed` times that). The loop's thread. */
#ifndef TOOLS_SIM_RANK_H
#define TOOLS_SIM_RANK_H

#include "tools/sim/conf.h"
#include "tools/sim/engine.h"
#include "tools/sim/publish.h"

struct event;

/* What the ranks of one process share. */
struct machine {
	struct loop *loop;
	void *zmq;
	uint64_t start_ns; /* simulated time 0 */
};

/* How fast blocks come from elsewhere. */
struct rank_links {
	struct host_link host;
	double fetch_s, fetch_token_s; /* from a peer's host tier */
};

struct rank {
	const struct machine *machine;
	const struct worker_conf *conf;
	const struct hash_scheme *scheme;
	struct engine_model model;
	struct rank_links links;
	struct publish_options publish;
	struct cache *cache;
	struct host *host; /* NULL: no such tier */
	struct pool *pool; /* NULL: it shares none */
	struct engine *engine;
	struct publisher *publisher; /* NULL: no events */
	struct event *timer;
	bool is_turning;
	double due_s; /* of the step under way */
};

/* Which of the worker's ranks it is, and its ports: 0 before the kernel
 * has chosen them. */
struct rank_place {
	int64_t id;
	uint64_t event_port, replay_port;
};

/* False with `err`; rank_fini must follow either way. The sink's argument
 * is the rank. */
MUST_USE bool rank_init(struct rank *r, const struct machine *m,
			const struct worker_conf *conf,
			const struct hash_scheme *scheme,
			const struct rank_place *place,
			const struct engine_sink *sink, struct error *err);
void rank_fini(struct rank *r);

/* How long it takes to copy from another engine: always, and a token. */
struct rank_copy {
	double s, token_s;
};
struct rank_copy rank_copy(const struct rank *r);

double rank_now_s(const struct rank *r);
void rank_submit(struct rank *r, struct task *t);
/* Blocks were given back that were not the engine's. */
void rank_kick(struct rank *r);
void rank_compute(struct rank *r, struct task *t); /* engine_compute() */
void rank_cancel(struct rank *r, struct task *t);
/* AllBlocksCleared goes out at once; false while blocks are in use. */
MUST_USE bool rank_reset_cache(struct rank *r);

#endif
