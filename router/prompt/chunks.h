/* Fingerprints of a text at the ends of its chunks, each over all of it up
 * to there: two texts with the same one begin alike. Chunks are short at the
 * start, so that short texts have some, a KiB behind it, and long far in,
 * where what they cost is most of what a known text costs.
 *
 * `secret` is drawn at random by whoever keeps them, so that no peer can
 * make two texts that seem alike. Pure; any thread. */
#ifndef ROUTER_PROMPT_CHUNKS_H
#define ROUTER_PROMPT_CHUNKS_H

#include "common/base/fingerprint.h"

#define CHUNK_BYTES       1024
#define CHUNK_SHORT_BYTES 128
#define CHUNK_SHORT       (CHUNK_BYTES / CHUNK_SHORT_BYTES) /* so many */
#define CHUNK_LONG_BYTES  4096
#define CHUNK_LONG_FROM   (16 * 1024) /* bytes before the first of them */

/* Chunks before the long ones. */
#define CHUNK_SHORTER (CHUNK_SHORT + CHUNK_LONG_FROM / CHUNK_BYTES - 1)

/* Whole chunks in so many bytes. */
static inline size_t chunk_count(size_t bytes)
{
	if (bytes < CHUNK_BYTES)
		return bytes / CHUNK_SHORT_BYTES;
	if (bytes < CHUNK_LONG_FROM)
		return bytes / CHUNK_BYTES - 1 + CHUNK_SHORT;
	return (bytes - CHUNK_LONG_FROM) / CHUNK_LONG_BYTES + CHUNK_SHORTER;
}

/* Bytes in so many chunks. */
static inline size_t chunk_bytes(size_t count)
{
	if (count <= CHUNK_SHORT)
		return count * CHUNK_SHORT_BYTES;
	if (count <= CHUNK_SHORTER)
		return (count - CHUNK_SHORT + 1) * CHUNK_BYTES;
	return (count - CHUNK_SHORTER) * CHUNK_LONG_BYTES + CHUNK_LONG_FROM;
}

/* Of the chunk_count(text.n) whole chunks. */
void chunk_keys(uint64_t secret, struct slice text,
		struct fingerprint_value *out);
/* Of the text up to `end`, which need not end a chunk; `key` are those of
 * its whole chunks. */
struct fingerprint_value chunk_key_at(uint64_t secret,
				      const struct fingerprint_value *key,
				      struct slice text, size_t end);

#endif
