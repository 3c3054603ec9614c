#include "router/prompt/chunks.h"

/* Of a chunk and all before it. */
static struct fingerprint_value go_on(uint64_t secret,
				      struct fingerprint_value before,
				      struct slice chunk)
{
	struct fingerprint_value pair[2] = {before,
					    fingerprint128(chunk, secret)};

	return fingerprint128((struct slice){(const char *)pair, sizeof(pair)},
			      secret);
}

static struct fingerprint_value start(void)
{
	return (struct fingerprint_value){0, 0};
}

void chunk_keys(uint64_t secret, struct slice text,
		struct fingerprint_value *out)
{
	struct fingerprint_value so_far = start();

	for (size_t i = 0; i < text.n / CHUNK_BYTES; i++) {
		so_far = go_on(
			secret, so_far,
			(struct slice){text.p + i * CHUNK_BYTES, CHUNK_BYTES});
		out[i] = so_far;
	}
}

struct fingerprint_value chunk_key_at(uint64_t secret,
				      const struct fingerprint_value *key,
				      struct slice text, size_t end)
{
	size_t whole = end / CHUNK_BYTES, at = whole * CHUNK_BYTES;
	struct fingerprint_value before = whole ? key[whole - 1] : start();

	if (at == end)
		return before;
	return go_on(secret, before, (struct slice){text.p + at, end - at});
}
