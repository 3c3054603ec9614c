/* What a worker's /metrics say about its load and its cache: vLLM by its
 * names of every release, SGLang, TGI. Pure; any thread. */
#ifndef ROUTER_PROBE_LOAD_H
#define ROUTER_PROBE_LOAD_H

#include "common/base/slice.h"

enum load_number {
	LOAD_RUNNING,  /* requests */
	LOAD_WAITING,  /* requests */
	LOAD_KV_USAGE, /* 0 … 1 */
	LOAD_NUMBERS
};

struct load {
	bool has[LOAD_NUMBERS];
	double number[LOAD_NUMBERS];
	size_t block_size; /* tokens; 0: not told */
	size_t kv_blocks;  /* in all; 0: not told */
	/* Slices point into the text; n = 0: not told. */
	struct slice algorithm;      /* prefix_caching_hash_algo */
	struct slice prefix_caching; /* "True", "False" */
	/* Of LoRA: how many it can have loaded, 0: not told, and names with
	 * commas between them, as written. */
	size_t max_adapters;
	struct slice running_adapters, waiting_adapters;
};

/* Of one data-parallel rank, by the series' engine or dp_rank; rank -1, or
 * series without such a label: all of them together. */
void load_parse(struct slice text, int rank, struct load *out);

#endif
