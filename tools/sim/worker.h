/* One simulated vLLM server: an HTTP port, its ranks, its faults, and what
 * it remembers of the requests it served.
 *
 * Life: worker_create, worker_open (ports and ranks), perhaps worker_die
 * and worker_open again on the same ports, worker_destroy. The loop's
 * thread. */
#ifndef TOOLS_SIM_WORKER_H
#define TOOLS_SIM_WORKER_H

#include "common/base/map.h"
#include "tools/sim/ask.h"
#include "tools/sim/complaint.h"
#include "tools/sim/fault.h"
#include "tools/sim/p2p.h"
#include "tools/sim/rank.h"
#include "tools/sim/transfer.h"

struct evhttp;
struct evhttp_connection;
struct tls_context;
struct exchange;
struct sim;

#define WORKER_LOG      4096
#define WORKER_ID_BYTES 96
#define TTFT_BUCKETS    21

enum outcome {
	OUTCOME_STOP,
	OUTCOME_LENGTH,
	OUTCOME_ABORT,
	OUTCOME_ERROR, /* what it was to begin with could not be loaded */
	OUTCOMES
};

/* The truth about one request, for tests to compare with. */
struct served {
	char id[WORKER_ID_BYTES];
	unsigned rank;
	const char *leg; /* "whole", "prefill" or "decode" */
	size_t prompt_tokens, cached_tokens, completion_tokens;
	/* Of the cached: from its own host tier or a pool, and out of them
	 * those of the pool, and those that a peer gave for this request. */
	size_t loaded_tokens, pooled_tokens, fetched_tokens;
	double ttft_s;         /* real seconds; below 0: no token yet */
	double charged_ttft_s; /* simulated ones, as the model has it */
	enum outcome outcome;
};

struct counters {
	uint64_t requests, aborts, refusals, faults;
	uint64_t encoded; /* texts and chats that became tokens here */
	uint64_t outcome[OUTCOMES];
	uint64_t ttft_bucket[TTFT_BUCKETS + 1]; /* the last is +Inf */
	double ttft_sum_s;
};

struct conn {
	struct list node;
	struct worker *worker;
	struct evhttp_connection *ev;
	struct exchange *exchange; /* under way, or NULL */
};

struct worker {
	struct sim *sim;
	struct worker_conf conf;      /* ports become the real ones */
	struct worker_conf next_conf; /* of the life to come */
	bool has_next_conf;
	struct arena arena; /* texts of `conf` that came later */
	struct text *text;  /* counted */
	struct ask_limits limits;
	struct hash_scheme scheme;
	struct evhttp *http;      /* NULL while dead */
	struct evhttp *bootstrap; /* NULL: none */
	struct tls_context *tls;  /* NULL: it speaks plain HTTP */
	struct rank *rank;
	struct transfer *transfer; /* of each rank */
	struct p2p *p2p;           /* so, too */
	size_t n_ranks;            /* that need rank_fini */
	size_t next_rank;
	/* Of each rank; the kernel's choices hold for all lives. */
	uint64_t event_port[CONF_MAX_RANKS], replay_port[CONF_MAX_RANKS];
	uint64_t transfer_port[CONF_MAX_RANKS], alloc_port[CONF_MAX_RANKS];
	uint64_t peer_port[CONF_MAX_RANKS];
	uint64_t bootstrap_port;
	struct list conns;
	struct map conn_of; /* by the connection's address */
	struct faults faults;
	struct counters counters;
	struct complaints complaints;
	struct served *served; /* ring of WORKER_LOG */
	uint64_t n_served, n_lives;
	int64_t started_at;  /* Unix seconds */
	struct event *later; /* death or rebirth to come */
	bool is_dying, is_returning;
	bool is_sick; /* /health says 503 */
	uint64_t return_ms;
	uint64_t reopen_tries;
};

/* All workers of the process. */
struct sim {
	struct loop loop;
	struct machine machine;
	struct worker *worker;
	size_t n;
	uint64_t next_id;
};

/* The table of buckets of time_to_first_token_seconds. */
extern const double ttft_bound_s[TTFT_BUCKETS];

/* False with `err`; worker_destroy must follow either way. */
MUST_USE bool worker_init(struct worker *w, struct sim *sim,
			  const struct worker_conf *conf, struct error *err);
/* Listens; on failure it may be tried again. */
MUST_USE bool worker_open(struct worker *w, struct error *err);
void worker_fini(struct worker *w);

/* In `in_ms` (0: as soon as the running callback is over) resets all
 * connections, closes all sockets, forgets the cache. If `back`, opens
 * again `down_ms` later. Brings a dead one back, too. */
void worker_die(struct worker *w, bool back, uint64_t in_ms, uint64_t down_ms);

void worker_count_ttft(struct worker *w, double seconds);
void worker_remember(struct worker *w, const struct served *s);

/* The rank that is asked for by number, or else the one with the least to
 * do. NULL with `no` filled where there is no such rank. */
struct rank *worker_rank(struct worker *w, struct slice asked,
			 struct refusal *no);

/* The connection's record, made at its first request. */
struct conn *worker_conn(struct worker *w, struct evhttp_connection *ev);
/* Not from a callback of the connection's own. */
void conn_close(struct conn *c, bool reset);

#endif
