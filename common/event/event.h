/* KV cache events, as vLLM and SGLang publish them in msgpack: every
 * generation, arrays and maps, hashes as integers or bytes. */
#ifndef COMMON_EVENT_EVENT_H
#define COMMON_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

enum event_kind {
	EVENT_STORED,  /* BlockStored */
	EVENT_REMOVED, /* BlockRemoved */
	EVENT_CLEARED, /* AllBlocksCleared */
	EVENT_OTHER,   /* a tag we do not know: to be ignored */
};

enum event_medium {
	EVENT_GPU,
	EVENT_CPU,   /* CPU, cpu, CPU_PINNED, lmcache-l1 */
	EVENT_STORE, /* FS, OBJ, DISK, STORAGE, EXTERNAL, others */
};

/* What a decoder hands out; spans live until the callback returns. */
struct event {
	enum event_kind kind;
	/* Low 64 bits of each hash: the integer itself, or the last 8
	 * bytes of a byte string, big-endian. */
	const uint64_t *hash;
	size_t n_hashes;
	bool has_parent; /* false: the run starts at token 0 */
	uint64_t parent;
	const uint32_t *token; /* the run's tokens; may be empty */
	size_t n_tokens;
	size_t block_size; /* 0: not told (offload placeholders) */
	enum event_medium medium;
	struct slice medium_name; /* as it was told; n = 0: it was not */
	struct slice lora_name;   /* n = 0: none */
	struct slice salt;        /* of the first block, from extra_keys */
	/* extra_keys names something besides LoRA and salt (images, prompt
	 * embeddings): only the engine can compute such hashes. */
	bool opaque_extra;
	int64_t group; /* group_idx; 0 where absent */
	/* kv_cache_spec_kind is absent, full_attention, mla_attention or
	 * sink_full_attention: a hash means the whole prefix is held. */
	bool full_attention;
};

struct event_batch {
	double ts;    /* Unix seconds */
	int64_t rank; /* data-parallel rank; -1: not told */
};

#endif
