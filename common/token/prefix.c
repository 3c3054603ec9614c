#include "common/token/prefix.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/pages.h"

#define BLOCK       256
#define MAX_UNITS   (1u << (32 - PREFIX_SHIFT))
#define OPEN_BLOCKS 16
#define TOP_LEVELS  3

/* The free units of the last OPEN_BLOCKS blocks stand in a ring in the order
 * of their places; what is left in older ones is given up. The first block
 * is the root's alone: leaves point there and find nothing. */
struct builder {
	struct prefix *p;
	const struct trie *t;
	uint32_t *unit_of; /* of each node of `t` */
	uint32_t *stack;   /* nodes whose children have no places yet */
	uint32_t *next, *before;
	uint64_t *is_base; /* bit per unit: some node's base */
	uint32_t first;    /* free unit, or 0 */
};

static bool is_free(const struct builder *b, uint32_t unit)
{
	return b->next[unit] != 0;
}

static bool add_block(struct builder *b)
{
	struct prefix *p = b->p;
	size_t was = p->n, n = was + BLOCK;

	if (n > MAX_UNITS)
		return false;
	if ((was & (was - 1)) == 0) {
		size_t size = was ? was * 2 : BLOCK;

		p->unit = mem_realloc(p->unit, size * sizeof(*p->unit));
		b->next = mem_realloc(b->next, size * sizeof(*b->next));
		b->before = mem_realloc(b->before, size * sizeof(*b->before));
		b->is_base = mem_realloc(b->is_base, size / 8);
	}
	p->n = n;
	memset(p->unit + was, 0, BLOCK * sizeof(*p->unit));
	memset(b->next + was, 0, BLOCK * sizeof(*b->next));
	memset(b->is_base + was / 64, 0, BLOCK / 8);
	return true;
}

static void take(struct builder *b, uint32_t unit)
{
	uint32_t next = b->next[unit], before = b->before[unit];

	if (b->first == unit)
		b->first = next == unit ? 0 : next;
	b->next[before] = next;
	b->before[next] = before;
	b->next[unit] = 0;
}

static void close_block(struct builder *b, uint32_t from)
{
	for (uint32_t i = from; i < from + BLOCK; i++)
		if (is_free(b, i))
			take(b, i);
}

/* Puts the last block's units at the ring's end. */
static void open_block(struct builder *b)
{
	uint32_t from = (uint32_t)(b->p->n - BLOCK), to = from + BLOCK - 1;
	uint32_t last = b->first ? b->before[b->first] : to;

	for (uint32_t i = from; i <= to; i++) {
		b->before[i] = i - 1;
		b->next[i] = i + 1;
	}
	if (b->first == 0)
		b->first = from;
	b->next[last] = from;
	b->before[from] = last;
	b->next[to] = b->first;
	b->before[b->first] = to;
	if (from / BLOCK > OPEN_BLOCKS)
		close_block(b, from - OPEN_BLOCKS * BLOCK);
}

static bool fits(const struct builder *b, uint32_t base, uint32_t low,
		 uint32_t high)
{
	if (b->is_base[base / 64] >> base % 64 & 1)
		return false;
	for (uint32_t i = low; i < high; i++)
		if (!is_free(b, base ^ b->t->label[i]))
			return false;
	return true;
}

/* A base for the children [low, high) in the youngest of the free units, or
 * 0. */
static uint32_t find_base(const struct builder *b, uint32_t low, uint32_t high)
{
	uint32_t unit = b->first;

	if (unit == 0)
		return 0;
	do {
		uint32_t base;

		unit = b->before[unit];
		base = unit ^ b->t->label[low];
		if (fits(b, base, low, high))
			return base;
	} while (unit != b->first);
	return 0;
}

static bool place_children(struct builder *b, size_t node)
{
	uint32_t low = b->t->first[node], high = b->t->first[node + 1], base;

	if (low == high)
		return true;
	base = find_base(b, low, high);
	if (base == 0) {
		if (!add_block(b))
			return false;
		open_block(b);
		base = (uint32_t)(b->p->n - BLOCK);
	}
	b->is_base[base / 64] |= (uint64_t)1 << base % 64;
	b->p->unit[b->unit_of[node]].node |= base << PREFIX_SHIFT;
	for (uint32_t i = low; i < high; i++) {
		uint32_t unit = base ^ b->t->label[i], value = b->t->value[i];

		take(b, unit);
		b->unit_of[i] = unit;
		b->p->unit[unit].node = b->t->label[i] | PREFIX_USED |
					(value != TRIE_NONE ? PREFIX_ENDS : 0);
		b->p->unit[unit].value = value;
	}
	return true;
}

/* Places what is below a node, branch by branch, so that a walk stays in a
 * few lines. */
