/* LMCache's chunks in one decode worker: prompts' beginnings whose keys and
 * values prefill workers have sent, found by their content. Each serves one
 * request, and is gone with it.
 *
 * A chunk is named by its tokens and all before them. One thread. */
#ifndef TOOLS_SIM_STOCK_H
#define TOOLS_SIM_STOCK_H

#include "common/base/list.h"
#include "common/base/map.h"

#define STOCK_CHUNK_TOKENS 256
#define STOCK_MAX_CHUNKS   65536 /* the oldest make room */

struct stock {
	struct list all; /* oldest first */
	struct map by_name;
	size_t n;
};

void stock_init(struct stock *s);
void stock_fini(struct stock *s);

/* How many chunks `n` tokens make; the last may be a partial one. */
size_t stock_chunks(size_t n);
/* Names of the chunks, stock_chunks(n) of them. */
void stock_name(const uint32_t *token, size_t n, uint64_t *name);
/* Harmless if it is there. */
void stock_put(struct stock *s, uint64_t name);
/* Leading tokens of the `n` that are here; their chunks go. */
size_t stock_take(struct stock *s, const uint32_t *token, size_t n);

#endif
