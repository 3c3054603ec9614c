/* One rank's end of the peer tier, as vLLM's secondary tier `p2p`: others
 * ask it for blocks by their hash, and are given those that it keeps in
 * host memory.
 *
 * Over a side channel (channel.h), in two questions. A lookup names the
 * request's fresh id and the hashes that are missing, and is told how many
 * of them, from the first on, are here. A fetch names the id, and is
 * answered once the blocks are there: what that takes follows from their
 * number and from the fetches before it. Both begin with what the two must
 * have alike, or hashes and blocks would not mean the same to both.
 *
 * The loop's thread. */
#ifndef TOOLS_SIM_P2P_H
#define TOOLS_SIM_P2P_H

#include "common/base/list.h"
#include "tools/sim/channel.h"
#include "tools/sim/used.h"

struct rank;
struct worker;

/* vLLM's bounds, in simulated seconds: of a lookup, of a fetch, and until
 * what was looked up is forgotten if nobody fetches it. */
#define P2P_LOOKUP_S 5.0
#define P2P_FETCH_S  30.0
#define P2P_FORGET_S 60.0
/* Hashes in one lookup. */
#define P2P_MAX_BLOCKS 8192

struct p2p_stats {
	uint64_t looked_up, refused, given, given_tokens; /* to others */
	uint64_t asked, fetched, fetched_tokens, failed;  /* from others */
};

struct p2p {
	struct worker *worker;
	struct rank *rank;
	struct channel *channel; /* NULL: the worker has no such tier */
	uint64_t port;
	struct list grants;    /* looked up, and not yet given */
	struct used ids;       /* by which others asked */
	struct used fetch_ids; /* by which its own requests did */
	double free_s;         /* when the link to others is */
	struct p2p_stats stats;
};

/* With a host tier, from vLLM 0.27 on; else there is none, and that is
 * fine. `port` 0: the kernel chooses. False with `err`; p2p_fini must follow
 * either way. */
MUST_USE bool p2p_init(struct p2p *p, struct worker *w, size_t rank,
		       uint64_t port, struct error *err);
void p2p_fini(struct p2p *p);

/* The questions; `digest` has `n` digests, one behind the other. */
void p2p_put_lookup(const struct p2p *p, const char *id, const uint8_t *digest,
		    size_t n, struct buf *line);
void p2p_put_fetch(const struct p2p *p, const char *id, struct buf *line);
/* {"looked_up":…}, or null where there is no such tier. */
void p2p_put_state(const struct p2p *p, struct buf *b);

#endif
