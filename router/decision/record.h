/* A decision as it was made: what was known of every candidate, what each
 * would have cost, who was chosen and why, and, once the request is over,
 * what came of it.
 *
 * A record is one block of bytes that is copied whole; what it points to is
 * static, or counted by it (the roster). No prompt, key or salt is in it.
 * Of many candidates the cheapest are there in full and the others in
 * brief. Built by one thread; read by whoever has a copy. */
#ifndef ROUTER_DECISION_RECORD_H
#define ROUTER_DECISION_RECORD_H

#include "router/decision/again.h"
#include "router/decision/roster.h"

#define DECISION_ID_BYTES        24
#define DECISION_CLIENT_ID_BYTES 129
/* Of a cost: sums of the same terms in another order differ by less. */
#define DECISION_TIE 1e-9
/* Candidates in full, where there are more. */
#define DECISION_FULL 16
/* Keys of a prompt's blocks: every so manieth where there are more. */
#define DECISION_MAX_KEYS 256

/* What the policy in the shadow would have done. Costs are in its unit. */
struct decision_shadow {
	const struct policy *policy; /* NULL: there is none */
	const char *reason;          /* static */
	struct pair_ends chosen;     /* candidates */
	enum again_change change;    /* from the live one's choice */
	double cost;      /* of its choice; INFINITY: not known, as below */
	double live_cost; /* of the live one's */
	uint32_t held_tokens, live_held_tokens; /* predicted there */
};

struct decision_outcome {
	const char *name; /* "ok", "cut_visible", …; NULL: not over yet */
	const char *why;  /* of one that is not ok; or NULL */
	const char *prediction; /* its verdict; or NULL */
	uint16_t status;        /* of the answer; 0: none */
	int64_t prompt_tokens, cached_tokens, output_tokens; /* -1: not told */
	/* From the request's first byte on; first_us 0: no byte came. */
	uint64_t first_us, duration_us;
	uint64_t queue_ms; /* of it, at the gateway */
};

/* A candidate in full. */
struct decision_way {
	uint32_t place;                    /* in the roster */
	bool has_rates;                    /* or those of a usual GPU */
	struct policy_candidate candidate; /* .rates is NULL */
	struct policy_term term;
	struct policy_rates rates;
	struct pair_side side; /* all 0: no end of a pair */
};

/* A candidate in brief. */
struct decision_brief {
	uint32_t place, held_blocks;
	enum policy_exclusion exclusion;
	float cost;
};

struct decision_record {
	uint32_t bytes; /* of the whole block */
	char id[DECISION_ID_BYTES];
	char client_id[DECISION_CLIENT_ID_BYTES]; /* "": none */
	uint64_t wall_us;
	struct decision_roster *roster; /* counted */
	const struct policy *policy;
	const char *tokenized; /* how; static */
	const char *reason;    /* static */
	int chosen;            /* candidate; -1: nobody */
	int prefill;           /* that computes the prompt for it; -1: itself */
	double pair_ms, alone_ms; /* of both, and of the best one alone */
	uint32_t try;             /* from 1 */
	uint32_t prompt_tokens, prompt_blocks, block_size, output_tokens;
	uint32_t guessed_tokens; /* of a prompt that pairs know no more of */
	uint64_t session;        /* hash of its name; 0: none */
	uint64_t took_ns;
	uint32_t n_full, n_brief, n_keys;
	uint32_t key_stride; /* a key stands for each so manieth block */
	struct decision_shadow shadow;
	struct decision_outcome outcome;
	/* Behind it: n_full ways, n_brief briefs, n_keys keys. */
	struct decision_way way[];
};

/* What a record is made of. */
struct decision_made {
	const char *id, *client_id; /* client_id: or NULL */
	struct decision_roster *roster;
	const struct policy *policy;
	const struct policy_query *query; /* its n is the roster's */
	const struct policy_term *term;
	struct policy_decision decision;
	const struct pair_decision *pair; /* NULL: one worker serves it */
	const struct pair_side *side;     /* NULL: no pair may */
	size_t guessed_tokens;
	const char *tokenized;
	uint64_t wall_us, took_ns;
	uint32_t try;
	bool whole;          /* all candidates in full */
	const uint64_t *key; /* of the prompt's blocks; NULL: not wanted */
	size_t n_keys;
	uint64_t key_salt; /* mixed into each key */
	struct decision_shadow shadow;
};

static inline const struct decision_brief *decision_briefs(
	const struct decision_record *r)
{
	return (const struct decision_brief *)&r->way[r->n_full];
}

static inline const uint64_t *decision_keys(const struct decision_record *r)
{
	return (const uint64_t *)&decision_briefs(r)[r->n_brief];
}

/* Bytes that the record will have: decision_fill() fills a block of so
 * many, aligned to 8. */
size_t decision_bytes(const struct decision_made *m);
void decision_fill(struct decision_record *r, const struct decision_made *m);
/* Gives back what it counts; the block is the caller's. */
void decision_fini(struct decision_record *r);
/* A copy on the heap, which counts for itself; decision_free() ends it. */
struct decision_record *decision_copy(const struct decision_record *r);
void decision_free(struct decision_record **r);

/* Of the prompt, that a candidate was thought to hold. */
uint32_t decision_held_blocks(const struct policy_candidate *c);
/* Of it, those that its store is to give; 0: none, or a peer gives all. */
uint32_t decision_load_blocks(const struct policy_candidate *c,
			      const struct policy_term *t);
/* In its own tiers; what it loads goes on behind these. */
uint32_t decision_own_blocks(const struct policy_candidate *c);
/* Two that cost the same: which of them is chosen is a matter of turns. */
bool decision_is_tie(const struct policy_term *term, int a, int b);
/* The way of a candidate; NULL: it is in brief, or there is none such. */
const struct decision_way *decision_way_of(const struct decision_record *r,
					   int candidate);

#endif
