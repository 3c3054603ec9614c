/* One publisher's sequence of batches, kept whole.
 *
 * Batches are numbered from 0 when an engine starts. Live ones may be lost
 * (slow joiner, full queue, broken connection); those that the publisher
 * still has can be asked for again. This decides, for each thing that
 * happens, what to do with a batch and whether to ask; it knows no socket
 * and no clock. One thread.
 *
 * A batch's mark is a hash of its bytes. A replay begins one batch early,
 * with the last one applied: the same mark there proves that it is still
 * the same engine's life, even when a restarted engine has caught up. */
#ifndef ROUTER_INGEST_SEQUENCE_H
#define ROUTER_INGEST_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sequence_state {
	SEQUENCE_DOWN,   /* not connected */
	SEQUENCE_WAIT,   /* a replay is needed, but not asked for yet */
	SEQUENCE_REPLAY, /* asked for */
	SEQUENCE_LIVE,   /* nothing is missing */
};

enum sequence_verdict { SEQUENCE_DROP, SEQUENCE_APPLY, SEQUENCE_HOLD };

/* What is to be done, in this order. */
struct sequence_step {
	bool discard;  /* forget the batches held */
	bool clear;    /* forget all blocks of the worker */
	bool ask;      /* for a replay from `from`; a former one is void */
	uint64_t from; /* sequence number */
	enum sequence_verdict batch; /* this one */
	bool release;                /* give held ones to sequence_held() */
};

#define SEQUENCE_MARKS 256

struct sequence {
	/* Set at init. */
	bool can_replay;
	/* For the outside to read. */
	enum sequence_state state;
	bool whole; /* all since the engine's start is known */
	uint64_t next;
	uint64_t gaps, replays;
	uint64_t restarts; /* of the engine */
	uint64_t losses;   /* times that batches were lost for good */
	/* Private. */
	bool has_next;  /* false: any number may come next */
	bool live_seen; /* `last_live` counts */
	bool answered;  /* something came since the last ask */
	bool progress;  /* something was applied since the last ask */
	bool held;      /* batches are held */
	uint64_t last_live, asked_from;
	uint64_t ask_at_ms, deadline_ms;
	unsigned fails;
	uint64_t mark[SEQUENCE_MARKS], first_marked;
};

/* All times are monotonic, in ms. */
void sequence_init(struct sequence *s, bool can_replay);

/* The connection to the publisher stands, or is lost. */
struct sequence_step sequence_connected(struct sequence *s, uint64_t now);
void sequence_lost(struct sequence *s);

struct sequence_step sequence_live(struct sequence *s, uint64_t seq,
				   uint64_t mark, uint64_t now);
/* A batch that was held, given back in order; HOLD: keep it and the rest. */
struct sequence_step sequence_held(struct sequence *s, uint64_t seq,
				   uint64_t mark, uint64_t now);
struct sequence_step sequence_replayed(struct sequence *s, uint64_t seq,
				       uint64_t mark, uint64_t now);
struct sequence_step sequence_end(struct sequence *s, uint64_t now);
/* A replay that was asked for is not coming. */
bool sequence_is_overdue(const struct sequence *s, uint64_t now);
/* Time has passed; call at least every 100 ms. */
struct sequence_step sequence_tick(struct sequence *s, uint64_t now);
/* The replay just asked for has to wait its turn. */
void sequence_postpone(struct sequence *s, uint64_t now);
/* No more may be held: go on without what is missing. */
struct sequence_step sequence_overflow(struct sequence *s);
/* The blocks are not to be believed: forget them and learn them anew. */
struct sequence_step sequence_resync(struct sequence *s, uint64_t now);

#endif
