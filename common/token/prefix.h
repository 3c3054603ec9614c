/* The longest entry that a text starts with.
 *
 * A tree of bytes as a double array: the child of a node by the byte c is
 * the unit (base ^ c), if that has the label c. Four bytes a step, against
 * two reads and a search in trie.h, which can list a node's children.
 * Built by one thread, then immutable. */
#ifndef COMMON_TOKEN_PREFIX_H
#define COMMON_TOKEN_PREFIX_H

#include "common/token/trie.h"

#define PREFIX_NONE  TRIE_NONE
#define PREFIX_FETCH 16 /* texts */

/* Of a unit: the label, and above it: */
#define PREFIX_USED  (1u << 8)
#define PREFIX_ENDS  (1u << 9) /* an entry does here */
#define PREFIX_SHIFT 10        /* its children's base */

struct prefix_unit {
	uint32_t node;
	uint32_t value; /* of the entry that ends here, or PREFIX_NONE */
};

struct prefix {
	struct prefix_unit *unit;
	size_t n;
};

/* Sorts the keys, of which none is empty. For each value, `shorter` becomes
 * that of the longest entry that its own starts with, or PREFIX_NONE. False
 * if there are too many; nothing is then built. */
MUST_USE bool prefix_build(struct prefix *p, struct trie_key *key, size_t n,
			   uint32_t *shorter);
void prefix_fini(struct prefix *p);
size_t prefix_bytes(const struct prefix *p); /* memory held */

struct prefix_entry {
	uint32_t value; /* or PREFIX_NONE */
	uint32_t n;     /* bytes */
};

/* Makes the processor fetch what it takes to go through each of these texts
 * by prefix_longest(), all at once; n <= PREFIX_FETCH. Of the rest see
 * there. */
void prefix_fetch(const struct prefix *x, const struct slice *text, size_t n,
		  const void *by_value, size_t size);

/* The longest entry at the start of p[0, n). `by_value` is an array of which
 * the caller will read the value's element, of `size` bytes; or NULL: it is
 * fetched meanwhile. */
static inline struct prefix_entry prefix_longest(const struct prefix *x,
						 const char *p, size_t n,
						 const void *by_value,
						 size_t size)
{
	const struct prefix_unit *unit = x->unit;
	uint32_t base = unit->node >> PREFIX_SHIFT;
	struct prefix_entry longest = {PREFIX_NONE, 0};

	for (size_t i = 0; i < n; i++) {
		unsigned char byte = (unsigned char)p[i];
		const struct prefix_unit *u = &unit[base ^ byte];

		if ((u->node & (PREFIX_USED | 0xff)) != (PREFIX_USED | byte))
			break;
		if (u->node & PREFIX_ENDS) {
			longest.value = u->value;
			longest.n = (uint32_t)i + 1;
			if (by_value)
				__builtin_prefetch((const char *)by_value +
						   u->value * size);
		}
		base = u->node >> PREFIX_SHIFT;
	}
	return longest;
}

#endif
