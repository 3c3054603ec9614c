/* Whether what the gateway computes is what a worker does, check by check,
 * and what would mend it where it is not.
 *
 * Texts belong to the main thread, which finds and shows them. What lanes
 * need of it stands in struct worker and struct fleet_model as prints. */
#ifndef ROUTER_FLEET_PARITY_H
#define ROUTER_FLEET_PARITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"

/* X(id, name, what it asks, does the matching of prompts rest on it) */
#define PARITY_CHECKS_ROWS(X)                                                  \
	X(MODEL, "model", "the worker knows the model by this name", false)    \
	X(TOKENIZER, "tokenizer", "texts give the same ids", true)             \
	X(SPECIAL, "special_tokens", "BOS and the like are added alike", true) \
	X(TEMPLATE, "chat_template", "chats give the same ids", true)          \
	X(CACHING, "prefix_caching", "the worker caches prefixes", false)      \
	X(BLOCK_SIZE, "block_size", "blocks have the same size", true)         \
	X(HASH, "hash", "blocks have the same names", true)                    \
	X(EVENTS, "events", "the worker tells of its blocks", false)           \
	X(REPLAY, "replay", "missed events can be had again", false)           \
	X(USAGE, "usage", "answers tell cached_tokens", false)                 \
	X(LORAS, "loras", "the worker knows the adapters", false)

enum parity_check {
#define X(id, ...) PARITY_##id,
	PARITY_CHECKS_ROWS(X)
#undef X
		PARITY_CHECKS
};

enum parity_state { PARITY_UNKNOWN, PARITY_HOLDS, PARITY_DIFFERS };

struct parity_finding {
	enum parity_state state;
	char *says; /* one sentence without its end, or NULL */
	char *mend; /* what would mend it, or NULL */
};

struct parity {
	struct parity_finding finding[PARITY_CHECKS];
	char version[64]; /* the worker's; "": not told */
};

/* A print stands for the ids that somebody makes of the probes. */
#define PARITY_NO_PRINT 0 /* not known */
#define PARITY_OURS     1 /* those that the gateway makes */

/* Whose ids a model's prompts are to be matched by, given its workers'
 * prints: PARITY_OURS unless more of them agree on another one. What is not
 * known counts for us. */
uint64_t parity_majority(const uint64_t *print, size_t n);
/* Whether what is known of a worker's ids lets it be matched by these. */
static inline bool parity_agrees(uint64_t ids, uint64_t print)
{
	return print == PARITY_NO_PRINT || ids == PARITY_NO_PRINT ||
	       print == ids;
}

void parity_init(struct parity *p);
void parity_fini(struct parity *p);

/* True if this is news: the state or the sentence is another one. `says`
 * and `mend` are copied and may be NULL. */
bool parity_set(struct parity *p, enum parity_check c, enum parity_state s,
		const char *says, const char *mend);
/* Of the checks that matching rests on: DIFFERS if one does, else UNKNOWN if
 * one is, else HOLDS. */
enum parity_state parity_state_of(const struct parity *p);
/* The first check that differs and that matching rests on; NULL. */
const struct parity_finding *parity_reason(const struct parity *p,
					   enum parity_check *out);

const char *parity_check_name(enum parity_check c);
const char *parity_check_help(enum parity_check c);
const char *parity_state_name(enum parity_state s);

#endif
