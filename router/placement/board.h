/* Copies that wait for a request to take them along, where every lane sees
 * them. One thread puts and clears; any thread looks, and takes. A look that
 * meets a change finds nothing worse than a hint that is off. */
#ifndef ROUTER_PLACEMENT_BOARD_H
#define ROUTER_PLACEMENT_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_PLACES 16

struct board {
	atomic_uint n; /* places in use */
	struct {
		/* Of the prefix's last block; 0: nothing is here. */
		_Atomic uint64_t key;
		atomic_uint blocks;
		atomic_uint to; /* worker's id */
		/* What it may cost a request, in ms. */
		_Atomic double favour_ms;
		_Atomic uint64_t taken; /* a request takes this key along */
	} place[BOARD_PLACES];
};

/* A copy as a request finds it. */
struct board_move {
	unsigned place, to;
	uint64_t key;
	double favour_ms;
};

/* The place is free. `key` is not 0. */
void board_put(struct board *b, unsigned place, uint64_t key, uint32_t blocks,
	       unsigned to, double favour_ms);
void board_clear(struct board *b, unsigned place);
bool board_is_free(const struct board *b, unsigned place);
/* Whether what was put there has been taken. */
bool board_is_taken(const struct board *b, unsigned place);

static inline bool board_is_empty(const struct board *b)
{
	return atomic_load_explicit(&b->n, memory_order_relaxed) == 0;
}

/* The longest prefix of key[0, n) that nobody has taken along; false if
 * there is none. */
bool board_find(const struct board *b, const uint64_t *key, size_t n,
		struct board_move *out);
/* It is taken along from now on, unless another was faster. */
bool board_take(struct board *b, const struct board_move *m);

#endif
