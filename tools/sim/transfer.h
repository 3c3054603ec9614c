/* The connector of one simulated rank, as its prefill side: what it holds
 * for others, and its answers to those who come for it.
 *
 * The loop's thread. */
#ifndef TOOLS_SIM_TRANSFER_H
#define TOOLS_SIM_TRANSFER_H

#include "tools/sim/channel.h"
#include "tools/sim/connector.h"
#include "tools/sim/offer.h"
#include "tools/sim/receiver.h"

#define TRANSFER_ENGINE_BYTES 128

struct worker;
struct rank;
struct event;

struct transfer_stats {
	uint64_t offered, sent;    /* prompts, as the prefill side */
	uint64_t received, failed; /* as the decode side */
	uint64_t received_tokens;  /* that were not here already */
};

struct transfer {
	struct worker *worker;
	struct rank *rank;
	enum connector connector;
	enum role role;
	uint64_t version; /* minor */
	char engine_id[TRANSFER_ENGINE_BYTES];
	uint64_t port;
	struct channel *channel; /* takers come by it, or NULL */
	struct offers offers;
	struct receiver receiver; /* LMCache's */
	struct list farewells;    /* that are under way */
	struct event *timer;      /* until a lease ends */
	struct transfer_stats stats;
};

/* `*t` is zero and `at` the number of the rank; ports of 0: the kernel
 * chooses. False with `err`; transfer_fini must follow either way. */
MUST_USE bool transfer_init(struct transfer *t, struct worker *w, size_t at,
			    uint64_t port, uint64_t alloc_port,
			    struct error *err);
/* Before the rank goes. */
void transfer_fini(struct transfer *t);

/* Is there a connector? */
bool transfer_is_on(const struct transfer *t);
/* Where the decode side finds it. */
const char *transfer_host(const struct transfer *t);
/* How long a finished prompt is held, in s. */
double transfer_lease_s(const struct transfer *t);

/* The prefill leg of `key` has come: who asks for it waits from now on, or
 * has waited. `g` lives until it withdraws or the key is offered, and until
 * it withdraws if it waits. */
void transfer_expect(struct transfer *t, struct slice key, struct giver *g);
/* A sequence's first `n_tokens` are finished: takes over its blocks.
 * `params`: see leg_params_print(); 0: nothing was told. `is_spare`: it is
 * the end of a turn, which the next may go on from. */
void transfer_offer(struct transfer *t, struct slice key, struct seq *s,
		    size_t n_tokens, uint64_t params, bool is_spare);
/* The giver goes, and has handed nothing over if it has not offered: who
 * waits for it waits on. Harmless if the key is not, or no longer, its. */
void transfer_withdraw(struct transfer *t, struct slice key,
		       const struct giver *g);
/* How long either side waits for the other, in s. */
double transfer_timeout_s(const struct transfer *t);

/* What a decode side asks for, as a line of the side channel. */
struct transfer_question {
	struct slice key, engine_id; /* n = 0: whichever engine it is */
	uint64_t prompt, params;     /* fingerprints */
	size_t n_tokens;             /* of its prompt */
};
/* What both ends must have alike, as an object without its closing brace. */
void transfer_put_handshake(const struct transfer *t, struct buf *b);
void transfer_ask(const struct transfer *t, const struct transfer_question *q,
		  struct buf *line);

/* Ends an offer, and tells its giver: it was TAKEN, or it failed. */
void transfer_end(struct transfer *t, struct offer *f, enum complaint_kind why);
/* Leases have changed. */
void transfer_arm(struct transfer *t);

/* Of a prompt's ids. */
uint64_t transfer_prompt_print(const uint32_t *token, size_t n);

/* {"engine_id":…,…} for /sim/state; null without a connector. */
void transfer_put(const struct transfer *t, struct buf *b);

#endif
