/* KV event batches as engines write them, for simulated workers and tests:
 * byte for byte what msgspec makes of each generation's structs. */
#ifndef COMMON_EVENT_ENCODE_H
#define COMMON_EVENT_ENCODE_H

#include "common/base/buf.h"
#include "common/event/event.h"

/* The first release with each layout. */
enum event_layout {
	EVENT_V010_2, /* arrays; BlockStored has 7 elements */
	EVENT_V014,   /* 8: lora_name */
	EVENT_V017,   /* 9: extra_keys */
	EVENT_V020,   /* 10: group_idx */
	EVENT_V023,   /* 12: kv_cache_spec_kind and its window */
	EVENT_V024,   /* maps */
	EVENT_V027,   /* maps with locality */
};
#define EVENT_LAYOUTS 7

struct event_style {
	enum event_layout layout;
	bool bytes_hashes; /* whole digests instead of 64-bit integers */
};

struct event_out {
	enum event_kind kind; /* not EVENT_OTHER */
	const uint8_t *hash;  /* n_hashes digests, one behind the other */
	size_t n_hashes;
	size_t hash_bytes;     /* of one digest: 8 … 255 */
	const uint8_t *parent; /* NULL: the run starts at token 0 */
	const uint32_t *token;
	size_t n_tokens;
	uint32_t block_size;
	struct slice medium;    /* n = 0: nil */
	struct slice lora_name; /* n = 0: nil */
	struct slice salt;      /* n = 0: none; first block of the run */
	uint32_t group;
	struct slice spec_kind; /* n = 0: nil */
};

/* Appends one payload. What a layout has no field for is left out. */
void event_encode(struct buf *to, const struct event_style *style, double ts,
		  const struct event_out *event, size_t n, int64_t rank);

#endif
