/* KV event batches from their msgpack: `[ts, events, rank]`, each event an
 * array (vLLM up to v0.23, SGLang, LMCache) or a map (vLLM from v0.24).
 *
 * Fields that are missing, surplus or unknown are let pass, so that every
 * generation decodes; what is malformed ends the batch. */
#ifndef COMMON_EVENT_DECODE_H
#define COMMON_EVENT_DECODE_H

#include "common/event/event.h"

#define EVENT_MAX_BYTES  ((size_t)64 << 20) /* of a payload */
#define EVENT_MAX_HASHES ((size_t)1 << 20)  /* of one event */
#define EVENT_MAX_TOKENS ((size_t)1 << 24)  /* of one event */
#define EVENT_MAX_DEPTH  16 /* of nesting, the batch's included */

/* Scratch that is kept from batch to batch. One thread. */
struct event_decoder {
	uint64_t *hash;
	uint32_t *token;
	size_t hash_size, token_size;
};

void event_decoder_init(struct event_decoder *d);
void event_decoder_fini(struct event_decoder *d);

/* Called once per event, in order. What `e` points to dies on return. */
typedef void event_fn(void *arg, const struct event *e);

/* Decodes a whole payload. ERR_INVALID if it is malformed, ERR_LIMIT past
 * a bound above; `out` is then untouched, the events before the bad one
 * have been delivered, none from it on. The rank stands behind the events
 * in the payload, so `out` is known only at the end. A BlockRemoved names
 * no kv_cache_spec_kind: its `full_attention` is true. */
MUST_USE enum status event_decode(struct event_decoder *d, struct slice payload,
				  event_fn *fn, void *arg,
				  struct event_batch *out);

#endif
