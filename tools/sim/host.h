/* The host tier of one simulated rank, as vLLM's OffloadingConnector keeps
 * it: blocks of prompts written through as they are computed, by their
 * hash, in an LRU of its own; and the link over which they come back.
 *
 * Nothing is stored in the blocks. One thread. */
#ifndef TOOLS_SIM_HOST_H
#define TOOLS_SIM_HOST_H

#include "tools/sim/cache.h"

/* How fast blocks come back to the GPU: what a load takes, and a token. */
struct host_link {
	double load_s, token_s;
};

/* Where the tier tells what becomes of its blocks; spans live until the
 * call returns. */
struct host_sink {
	void (*stored)(void *arg, const struct cache_run *run);
	void (*removed)(void *arg, const uint8_t *digest);
};

struct host;

/* `scheme` and `sink` outlive it; at least one block. */
struct host *host_create(const struct hash_scheme *scheme, size_t n_blocks,
			 const struct host_link *link,
			 const struct host_sink *sink, void *arg);
void host_destroy(struct host **h);

/* Of `n` digests, how many leading ones are there. */
size_t host_count(const struct host *h, const uint8_t *digest, size_t n);
/* How far the tier goes on where `here` tokens of the sequence are on the
 * GPU: tokens of whole blocks, never the last token; at least `here`. All
 * that it has of the prompt counts as used. */
size_t host_match(struct host *h, struct seq *s, size_t here);
/* The blocks among the first `n_tokens` tokens that are not there are now;
 * what was used longest ago makes room. */
void host_store(struct host *h, struct seq *s, size_t n_tokens);
/* When `tokens` that are asked for now are on the GPU: one load after the
 * other. */
double host_load(struct host *h, double now_s, size_t tokens);

size_t host_blocks(const struct host *h);
size_t host_max_blocks(const struct host *h);

#endif
