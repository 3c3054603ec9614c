#include "router/admin/prefix_tree.h"

#include "common/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

/* One that was found, at a worker or at several. */
struct found {
	struct prefix_node node;
	uint64_t parent_key;
	uint32_t parent_blocks; /* 0: it goes on from none */
};

/* --- what there is, each once --------------------------------------------- */

/* As found[i].node.sessions: those that begin with nothing longer. */
static size_t gather_worker(const struct shared_prefixes *s, struct found *out)
{
	uint32_t own[SHARED_PREFIXES];
	size_t n = 0;

	shared_prefix_own(s, own);
	for (int i = 0; i < SHARED_PREFIXES; i++) {
		const struct shared_prefix *e = &s->entry[i];
		struct found f = {.node = {.key = e->key,
					   .blocks = e->blocks,
					   .sessions = own[i]}};

		if (e->n_holders == 0)
			continue;
		f.node.tokens = shared_prefix_tokens(s, i);
		if (e->parent >= 0) {
			f.parent_key = s->entry[e->parent].key;
			f.parent_blocks = s->entry[e->parent].blocks;
		}
		out[n++] = f;
	}
	return n;
}

static int by_key(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->node.key > y->node.key) - (x->node.key < y->node.key);
}

/* Where workers disagree on what it goes on from, it is the longest. */
static void merge(struct found *into, const struct found *other)
{
	into->node.sessions += other->node.sessions;
	if (other->parent_blocks <= into->parent_blocks)
		return;
	into->parent_key = other->parent_key;
	into->parent_blocks = other->parent_blocks;
}

static size_t merge_same(struct found *f, size_t n)
{
	size_t kept = 0;

	qsort(f, n, sizeof(*f), by_key);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && f[kept - 1].node.key == f[i].node.key)
			merge(&f[kept - 1], &f[i]);
		else
			f[kept++] = f[i];
	}
	return kept;
}

static struct found *find(struct found *f, size_t n, uint64_t key)
{
	const struct found wanted = {.node = {.key = key}};

	return bsearch(&wanted, f, n, sizeof(*f), by_key);
}

/* What it goes on from; those of a chain go round in no circle, as each is
 * shorter. */
static struct found *parent_of(struct found *f, size_t n,
			       const struct found *of)
{
	struct found *p = of->parent_blocks > 0 ? find(f, n, of->parent_key)
						: NULL;

	return p != NULL && p->node.blocks < of->node.blocks ? p : NULL;
}

/* Whoever begins with a longer one begins with these, too. `f` is sorted by
 * keys. */
static void add_longer(struct found *f, size_t n)
{
	uint32_t *own = mem_zalloc((n + 1) * sizeof(*own));

	for (size_t i = 0; i < n; i++)
		own[i] = f[i].node.sessions;
	for (size_t i = 0; i < n; i++) {
		struct found *p = parent_of(f, n, &f[i]);

		for (; p != NULL; p = parent_of(f, n, p))
			p->node.sessions += own[i];
	}
	mem_free(own);
}

/* --- the tree ------------------------------------------------------------- */

static int by_sessions(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->node.sessions != y->node.sessions)
		return x->node.sessions > y->node.sessions ? -1 : 1;
	if (x->node.blocks != y->node.blocks)
		return x->node.blocks < y->node.blocks ? -1 : 1;
	return by_key(a, b);
}

/* Those in a tree go round in no circle: a parent is shorter. */
static bool goes_on_from(const struct found *f, const struct prefix_node *p)
{
	return f->parent_blocks > 0 && f->parent_key == p->key &&
	       p->blocks < f->node.blocks;
}

static bool has_parent(const struct found *f, const struct found *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (goes_on_from(f, &all[i].node))
			return true;
	return false;
}

static void put(struct prefix_tree *t, const struct found *f, int parent)
{
	struct prefix_node *node = &t->node[t->n++];

	*node = f->node;
	node->parent = parent;
	node->depth = parent < 0 ? 0 : t->node[parent].depth + 1;
}

/* With all that goes on from it. */
static void put_branch(struct prefix_tree *t, const struct found *f, int parent,
		       const struct found *all, size_t n)
{
	int at = (int)t->n;

	put(t, f, parent);
	for (size_t i = 0; i < n; i++)
		if (goes_on_from(&all[i], &f->node))
			put_branch(t, &all[i], at, all, n);
}

void prefix_tree_build(struct prefix_tree *t, const struct shared_prefixes *of,
		       size_t n)
{
	struct found *f = mem_zalloc((n * SHARED_PREFIXES + 1) * sizeof(*f));
	size_t n_found = 0;

	t->n = 0;
	for (size_t i = 0; i < n; i++)
		n_found += gather_worker(&of[i], f + n_found);
	n_found = merge_same(f, n_found);
	add_longer(f, n_found);
	qsort(f, n_found, sizeof(*f), by_sessions);
	if (n_found > PREFIX_TREE_MAX)
		n_found = PREFIX_TREE_MAX;
	for (size_t i = 0; i < n_found; i++)
		if (!has_parent(&f[i], f, n_found))
			put_branch(t, &f[i], -1, f, n_found);
	mem_free(f);
}

/* Its own node, or that of the longest before it that has one; -1: none. */
static int node_of(const struct prefix_tree *t,
		   const struct shared_prefixes *of, int entry)
{
	for (; entry >= 0; entry = of->entry[entry].parent)
		for (size_t i = 0; i < t->n; i++)
			if (t->node[i].key == of->entry[entry].key)
				return (int)i;
	return -1;
}

void prefix_tree_sessions(const struct prefix_tree *t,
			  const struct shared_prefixes *of,
			  uint32_t out[PREFIX_TREE_MAX])
{
	uint32_t own[SHARED_PREFIXES];

	shared_prefix_own(of, own);
	for (size_t i = 0; i < PREFIX_TREE_MAX; i++)
		out[i] = 0;
	for (int i = 0; i < SHARED_PREFIXES; i++) {
		int at = own[i] > 0 ? node_of(t, of, i) : -1;

		for (; at >= 0; at = t->node[at].parent)
			out[at] += own[i];
	}
}
