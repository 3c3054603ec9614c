/* Fingerprints of a text at every CHUNK_BYTES, each over all of it up to
 * there: two texts with the same one begin alike.
 *
 * `secret` is drawn at random by whoever keeps them, so that no peer can
 * make two texts that seem alike. Pure; any thread. */
#ifndef ROUTER_PROMPT_CHUNKS_H
#define ROUTER_PROMPT_CHUNKS_H

#include "common/base/fingerprint.h"

#define CHUNK_BYTES 1024

/* Of the text.n / CHUNK_BYTES whole chunks. */
void chunk_keys(uint64_t secret, struct slice text,
		struct fingerprint_value *out);
/* Of the text up to `end`, which need not end a chunk; `key` are those of
 * its whole chunks. */
struct fingerprint_value chunk_key_at(uint64_t secret,
				      const struct fingerprint_value *key,
				      struct slice text, size_t end);

#endif
