#include "router/prompt/chunks.h"

/* Of a chunk and all before it. */
static struct fingerprint_value go_on(uint64_t secret,
				      struct fingerprint_value before,
				      struct slice chunk)
{
	struct fingerprint_value f = fingerprint128(chunk, secret ^ before.low);

	/* Odd: what is before counts with all of its bits. */
	f.high += before.high * 0x9e3779b97f4a7c15u;
	return f;
}

static struct fingerprint_value start(void)
{
	return (struct fingerprint_value){0, 0};
}

void chunk_keys(uint64_t secret, struct slice text,
		struct fingerprint_value *out)
{
	struct fingerprint_value so_far = start();
	size_t n = chunk_count(text.n), at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t end = chunk_bytes(i + 1);

		so_far = go_on(secret, so_far,
			       (struct slice){text.p + at, end - at});
		out[i] = so_far;
		at = end;
	}
}

struct fingerprint_value chunk_key_at(uint64_t secret,
				      const struct fingerprint_value *key,
				      struct slice text, size_t end)
{
	size_t whole = chunk_count(end), at = chunk_bytes(whole);
	struct fingerprint_value before = whole ? key[whole - 1] : start();

	if (at == end)
		return before;
	return go_on(secret, before, (struct slice){text.p + at, end - at});
}
