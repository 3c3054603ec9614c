/* A fleet in virtual time, routed by the real index and the real policy.
 *
 * What the proxy does round a decision is done here in the same way:
 * matches from both indexes, counts that rise when a request is sent and
 * fall at its first token or its end, and what workers last said of
 * themselves. */
#ifndef TESTS_SCENARIO_WORLD_H
#define TESTS_SCENARIO_WORLD_H

#include "common/hash/scheme.h"
#include "router/fleet/others.h"
#include "router/fleet/recent.h"
#include "router/index/index.h"
#include "router/index/underway.h"
#include "router/policy/pair.h"
#include "router/policy/reuse.h"
#include "tests/scenario/engine.h"
#include "tests/scenario/lobby.h"
#include "tests/scenario/place.h"

#define WORLD_MAX_WORKERS 64
/* Who gives, where it is the store that all share: in the index, too. */
#define WORLD_STORE WORLD_MAX_WORKERS

/* Added to what is counted: load that comes from elsewhere. */
struct world_load {
	uint32_t inflight, running, waiting;
	uint64_t tokens, recent;
	double usage;
};

struct world;

struct world_worker {
	struct world *world;
	unsigned id;
	struct engine engine;
	enum policy_exclusion state;
	uint64_t back_us; /* it came back then; 0: it was never out */
	double peak;      /* most requests in hand, over the fleet's mean */
	struct world_load extra;
	uint32_t zone, rack; /* 0: not told */
	uint32_t inflight, unanswered, max_inflight;
	uint64_t inflight_tokens;
	uint64_t began_us; /* the prefill that is under way, it is thought */
	struct backlog backlog; /* its sums of tokens */
	struct others others;
	struct policy_rates rates;
	struct recent recent;
	uint32_t told_running, told_waiting; /* at the last scrape */
	double told_usage;
	uint64_t served;
};

struct world_event {
	struct list link;
	uint64_t due_us, key;
	unsigned worker;
	bool stored;
};

struct world {
	struct world_worker worker[WORLD_MAX_WORKERS];
	unsigned id[WORLD_MAX_WORKERS];
	size_t n, n_prefill; /* these only compute prompts for the others */
	bool exact;          /* workers send events */
	bool peers;          /* they can fetch from each other */
	bool placement;      /* plans are made each second, and carried out */
	uint64_t event_delay_us, slow_start_ms, now_us, scraped_us;
	struct list event; /* sent, not yet applied; oldest first */
	struct index *index, *approx;
	struct index_reader *read_index, *read_approx;
	struct underway *underway;
	struct reuse *reuse;
	double store_ms, store_token_ms;
	bool store_optional;  /* workers can be told to leave it alone */
	double output_tokens; /* of an answer, of late */
	struct hash_scheme scheme;
	const struct policy *policy;
	struct policy_options options;
	struct policy_state state;
	struct lobby lobby;
	struct place place;
	uint64_t looked_us; /* for room, last */
	/* Since the last world_count(). */
	uint64_t requests, failed, prompt_tokens, cached_tokens;
	double *ttft_ms;
	size_t n_ttft, max_ttft;
};

struct world_fleet {
	size_t n, n_prefill;
	double tokens_per_s;
	size_t blocks, slots, block_size, max_inflight;
	bool exact, admission, peers, placement;
	uint64_t event_delay_us, slow_start_ms;
};

struct world *world_create(const struct world_fleet *f);
void world_destroy(struct world **w);

/* False: that is no prompt. */
bool world_hold(struct world *w, unsigned worker, struct slice prompt);
/* The store that all workers share has it; what a load takes there. */
bool world_store(struct world *w, struct slice prompt, double ms,
		 double token_ms);
/* Where it goes on behind what each of them has of the chain's first n. */
void world_fill_stored(const struct world *w, const struct chain *chain,
		       size_t n, struct policy_candidate *c);
struct world_request {
	struct slice prompt, name;
	enum residents_class class;
	uint64_t tenant;
	bool waits, let_in; /* at the gateway; a worker's session */
	bool is_twin;       /* of one under way, that it waits for */
	uint64_t twin_until_ms;
	uint64_t session;
	uint64_t decode_us;
	struct policy_decision decision; /* out */
	int prefill; /* out: who computes it for the chosen; -1: itself */
	/* Out: who gives; WORLD_STORE; -1: nobody. */
	int source;
};
bool world_send(struct world *w, struct world_request *r);
void world_drop(struct world *w, unsigned worker);
/* Workers tell of it at once. */
void world_load(struct world *w, unsigned worker, const struct world_load *l);
void world_set_state(struct world *w, unsigned worker,
		     enum policy_exclusion state);

/* Decides between which two it is split; false: one serves it. */
bool world_pair(struct world *w, struct world_request *r,
		const struct policy_query *q, struct policy_term *term,
		struct arena *arena);
/* It goes where the decision says. */
void world_serve(struct world *w, struct world_request *r,
		 const struct policy_query *q, const struct policy_term *term,
		 const struct chain *chain);
/* Its prompt is computed: its own worker goes on. */
void world_hand_over(struct world *w, struct engine_job *j);

double world_ahead_ms(const struct world_worker *x);
/* The part of its share that it is not to get yet. */
double world_slow_start(const struct world_worker *x);

void world_advance(struct world *w, uint64_t us);
void world_finish(struct world *w); /* until all is served */
void world_count(struct world *w);  /* counts begin anew */

#endif
