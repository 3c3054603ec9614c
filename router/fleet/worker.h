/* One engine: a worker url, or one data-parallel rank of it.
 *
 * Identity is fixed at creation; what changes is atomic and has one writer
 * named beside it. Counted: fleet snapshots and requests hold it. */
#ifndef ROUTER_FLEET_WORKER_H
#define ROUTER_FLEET_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/ref.h"
#include "common/tls/slot.h"
#include "router/conf/conf.h"
#include "router/conf/connector.h"
#include "router/fleet/adapters.h"
#include "router/fleet/backlog.h"
#include "router/fleet/engine_name.h"
#include "router/fleet/gate.h"
#include "router/fleet/kv_memory.h"
#include "router/fleet/others.h"
#include "router/fleet/parity.h"
#include "router/fleet/rates.h"
#include "router/fleet/recent.h"
#include "router/fleet/seen.h"

/* How far its block index can be believed. */
enum worker_trust {
	WORKER_FALLBACK, /* no events, or disproved: what was routed there */
	WORKER_DEGRADED, /* a gap is being healed */
	WORKER_EXACT,
};

/* Which keys its blocks are indexed by; until there is proof, by tokens. */
enum worker_keys {
	WORKER_KEYS_UNPROVEN,
	WORKER_KEYS_ENGINE,
	WORKER_KEYS_TOKENS
};

/* Why its events are not used. */
enum worker_doubt {
	WORKER_NO_DOUBT, /* they are */
	WORKER_NO_ENDPOINT,
	WORKER_BAD_ENDPOINT,
	WORKER_UNREACHABLE,      /* nobody answers at the endpoint */
	WORKER_UNHEARD,          /* new prompts went there, no event came */
	WORKER_CONTRADICTED,     /* by the cached_tokens of its answers */
	WORKER_OTHER_HASHES,     /* though hash.key: engine is demanded */
	WORKER_OTHER_BLOCK_SIZE, /* than block_size: says */
};

/* Whether its blocks have the names that we compute. */
enum worker_proof { WORKER_NOT_PROVED, WORKER_PROVED, WORKER_DISPROVED };
/* How past events are given again when they are asked for. */
enum worker_replay { WORKER_NOT_ASKED, WORKER_REPLAYS, WORKER_SILENT };
/* Whether its answers tell cached_tokens. */
enum worker_usage { WORKER_NO_ANSWER, WORKER_TELLS, WORKER_TELLS_NOT };

/* What names a worker's blocks, as its events show. */
struct worker_guess {
	enum hash_algorithm algorithm;
	const char *seed; /* NULL: hash.seed */
};

/* What a lane tells the main thread of a request's end, where that is news:
 * it failed, or it was one that the gate let through by way of trial. */
struct worker_report {
	bool passed;
	enum breaker_failure failure; /* if not */
	uint64_t pause_ms;            /* by the answer's Retry-After; 0: none */
};

/* How its connector is reached: conf_transfer, of this rank. */
struct worker_transfer {
	char *host;                /* NULL: it has no connector */
	unsigned port, alloc_port; /* 0: none */
	char *engine_id;           /* or NULL */
	unsigned tp_size, pp_size;
	uint64_t lease_ms;
	struct addr addr; /* of its bootstrap server; n = 0: is not asked */
};

/* What is written with each request, and with each batch of events, is kept
 * off the cache lines of what everybody reads. */
#define WORKER_APART_BYTES 64

struct worker {
	unsigned id; /* below INDEX_MAX_WORKERS; reused after the last unref */
	char *name;  /* "worker-3", or "worker-3/1" for rank 1 of several */
	char *host, *url, *api_key;
	struct addr addr;
	bool secure; /* speaks TLS, by what stands in: */
	struct tls_slot tls;
	uint64_t name_hash;
	int rank; /* -1: the only one; else sent as X-data-parallel-rank */
	char *events, *replay, *topic; /* of this rank; NULL: none */
	/* Where other engines fetch its blocks; NULL: nowhere. */
	char *peer_host;
	uint16_t peer_port;
	enum conf_role role;
	enum conf_connector connector;
	struct worker_transfer transfer;

