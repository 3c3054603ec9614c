#include "common/token/bpe_joins.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/pages.h"

static void measure(struct bpe_joins *j, const struct bpe_merge *merge,
		    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ASSERT(merge[i].rank < BPE_MAX_RANKS);
		if (merge[i].left >= j->n_left)
			j->n_left = (size_t)merge[i].left + 1;
		if (merge[i].rank >= j->n_rank)
			j->n_rank = (size_t)merge[i].rank + 1;
	}
}

/* Half of the places of each stay free. The first place is of those that
 * have none. */
static void make_places(struct bpe_joins *j, const uint32_t *n_of)
{
	j->n_join = 1;
	for (size_t id = 0; id < j->n_left; id++) {
		struct bpe_left *left = &j->left[id];

		if (n_of[id] == 0)
			continue;
		while ((1u << left->bits) < n_of[id] * 2)
			left->bits++;
		left->first = (uint32_t)j->n_join;
		j->n_join += (size_t)1 << left->bits;
	}
	j->join = pages_alloc(j->n_join * sizeof(*j->join));
	memset(j->join, 0xff, j->n_join * sizeof(*j->join));
}

void bpe_joins_build(struct bpe_joins *j, const struct bpe_merge *merge,
		     size_t n)
{
	uint32_t *n_of;

	*j = (struct bpe_joins){0};
	measure(j, merge, n);
	n_of = mem_zalloc(j->n_left * sizeof(*n_of));
	for (size_t i = 0; i < n; i++)
		n_of[merge[i].left]++;
	j->left = mem_zalloc(j->n_left * sizeof(*j->left));
	j->id = mem_array(j->n_rank, sizeof(*j->id));
	memset(j->id, 0xff, j->n_rank * sizeof(*j->id));
	make_places(j, n_of);
	mem_free(n_of);
	for (size_t i = 0; i < n; i++) {
		const struct bpe_merge *m = &merge[i];

		*bpe_joins_at(j, j->left[m->left],
			      m->right) = (struct bpe_join){m->right, m->rank};
		j->id[m->rank] = m->id;
	}
}

void bpe_joins_fini(struct bpe_joins *j)
{
	mem_free(j->left);
	pages_free(j->join, j->n_join * sizeof(*j->join));
	mem_free(j->id);
	*j = (struct bpe_joins){0};
}

size_t bpe_joins_bytes(const struct bpe_joins *j)
{
	return j->n_left * sizeof(*j->left) + j->n_join * sizeof(*j->join) +
	       j->n_rank * sizeof(*j->id);
}
