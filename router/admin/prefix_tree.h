/* The prefixes that most sessions of a model begin with, over all of its
 * workers, as a tree: of what each worker's sessions share (shared_prefix.h).
 * Keys and sizes, no text. Pure. */
#ifndef ROUTER_ADMIN_PREFIX_TREE_H
#define ROUTER_ADMIN_PREFIX_TREE_H

#include "router/fleet/shared_prefix.h"

#define PREFIX_TREE_MAX 32

struct prefix_node {
	uint64_t key;    /* of its last block */
	int parent;      /* stands before it; -1: none */
	unsigned depth;  /* 0: it has no parent */
	uint32_t blocks; /* from the prompt's beginning, as are tokens */
	uint64_t tokens;
	uint32_t sessions; /* that begin with it, at all workers */
};

struct prefix_tree {
	struct prefix_node node[PREFIX_TREE_MAX];
	size_t n;
};

/* `of`: n, one a worker. Those that most sessions begin with, each behind
 * its parent and beside its like, the one with more sessions first. */
void prefix_tree_build(struct prefix_tree *t, const struct shared_prefixes *of,
		       size_t n);

/* Of each node, how many sessions of one worker begin with it, of those of
 * which the tree was built. */
void prefix_tree_sessions(const struct prefix_tree *t,
			  const struct shared_prefixes *of,
			  uint32_t out[PREFIX_TREE_MAX]);

#endif
