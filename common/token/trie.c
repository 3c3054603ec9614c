#include "common/token/trie.h"

#include <stdlib.h>

#include "common/base/mem.h"

/* Keys of one node: key[low, high) share their first `depth` bytes. */
struct span {
	uint32_t low, high, depth;
};

struct builder {
	struct trie *t;
	const struct trie_key *key;
	struct span *span; /* of each node */
	size_t size;
};

static int compare(const void *x, const void *y)
{
	const struct trie_key *a = x, *b = y;
	size_t n = a->text.n < b->text.n ? a->text.n : b->text.n;
	int order = n ? memcmp(a->text.p, b->text.p, n) : 0;

	if (order != 0)
		return order;
	if (a->text.n != b->text.n)
		return a->text.n < b->text.n ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

static void grow(struct builder *b)
{
	struct trie *t = b->t;

	b->size = b->size ? b->size * 2 : 1024;
	b->span = mem_realloc(b->span, b->size * sizeof(*b->span));
	t->label = mem_realloc(t->label, b->size);
	t->value = mem_realloc(t->value, b->size * sizeof(*t->value));
	t->first = mem_realloc(t->first, (b->size + 1) * sizeof(*t->first));
}

static void push(struct builder *b, unsigned char label, struct span span)
{
	if (b->t->n == b->size)
		grow(b);
	b->t->label[b->t->n] = label;
	b->span[b->t->n++] = span;
}

static unsigned char byte_of(const struct builder *b, uint32_t key,
			     uint32_t depth)
{
	return (unsigned char)b->key[key].text.p[depth];
}

/* Gives the node its value and its children. */
static void expand(struct builder *b, size_t node)
{
	struct span s = b->span[node];
	uint32_t value = TRIE_NONE, start;

	b->t->first[node] = (uint32_t)b->t->n;
	for (; s.low < s.high && b->key[s.low].text.n == s.depth; s.low++)
		value = b->key[s.low].value;
	b->t->value[node] = value;
	while ((start = s.low) < s.high) {
		unsigned char byte = byte_of(b, start, s.depth);

		while (s.low < s.high && byte_of(b, s.low, s.depth) == byte)
			s.low++;
		push(b, byte, (struct span){start, s.low, s.depth + 1});
	}
}

void trie_build(struct trie *t, struct trie_key *key, size_t n)
{
	struct builder b = {.t = t, .key = key};

	*t = (struct trie){0};
	if (n > 0)
		qsort(key, n, sizeof(*key), compare);
	push(&b, 0, (struct span){0, (uint32_t)n, 0});
	for (size_t i = 0; i < t->n; i++)
		expand(&b, i);
	t->first[t->n] = (uint32_t)t->n;
	mem_free(b.span);
}

void trie_fini(struct trie *t)
{
	mem_free(t->first);
	mem_free(t->value);
	mem_free(t->label);
	*t = (struct trie){0};
}

size_t trie_bytes(const struct trie *t)
{
	return t->n *
	       (sizeof(*t->first) + sizeof(*t->value) + sizeof(*t->label));
}

uint32_t trie_walk(const struct trie *t, struct slice path)
{
	uint32_t node = TRIE_ROOT;

	for (size_t i = 0; i < path.n; i++) {
		node = trie_child(t, node, (unsigned char)path.p[i]);
		if (node == TRIE_FAIL)
			return TRIE_FAIL;
	}
	return node;
}
