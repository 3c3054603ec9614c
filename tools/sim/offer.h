/* What a prefill worker holds for others to take: finished prompts whose
 * blocks stay pinned until they are taken or their lease has passed.
 *
 * No clock of its own: the caller says what time it is, in seconds. One
 * thread. */
#ifndef TOOLS_SIM_OFFER_H
#define TOOLS_SIM_OFFER_H

#include "common/base/list.h"
#include "common/base/map.h"
#include "tools/sim/cache.h"
#include "tools/sim/giver.h"

#define OFFER_KEY_BYTES 192
#define OFFERS_ENDED    1024 /* keys remembered of those that are gone */

/* X(name, states that may follow); from each it may end. */
#define OFFER_STATES(X)                                                        \
	/* Asked for; its leg is to come. */                                   \
	X(EXPECTED, OFFER_TO(COMPUTING))                                       \
	/* Its leg is here; who asks waits. */                                 \
	X(COMPUTING, OFFER_TO(READY) | OFFER_TO(EXPECTED))                     \
	X(READY, OFFER_TO(LENT))                                               \
	/* Somebody is reading it. */                                          \
	X(LENT, OFFER_TO(READY))

#define X(name, next) OFFER_##name,
enum offer_state { OFFER_STATES(X) OFFER_STATE_COUNT };
#undef X

struct peer;

struct offer {
	struct list node;
	char key[OFFER_KEY_BYTES];
	enum offer_state state;
	struct seq seq;     /* holds the blocks once it is READY */
	size_t n_tokens;    /* of the prompt, all with keys and values */
	uint64_t prompt;    /* fingerprint of their ids */
	uint64_t params;    /* of what the answer told; 0: nothing */
	double expires_s;   /* see offer_may_expire() */
	struct peer *taker; /* who waits for it or reads it, or NULL */
	uint64_t taker_prompt, taker_params; /* fingerprints, as it has them */
	bool is_spare;                       /* nobody has to come for it */
	struct giver *giver; /* who computes it, or waits for the taker */
};

struct offer_end {
	char key[OFFER_KEY_BYTES];
	enum complaint_kind why; /* of whoever asks for it from now on */
};

struct offers {
	struct cache *cache;
	struct list all;
	struct map by_key;
	size_t n;
	struct offer_end *ended; /* a ring */
	uint64_t n_ended;
};

/* `cache` outlives it. */
void offers_init(struct offers *o, struct cache *cache);
void offers_fini(struct offers *o); /* gives all blocks back */

struct offer *offers_find(const struct offers *o, struct slice key);
/* A new one, in `state` EXPECTED or COMPUTING; the key is not among them
 * and is shorter than OFFER_KEY_BYTES. */
struct offer *offers_add(struct offers *o, struct slice key,
			 enum offer_state state, double expires_s);
void offer_set(struct offer *f, enum offer_state state);
/* It is READY with the sequence's blocks, which it takes over. */
void offer_fill(struct offer *f, struct seq *s, size_t n_tokens,
		double expires_s);
/* Gives the blocks back and frees it; later questions hear `why`. */
void offers_end(struct offers *o, struct offer *f, enum complaint_kind why);
/* The same, as if it had never been. */
void offers_forget(struct offers *o, struct offer *f);
/* Why there is none by this key: UNKNOWN, or how it ended. */
enum complaint_kind offers_why_none(const struct offers *o, struct slice key);

/* Its giver if that waits for a taker, or NULL. */
struct giver *offer_waiting(const struct offer *f);
/* Not while somebody reads it or it is computed, unless whoever is to
 * compute it waits for a taker. */
bool offer_may_expire(const struct offer *f);
/* One whose lease is over, or NULL. */
struct offer *offers_overdue(const struct offers *o, double now_s);
/* When the next lease ends; false if none does. */
bool offers_next_s(const struct offers *o, double *at_s);
/* Pinned blocks. */
size_t offers_blocks(const struct offers *o);

#endif
