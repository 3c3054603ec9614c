#include "router/placement/board.h"

#include "common/base/assert.h"

bool board_is_free(const struct board *b, unsigned place)
{
	ASSERT(place < BOARD_PLACES);
	return atomic_load_explicit(&b->place[place].key,
				    memory_order_relaxed) == 0;
}

void board_put(struct board *b, unsigned place, uint64_t key, uint32_t blocks,
	       unsigned to, double favour_ms)
{
	ASSERT(board_is_free(b, place) && key != 0 && blocks > 0);
	atomic_store_explicit(&b->place[place].blocks, blocks,
			      memory_order_relaxed);
	atomic_store_explicit(&b->place[place].to, to, memory_order_relaxed);
	atomic_store_explicit(&b->place[place].favour_ms, favour_ms,
			      memory_order_relaxed);
	atomic_store_explicit(&b->place[place].taken, 0, memory_order_relaxed);
	/* Who sees the key sees the rest. */
	atomic_store_explicit(&b->place[place].key, key, memory_order_release);
	atomic_fetch_add_explicit(&b->n, 1, memory_order_relaxed);
}

void board_clear(struct board *b, unsigned place)
{
	ASSERT(place < BOARD_PLACES);
	if (atomic_exchange_explicit(&b->place[place].key, 0,
				     memory_order_relaxed) != 0)
		atomic_fetch_sub_explicit(&b->n, 1, memory_order_relaxed);
}

bool board_is_taken(const struct board *b, unsigned place)
{
	uint64_t key = atomic_load_explicit(&b->place[place].key,
					    memory_order_relaxed);

	return key != 0 && atomic_load_explicit(&b->place[place].taken,
						memory_order_relaxed) == key;
}

static uint32_t blocks_at(const struct board *b, unsigned i,
			  const uint64_t *key, size_t n)
{
	uint64_t is = atomic_load_explicit(&b->place[i].key,
					   memory_order_acquire);
	uint32_t blocks = atomic_load_explicit(&b->place[i].blocks,
					       memory_order_relaxed);

	if (is == 0 || blocks > n || key[blocks - 1] != is ||
	    board_is_taken(b, i))
		return 0;
	return blocks;
}

bool board_find(const struct board *b, const uint64_t *key, size_t n,
		struct board_move *out)
{
	uint32_t longest = 0;

	for (unsigned i = 0; i < BOARD_PLACES; i++) {
		uint32_t blocks = blocks_at(b, i, key, n);

		if (blocks <= longest)
			continue;
		longest = blocks;
		*out = (struct board_move){
			.place = i,
			.to = atomic_load_explicit(&b->place[i].to,
						   memory_order_relaxed),
			.key = key[blocks - 1],
			.favour_ms = atomic_load_explicit(
				&b->place[i].favour_ms, memory_order_relaxed),
		};
	}
	return longest > 0;
}

bool board_take(struct board *b, const struct board_move *m)
{
	return atomic_exchange_explicit(&b->place[m->place].taken, m->key,
					memory_order_relaxed) != m->key;
}
