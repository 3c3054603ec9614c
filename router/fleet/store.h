/* A store of blocks that several workers share: a file system, an object
 * store, a pool of memory. What one of them has put there any of them loads,
 * so it stands in the index beside the workers, under an id of its own, and
 * outlives each of them.
 *
 * Identity is fixed at creation; what changes is atomic and has one writer
 * named beside it. Counted: fleet snapshots hold it. */
#ifndef ROUTER_FLEET_STORE_H
#define ROUTER_FLEET_STORE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/base/ref.h"
#include "common/base/slice.h"
#include "router/conf/conf.h"

struct store {
	struct ref ref;
	unsigned id; /* as a worker's, and none of theirs; in INDEX_OTHER */
	char *name;
	/* Learner (main): what a load takes, and each token of it. */
	_Atomic double load_ms, token_ms;
	atomic_uint n_observed; /* loads that this was learned from */
	/* Ingest. */
	atomic_uint n_missed; /* loads that did not come, since one did */
};

/* NULL: all ids are in use. */
struct store *store_create(const struct conf_store *c);
struct store *store_ref(struct store *s);
void store_unref(struct store **s);

/* Whether events of blocks in this medium speak of the store: one of those
 * that are configured, or of FS, OBJ, STORAGE, EXTERNAL and lmcache-l2-*
 * where none are. A star at the end stands for anything. */
bool store_has_medium(const struct conf_store *c, struct slice medium);

#endif
