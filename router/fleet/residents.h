/* Who holds a worker's KV memory, as far as a gateway knows: sessions,
 * whose contexts stay in the cache from turn to turn.
 *
 * Memory has a cliff: where the contexts of the sessions that are active do
 * not fit, each turn pushes out what another's next turn needs, and all of
 * them compute their prompts anew. So whole sessions are let in, not turns:
 * one that was let in goes on while it is active, and room is kept for what
 * it will grow to, as others did. If they outgrow the memory all the same,
 * the youngest of the lowest class have to wait.
 *
 * A session is known by its name, or by a prompt that goes on from the last
 * one's: `key` are a prompt's full blocks, of any kind of key. Of several
 * requests at a time one is followed from turn to turn, the others count
 * while they run. Prefixes that sessions share count once. What the worker
 * says that it uses beyond what was sent from here counts too.
 *
 * Amounts are tokens, times monotonic ms. Fixed memory, no thread of its
 * own: see kv_memory.h. */
#ifndef ROUTER_FLEET_RESIDENTS_H
#define ROUTER_FLEET_RESIDENTS_H

#include <stdbool.h>

#include "common/base/list.h"
#include "router/fleet/shared_prefix.h"
#include "router/fleet/slot_keys.h"
#include "router/fleet/stay.h"

/* What is more is not followed from turn to turn. */
#define RESIDENTS_MAX SLOT_KEYS_MAX

/* A higher one is let in before a lower one. */
enum residents_class {
	RESIDENTS_BACKGROUND,
	RESIDENTS_DEFAULT,
	RESIDENTS_INTERACTIVE,
	RESIDENTS_CLASSES
};

/* A request, as this worker would see it. */
struct residents_ask {
	enum residents_class class;
	uint64_t session;        /* hash of its name; 0: it has none */
	uint64_t prompt, output; /* tokens; the output as expected */
	const uint64_t *key;     /* n of them; may be none */
	size_t n, block_size;
	size_t held_blocks; /* of it, in the cache or on their way there */
	uint64_t now_ms;
};

/* What a request holds from residents_hold() to residents_release(). */
struct residents_seat {
	int16_t slot; /* -1: it is not followed from turn to turn */
	uint8_t class;
	bool taken;
	uint32_t block_size;
	uint32_t prompt;
	uint32_t tokens; /* of one that is not followed */
};

enum resident_state { RESIDENT_FREE, RESIDENT_LIVE, RESIDENT_IDLE };

struct resident {
	struct list link; /* among its like; the idle: the oldest first */
	enum resident_state state;
	enum residents_class class;
	int shared; /* prefix */
	uint64_t session;
	uint64_t tip, first; /* keys of its prompt's last, and early, block */
	uint32_t tip_at;
	uint32_t n_turns; /* that have ended */
	bool was_refused; /* it did not end by itself */
	uint64_t own;     /* tokens, without the shared prefix */
	uint64_t growth;  /* of it, by the last turn */
	uint64_t due;     /* with what the next turn adds, of an idle one */
	uint64_t counted; /* the same, or what it is to grow to */
	uint64_t since_ms, ended_ms;
};

struct residents {
	uint64_t capacity; /* 0: not known, and there is room for all */
	uint64_t foreign;  /* used by others than those sent from here */
	/* Sums over those that are live, or idle; live: and not followed. */
	uint64_t live[RESIDENTS_CLASSES], idle[RESIDENTS_CLASSES];
	uint64_t due, live_due;
	uint32_t n_live, n_idle; /* sessions; live: and not followed */
	double grown; /* what a session mostly comes to; 0: not known */
	uint32_t n_ended;
	double answer; /* tokens that answers mostly have */
	struct shared_prefixes shared;
	struct stay stay;
	struct list live_slots, idle_slots, free_slots; /* the oldest first */
	struct slot_keys keys; /* of those that had a turn: name, or tip */
	struct resident slot[RESIDENTS_MAX];
};

void residents_init(struct residents *r);
void residents_set_capacity(struct residents *r, uint64_t tokens);
/* The share of its memory that the worker says live sequences hold. */
void residents_told(struct residents *r, double usage);

/* Whether it may go there now. It may in any case where nobody else is. */
bool residents_fit(struct residents *r, const struct residents_ask *ask);
/* Prompts with fewer tokens than that fit, whoever's they are. */
uint64_t residents_spare(const struct residents *r);
/* It is a turn of a session that was let in there. */
bool residents_knows(struct residents *r, const struct residents_ask *ask);
/* It goes there. */
void residents_hold(struct residents *r, const struct residents_ask *ask,
		    struct residents_seat *out);
/* It has ended, and its context has so many tokens, of which the worker has
 * computed the keys and values; 0: it has not. */
void residents_release(struct residents *r, struct residents_seat *seat,
		       uint64_t context, uint64_t now_ms);
/* Sessions that have not come back go. */
void residents_expire(struct residents *r, uint64_t now_ms);

/* Tokens that are spoken for. */
uint64_t residents_taken(const struct residents *r);
/* How many sessions of the size that they mostly grow to fit at a time; 0:
 * not known. */
double residents_knee(const struct residents *r);

#endif
