/* One worker's decoded events, as operations on the index.
 *
 * Blocks are keyed by the engine's own hashes where a first event proves
 * that we compute the same, and by our own chain over the events' token
 * ids otherwise; see enum worker_keys. Pure but for the index it writes.
 * The ingest thread. */
#ifndef ROUTER_INGEST_APPLY_H
#define ROUTER_INGEST_APPLY_H

#include "common/event/decode.h"
#include "router/fleet/fleet.h"
#include "router/index/alias.h"
#include "router/index/index.h"
#include "router/policy/reuse.h"

#define APPLY_RUN 128

/* Blocks of one batch that await the index, all stored or all removed. */
struct apply_run {
	bool removal; /* `key` has the engine's hashes */
	bool shared;  /* in the store that the worker shares with others */
	enum index_tier tier;
	size_t n;
	uint64_t key[APPLY_RUN];
};

/* What all workers share. */
struct apply_tools {
	struct index *index;
	struct alias *alias;
	struct reuse *reuse; /* NULL: nobody asks for chances */
	struct event_decoder decoder;
	struct apply_run run; /* empty between batches */
	uint8_t *digest;      /* scratch for chains */
	size_t digest_bytes;
};

void apply_tools_init(struct apply_tools *t, struct index *index,
		      size_t alias_max_bytes);
void apply_tools_fini(struct apply_tools *t);

struct apply_counts { /* of blocks, except `batches` and `errors` */
	uint64_t batches, errors;
	uint64_t stored, removed, cleared;
	uint64_t orphaned; /* their parent or their name is unknown */
	uint64_t skipped;  /* other groups, masked runs, opaque extras */
};

struct apply {
	struct apply_tools *tools;
	struct worker *worker;           /* the owner keeps it alive */
	const struct fleet_model *model; /* as the snapshot in force says */
	struct store *store;             /* the model's, if it uses that */
	enum worker_keys keys;
	/* Why the keys are what they are; static storage; NULL: as set. */
	const char *keys_reason;
	bool disproved; /* keys: engine was demanded, and does not hold */
	bool block_size_differs; /* from the configured one */
	unsigned mismatches;     /* in a row, of blocks with extras */
	bool dirty;              /* the index changed in this batch */
	bool resync;             /* this batch changed the keys */
	struct apply_counts count;
};

void apply_init(struct apply *a, struct apply_tools *tools, struct worker *w,
		const struct fleet_model *model);
/* Another snapshot is in force: same worker, same kind of keys. */
void apply_set_model(struct apply *a, const struct fleet_model *model);

enum apply_result {
	APPLY_DONE,
	APPLY_RESYNC, /* the keys changed: clear, and replay everything */
	APPLY_BAD,    /* malformed; what came before the fault was applied */
};

/* One payload. `batch` is filled unless the payload is bad. */
enum apply_result apply_batch(struct apply *a, struct slice payload,
			      struct event_batch *batch);

/* Forgets all blocks of the worker; what it has put into a shared store is
 * there still. `restarted`: the engine's hashes may
 * mean something else from now on, so their proof begins anew. */
void apply_clear(struct apply *a, bool restarted);

#endif
