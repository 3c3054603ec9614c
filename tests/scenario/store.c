/* The store that all workers share. */
#include "tests/scenario/prompt.h"
#include "tests/scenario/world.h"

bool world_store(struct world *w, struct slice prompt, double ms,
		 double token_ms)
{
	struct arena arena;
	struct chain chain;
	size_t n;
	bool good;

	w->store_ms = ms;
	w->store_token_ms = token_ms;
	arena_init(&arena);
	good = prompt_chain(w, prompt, &arena, &chain, &n);
	if (good)
		index_put_run(w->index, chain.key, chain.n, WORLD_STORE,
			      INDEX_OTHER);
	arena_fini(&arena);
	return good;
}

void world_fill_stored(const struct world *w, const struct chain *chain,
		       size_t n, struct policy_candidate *c)
{
	uint32_t found[WORLD_MAX_WORKERS];

	index_match_store(w->read_index, chain->key, n, w->id, w->n,
			  WORLD_STORE, found);
	for (size_t i = 0; i < w->n; i++) {
		if (found[i] <= c[i].held_blocks)
			continue;
		c[i].store_blocks = found[i];
		c[i].store_ms = w->store_ms;
		c[i].store_token_ms = w->store_token_ms;
		c[i].store_optional = w->store_optional;
	}
}
