/* One worker's events: its sockets, its sequence, what becomes of its
 * batches, and how far all that is believed. The ingest thread. */
#ifndef ROUTER_INGEST_SOURCE_H
#define ROUTER_INGEST_SOURCE_H

#include "router/fleet/metrics.h"
#include "router/ingest/apply.h"
#include "router/ingest/hold.h"
#include "router/ingest/sequence.h"
#include "router/ingest/store_trust.h"
#include "router/ingest/subscriber.h"
#include "router/ingest/verify.h"

/* What all sources share. */
struct source_tools {
	struct apply_tools apply;
	struct index *approx;
	struct metrics *metrics;
	void *zmq;
	size_t replays; /* under way, of all sources */
};

enum source_cell {
	SOURCE_BATCHES,
	SOURCE_GAPS,
	SOURCE_REPLAYS,
	SOURCE_ERRORS,
	SOURCE_LAG,
	SOURCE_STORED,
	SOURCE_REMOVED,
	SOURCE_ORPHANED,
	SOURCE_SKIPPED,
	SOURCE_CELLS
};

struct source {
	struct source_tools *tools;
	struct worker *worker; /* counted */
	bool open;             /* it has an event endpoint */
	struct subscriber subscriber;
	struct sequence sequence;
	struct apply apply;
	struct hold hold;
	struct verify verify;
	struct store_trust store_trust;
	uint64_t bad_frames;
	uint64_t losses_seen, restarts_seen;
	/* Times in ms of the monotonic clock; 0: not so. */
	uint64_t down_since;
	uint64_t distrusted_until;
	uint64_t undecoded_until; /* then everything is replayed */
	uint64_t undecoded_wait;  /* how long the next time */
	uint64_t heard_at;        /* last batch, or the connection */
	unsigned unheard;         /* new prompts that no event came of */
	bool told_undecoded, told_rank;
	struct metric_cell *cell[SOURCE_CELLS];
	uint64_t shown[SOURCE_CELLS];
};

/* What came of a load from a shared store; nothing where that is NULL. */
struct source_load {
	struct store *store;
	bool came;              /* some of it, at least */
	const uint64_t *missed; /* keys of the blocks that did not */
	size_t n_missed;
	unsigned puts; /* the worker's, as it was to load them */
};

struct source *source_create(struct source_tools *tools, struct worker *w,
			     const struct fleet_model *model, uint64_t now);
/* Forgets the worker's blocks in both indexes, then lets go of it. */
void source_destroy(struct source **s);
void source_set_model(struct source *s, const struct fleet_model *model);

/* Takes what has come in, up to a bound; true if there may be more. */
bool source_read(struct source *s, uint64_t now);
void source_tick(struct source *s, uint64_t now); /* every 100 ms or so */
size_t source_poll(const struct source *s, zmq_pollitem_t *item);

/* It has served a prompt with blocks that it was never sent before: events
 * must have come of it. */
void source_expect(struct source *s, uint64_t now);
/* `absent`: less was cached than predicted. */
void source_outcome(struct source *s, enum ingest_verdict verdict, bool absent,
		    uint64_t now);
void source_loaded(struct source *s, const struct source_load *l, uint64_t now);

#endif