static bool place_below(struct builder *b, uint32_t root)
{
	size_t n = 0;

	b->stack[n++] = root;
	while (n > 0) {
		uint32_t node = b->stack[--n];

		if (!place_children(b, node))
			return false;
		for (uint32_t i = b->t->first[node + 1];
		     i-- > b->t->first[node];)
			b->stack[n++] = i;
	}
	return true;
}

/* The first levels, which every walk passes, by themselves. */
static bool place_all(struct builder *b)
{
	const struct trie *t = b->t;
	uint32_t low = 0, high = 1;

	for (int level = 0; level < TOP_LEVELS; level++) {
		uint32_t next = low < high ? t->first[high - 1 + 1] : high;

		for (uint32_t i = low; i < high; i++)
			if (!place_children(b, i))
				return false;
		low = high;
		high = next;
	}
	for (uint32_t i = low; i < high; i++)
		if (!place_below(b, i))
			return false;
	return true;
}

static void list_shorter(const struct trie *t, uint32_t *shorter)
{
	uint32_t *above = mem_array(t->n, sizeof(*above));

	above[TRIE_ROOT] = PREFIX_NONE;
	for (size_t node = 0; node < t->n; node++) {
		uint32_t here = t->value[node] != TRIE_NONE ? t->value[node]
							    : above[node];

		if (t->value[node] != TRIE_NONE)
			shorter[t->value[node]] = above[node];
		for (uint32_t i = t->first[node]; i < t->first[node + 1]; i++)
			above[i] = here;
	}
	mem_free(above);
}

/* From memory that grew to pages that stay. */
static void settle(struct prefix *p)
{
	struct prefix_unit *unit = pages_alloc(prefix_bytes(p));

	memcpy(unit, p->unit, prefix_bytes(p));
	mem_free(p->unit);
	p->unit = unit;
}

bool prefix_build(struct prefix *p, struct trie_key *key, size_t n,
		  uint32_t *shorter)
{
	struct trie t;
	struct builder b = {.p = p, .t = &t};
	bool fitted;

	*p = (struct prefix){0};
	trie_build(&t, key, n);
	list_shorter(&t, shorter);
	b.unit_of = mem_array(t.n, sizeof(*b.unit_of));
	b.stack = mem_array(t.n, sizeof(*b.stack));
	b.unit_of[TRIE_ROOT] = 0;
	fitted = add_block(&b) && place_all(&b);
	mem_free(b.unit_of);
	mem_free(b.stack);
	mem_free(b.next);
	mem_free(b.before);
	mem_free(b.is_base);
	trie_fini(&t);
	if (!fitted) {
		mem_free(p->unit);
		*p = (struct prefix){0};
		return false;
	}
	settle(p);
	return true;
}

/* One of the texts, on its way. */
struct walker {
	const char *p, *end;
	const char *behind; /* the longest entry so far, or NULL */
	uint32_t base;
};

static inline uint32_t root_of(const struct prefix *x)
{
	return x->unit->node >> PREFIX_SHIFT;
}

/* A byte further, or, where no entry goes on, back behind the last. False
 * at the end. */
static inline bool step(const struct prefix *x, struct walker *w,
			const void *by_value, size_t size)
{
	unsigned char byte = (unsigned char)*w->p;
	const struct prefix_unit *u = &x->unit[w->base ^ byte];

	if ((u->node & (PREFIX_USED | 0xff)) == (PREFIX_USED | byte)) {
		w->p++;
		w->base = u->node >> PREFIX_SHIFT;
		if (u->node & PREFIX_ENDS) {
			w->behind = w->p;
			__builtin_prefetch((const char *)by_value +
					   u->value * size);
		}
	} else if (w->behind == NULL) {
		return false;
	} else {
		w->p = w->behind;
		w->behind = NULL;
		w->base = root_of(x);
	}
	if (w->p == w->end)
		return false;
	__builtin_prefetch(&x->unit[w->base ^ (unsigned char)*w->p]);
	return true;
}

void prefix_fetch(const struct prefix *x, const struct slice *text, size_t n,
		  const void *by_value, size_t size)
{
	struct walker walker[PREFIX_FETCH];

	ASSERT(n <= PREFIX_FETCH);
	for (size_t i = 0; i < n; i++)
		walker[i] = (struct walker){
			.p = text[i].p,
			.end = text[i].p + text[i].n,
			.base = root_of(x),
		};
	while (n > 0)
		for (size_t i = 0; i < n;)
			if (step(x, &walker[i], by_value, size))
				i++;
			else
				walker[i] = walker[--n];
}

void prefix_fini(struct prefix *p)
{
	pages_free(p->unit, prefix_bytes(p));
	*p = (struct prefix){0};
}

size_t prefix_bytes(const struct prefix *p)
{
	return p->n * sizeof(*p->unit);
}
