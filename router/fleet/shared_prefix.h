/* Prefixes that several sessions of a worker begin with, each counted once,
 * however many hold it: a forest, in which each has the tokens that it adds
 * to the one that it goes on from. They live as long as somebody holds
 * them. Fixed memory, no thread of its own. */
#ifndef ROUTER_FLEET_SHARED_PREFIX_H
#define ROUTER_FLEET_SHARED_PREFIX_H

#include <stddef.h>
#include <stdint.h>

#define SHARED_PREFIXES     32
#define SHARED_PREFIX_NONE  (-1)
#define SHARED_PREFIX_LEAST 16 /* blocks: what is shorter is not told apart */

struct shared_prefix {
	uint64_t key;       /* of its last block */
	uint32_t blocks;    /* from the prompt's beginning */
	uint32_t n_holders; /* sessions and longer prefixes; 0: free */
	uint64_t tokens;    /* beyond its parent's */
	int parent;
};

struct shared_prefixes {
	struct shared_prefix entry[SHARED_PREFIXES];
	int end;         /* from there on none was ever held */
	uint64_t tokens; /* of all */
};

/* The longest that the chain begins with; SHARED_PREFIX_NONE. */
int shared_prefix_find(const struct shared_prefixes *s, const uint64_t *key,
		       size_t n);
uint32_t shared_prefix_blocks(const struct shared_prefixes *s, int i);

/* Another holder of it; of none, nothing. */
void shared_prefix_hold(struct shared_prefixes *s, int i);
/* A new one, the chain's first `blocks`, with one holder: it goes on from
 * `parent` and holds that. SHARED_PREFIX_NONE: there is no room for more. */
int shared_prefix_add(struct shared_prefixes *s, const uint64_t *key,
		      uint32_t blocks, size_t block_size, int parent);
void shared_prefix_release(struct shared_prefixes *s, int i);

/* Of each, how many sessions begin with it and with nothing longer here; 0
 * where it is free. */
void shared_prefix_own(const struct shared_prefixes *s,
		       uint32_t out[SHARED_PREFIXES]);
/* From the prompt's beginning. */
uint64_t shared_prefix_tokens(const struct shared_prefixes *s, int i);

#endif