	/* Fleet (main), at a reload. */
	atomic_uint max_inflight; /* 0: unbounded */
	/* Probe (main). */
	_Atomic(enum worker_health) health;
	atomic_uint running, waiting;
	atomic_uint kv_usage_ppm;
	struct others others;
	unsigned asked_inflight; /* main's alone: when /metrics was asked */
	_Atomic(const char *) health_reason; /* static storage; never NULL */
	atomic_size_t metrics_block_size;    /* by /metrics; 0: not told */
	atomic_size_t kv_blocks;             /* it has in all; 0: not told */
	/* Prints of the ids that it makes, see parity.h. */
	_Atomic uint64_t text_print, chat_print;
	struct engine_name engine; /* if it had to be asked for */
	atomic_uint release;       /* of vLLM: 0.27 is 27; 0: not told */
	struct parity parity;      /* main's alone */
	/* Learner (main). */
	unsigned own_gpu; /* main's alone: as conf_worker's */
	struct rates rates;
	atomic_uint n_observed; /* what they were learned from, wraps round */
	/* Admin (main). */
	atomic_bool draining;
	/* Guard (main). */
	_Atomic(enum gate) gate;
	_Atomic uint64_t back_ms; /* when it may admit again; 0: not known */
	_Atomic uint64_t ramp_from_ms; /* RAMPS: since then */
	struct breaker breaker;        /* main's alone, as what follows */
	uint64_t paused_until_ms;
	bool cold; /* is to start slowly, once it admits */
	/* Ingest. */
	_Atomic(enum worker_trust) trust;
	_Atomic(enum worker_keys) keys;
	_Atomic(const char *) trust_reason; /* static storage */
	_Atomic(enum worker_doubt) doubt;
	_Atomic(enum worker_proof) proof;
	_Atomic(const struct worker_guess *) guess; /* static; NULL: none */
	_Atomic(enum worker_replay) replays;
	atomic_size_t block_size; /* 0: not known yet */
	/* The chance that what its cache drops is asked for again; it keeps
	 * in its other tier what its GPU drops. */
	atomic_uint reuse_ppm;
	atomic_bool spills;
	/* What its model's store was to give it did not come, time and again:
	 * it is not counted on for a while. */
	atomic_bool store_fails;
	atomic_uint store_puts; /* blocks that it has put there; wraps round */

	char apart_of_lanes[WORKER_APART_BYTES];
	struct ref ref;
	/* Lanes, and the guard where it gives trials out. */
	atomic_int trials; /* left, while the gate is TRIES */
	/* Lanes. */
	atomic_uint inflight;
	_Atomic uint64_t answers; /* whole ones, and not of a failure's kind */
	_Atomic uint64_t inflight_tokens;
	struct kv_memory kv_memory;
	struct recent recent_tokens; /* given to prefill of late */
	struct backlog backlog;
	struct adapters adapters;      /* the probe's (main), too */
	_Atomic uint64_t step_seen_ms; /* a step was last told then */
	_Atomic(enum worker_usage) usage;
	_Atomic uint64_t miscounts; /* answers whose prompts had other ids */
	struct seen_slots seen;     /* emptied by the learner */
	char apart_of_events[WORKER_APART_BYTES];
	/* Ingest. */
	_Atomic uint64_t event_seq, event_gaps, event_batches;
	_Atomic uint64_t event_replays, event_resyncs, event_errors;
	_Atomic uint64_t last_event_ms; /* clock_ms; 0: never */
	_Atomic int64_t event_lag_us;   /* age of the last batch, wall time */
	/* Counted up whenever its part of the index changes. */
	_Atomic uint64_t index_version;
};

/* `id` and `rank` as the fleet says. An id is free again for
 * worker_id_take() once its worker has gone. */
struct worker *worker_create(const struct conf_worker *c, unsigned id,
			     int rank);
/* The lowest id that no worker has; false if all are in use. */
bool worker_id_take(unsigned *out);
/* Of one that was taken for anything else than a worker. */
void worker_id_give_back(unsigned id);
struct worker *worker_ref(struct worker *w);
void worker_unref(struct worker **w);

/* As many requests as it may have are under way. */
static inline bool worker_is_full(const struct worker *w)
{
	unsigned most = atomic_load_explicit(&w->max_inflight,
					     memory_order_relaxed);

	return most > 0 &&
	       atomic_load_explicit(&w->inflight, memory_order_relaxed) >= most;
}

/* It takes requests that no other worker has begun. */
static inline bool worker_serves_alone(const struct worker *w)
{
	return LIKELY(w->role == CONF_ROLE_BOTH) ||
	       connector_serves_alone(w->role, w->connector);
}

/* Tokens in a block: by its events, else by its /metrics; 0: not known. */
size_t worker_block_size(const struct worker *w);

const char *worker_health_name(enum worker_health h);
const char *worker_trust_name(enum worker_trust t);
const char *worker_keys_name(enum worker_keys k);

#endif
