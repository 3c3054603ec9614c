/* The workers' KV events, from their sockets into the index.
 *
 * One thread of its own: it subscribes to every worker that names an event
 * endpoint, keeps each worker's sequence whole (replay, resync), and is the
 * only writer of both indexes. What others have to say comes in as mail.
 * Results stand in struct worker's atomics (trust, keys, event_*). */
#ifndef ROUTER_INGEST_INGEST_H
#define ROUTER_INGEST_INGEST_H

#include "router/fleet/fleet.h"
#include "router/fleet/metrics.h"
#include "router/index/index.h"

struct ingest;

/* How one request's prediction turned out. */
struct ingest_outcome {
	struct worker *worker;
	uint32_t predicted_tokens; /* cached, by the exact index */
	uint32_t reported_tokens;  /* cached, by the worker's usage */
	/* Of the predicted, those that the worker has by itself; it is to
	 * load the others from this store. NULL: none, and no keys. */
	struct store *store;
	uint32_t own_tokens;
	const uint64_t *key; /* of the blocks behind those, as it names them */
	size_t n_keys;
	unsigned store_puts; /* worker->store_puts, as version */
	/* worker->index_version as it was when the choice was made: its low
	 * bits. */
	uint32_t version;
};

enum ingest_verdict {
	INGEST_EXACT,         /* within a block */
	INGEST_INDEX_CHANGED, /* differs, but blocks came or went meanwhile */
	INGEST_WRONG,
	INGEST_UNKNOWN, /* the worker was not EXACT, or block size unknown */
};

/* Starts the thread. The indexes and the metrics outlive it. */
struct ingest *ingest_create(struct index *exact, struct index *approx,
			     struct metrics *metrics);
/* Stops the thread; from then on posts are dropped. */
void ingest_stop(struct ingest *in);
/* Stops first if that was not done. No thread may post any more. */
void ingest_destroy(struct ingest **in);

/* Any thread; holds the snapshot by itself. New workers are subscribed to;
 * those that are gone are unsubscribed from and their blocks cleared. Post
 * it here before the lanes see the fleet. */
void ingest_set_fleet(struct ingest *in, struct fleet *f);

/* Any thread. The prompt with these keys was sent to `w`: the approximate
 * index remembers it. Copies the keys. */
void ingest_learn(struct ingest *in, struct worker *w, const uint64_t *key,
		  size_t n);

/* Any thread. A prompt of these keys was sent to `w`, which knows its blocks
 * by them: for the chance that what it drops is asked for again. */
void ingest_asked(struct ingest *in, struct worker *w, const uint64_t *key,
		  size_t n);

/* Any thread; cheap. A worker whose predictions stop holding is cleared
 * and learned anew. What a store was to give and did not is not held there
 * any more; see store_trust.h for what else follows. Returns what is to be
 * counted. */
enum ingest_verdict ingest_report(struct ingest *in,
				  const struct ingest_outcome *o);
/* "exact", "index_changed", "wrong", "unknown". */
const char *ingest_verdict_name(enum ingest_verdict v);

#endif
