#include "router/fleet/shared_prefix.h"

#include "common/base/assert.h"

int shared_prefix_find(const struct shared_prefixes *s, const uint64_t *key,
		       size_t n)
{
	int best = SHARED_PREFIX_NONE;

	for (int i = 0; i < s->end; i++) {
		const struct shared_prefix *e = &s->entry[i];

		if (e->n_holders == 0 || e->blocks > n ||
		    key[e->blocks - 1] != e->key)
			continue;
		if (best < 0 || e->blocks > s->entry[best].blocks)
			best = i;
	}
	return best;
}

uint32_t shared_prefix_blocks(const struct shared_prefixes *s, int i)
{
	return i < 0 ? 0 : s->entry[i].blocks;
}

void shared_prefix_hold(struct shared_prefixes *s, int i)
{
	if (i < 0)
		return;
	ASSERT(s->entry[i].n_holders > 0);
	s->entry[i].n_holders++;
}

int shared_prefix_add(struct shared_prefixes *s, const uint64_t *key,
		      uint32_t blocks, size_t block_size, int parent)
{
	uint32_t from = shared_prefix_blocks(s, parent);

	ASSERT(blocks > from);
	for (int i = 0; i < SHARED_PREFIXES; i++) {
		struct shared_prefix *e = &s->entry[i];

		if (e->n_holders > 0)
			continue;
		*e = (struct shared_prefix){
			.key = key[blocks - 1],
			.blocks = blocks,
			.n_holders = 1,
			.tokens = (uint64_t)(blocks - from) * block_size,
			.parent = parent,
		};
		s->tokens += e->tokens;
		if (i >= s->end)
			s->end = i + 1;
		shared_prefix_hold(s, parent);
		return i;
	}
	return SHARED_PREFIX_NONE;
}

void shared_prefix_release(struct shared_prefixes *s, int i)
{
	while (i >= 0) {
		struct shared_prefix *e = &s->entry[i];

		ASSERT(e->n_holders > 0);
		if (--e->n_holders > 0)
			return;
		s->tokens -= e->tokens;
		i = e->parent;
	}
}

void shared_prefix_own(const struct shared_prefixes *s,
		       uint32_t out[SHARED_PREFIXES])
{
	for (int i = 0; i < SHARED_PREFIXES; i++)
		out[i] = s->entry[i].n_holders;
	/* A longer one stands among the holders, too. */
	for (int i = 0; i < SHARED_PREFIXES; i++)
		if (s->entry[i].n_holders > 0 && s->entry[i].parent >= 0)
			out[s->entry[i].parent]--;
}

uint64_t shared_prefix_tokens(const struct shared_prefixes *s, int i)
{
	uint64_t tokens = 0;

	for (; i >= 0; i = s->entry[i].parent)
		tokens += s->entry[i].tokens;
	return tokens;
}
