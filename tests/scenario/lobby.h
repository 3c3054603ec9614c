/* Admission in a scenario: the real accounts of who holds a worker's memory
 * and the real order of those that wait for it, used as the proxy uses
 * them. */
#ifndef TESTS_SCENARIO_LOBBY_H
#define TESTS_SCENARIO_LOBBY_H

#include "common/hash/chain.h"
#include "router/fleet/residents.h"
#include "router/policy/policy.h"
#include "router/proxy/waiting.h"

struct world_request;

/* A request that waits. */
struct lobby_guest {
	struct waiting waiting;
	struct world_request *request; /* its own, with its texts */
	bool is_twin;                  /* it waits for a prompt, not for room */
};

struct lobby {
	struct residents *of; /* n; NULL: there is no admission */
	size_t n, block_size;
	struct waiting_room room;
	size_t n_waiting;
	size_t n_of_class[RESIDENTS_CLASSES]; /* of them */
	/* Those that have waited, since the last count. */
	double *waited_ms;
	size_t n_waited, max_waited;
	char order[1024]; /* their names, as they went */
};

void lobby_init(struct lobby *l, size_t n, size_t tokens, size_t block_size);
void lobby_fini(struct lobby *l);
void lobby_count(struct lobby *l); /* counts begin anew */

/* Excludes the candidates that have no room. */
void lobby_exclude(struct lobby *l, struct world_request *r,
		   const struct chain *chain, size_t tokens,
		   struct policy_candidate *c, uint64_t now_ms);
void lobby_enter(struct lobby *l, const struct world_request *r,
		 const struct chain *chain, size_t tokens,
		 const struct policy_candidate *c, struct residents_seat *out,
		 uint64_t now_ms);

/* It had better wait for another's prompt than be served as was chosen. */
bool lobby_holds(const struct lobby *l, struct world_request *r,
		 const struct policy_query *q, const struct policy_term *term,
		 uint64_t now_ms);
/* It waits from now on; or again, with the place that it had. */
void lobby_queue(struct lobby *l, const struct world_request *r,
		 uint64_t now_ms);
/* All that wait, in their order: `send` is called for those that may go now
 * by what is known of others, and says whether it could. */
void lobby_look(struct lobby *l,
		bool (*send)(void *arg, struct world_request *r), void *arg,
		uint64_t now_ms);

#endif
