/* Byte strings as a tree, for looking up every start of a text at once.
 *
 * Flat arrays in breadth-first order: nine bytes a node. Built by one
 * thread, then immutable. */
#ifndef COMMON_TOKEN_TRIE_H
#define COMMON_TOKEN_TRIE_H

#include "common/base/slice.h"

#define TRIE_ROOT 0
#define TRIE_FAIL 0 /* nobody's child */
#define TRIE_NONE UINT32_MAX

struct trie_key {
	struct slice text;
	uint32_t value; /* not TRIE_NONE */
};

struct trie {
	uint32_t *first; /* children of node i: first[i] … first[i + 1] - 1 */
	uint32_t *value; /* of the string that ends there, or TRIE_NONE */
	unsigned char *label;
	size_t n;
};

/* Sorts the keys. Of equal ones the highest value stays. */
void trie_build(struct trie *t, struct trie_key *key, size_t n);
void trie_fini(struct trie *t);
size_t trie_bytes(const struct trie *t); /* memory held */

/* The child of a node by its byte, or TRIE_FAIL. */
static inline uint32_t trie_child(const struct trie *t, uint32_t node,
				  unsigned char byte)
{
	uint32_t at = t->first[node], end = t->first[node + 1];
	const unsigned char *found;

	if (end - at <= 4) {
		for (; at < end; at++)
			if (t->label[at] == byte)
				return at;
		return TRIE_FAIL;
	}
	found = memchr(t->label + at, byte, end - at);
	return found ? (uint32_t)(found - t->label) : TRIE_FAIL;
}

/* The node at the end of a path from the root, or TRIE_FAIL; the root for
 * the empty path. */
uint32_t trie_walk(const struct trie *t, struct slice path);

#endif
