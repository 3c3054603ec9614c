#include "tools/sim/seq.h"

#include "common/base/assert.h"
#include "common/base/mem.h"

#include <string.h>

static size_t doubled(size_t size, size_t need)
{
	size = size ? size : 16;
	while (size < need)
		size *= 2;
	return size;
}

void seq_init(struct seq *s, struct hash_extra extra)
{
	*s = (struct seq){.extra = extra};
}

void seq_fini(struct seq *s)
{
	ASSERT(s->n_blocks == 0);
	mem_free(s->token);
	mem_free(s->block);
	mem_free(s->digest);
	*s = (struct seq){0};
}

void seq_append(struct seq *s, const uint32_t *token, size_t n)
{
	if (n == 0)
		return;
	if (s->n + n > s->size) {
		s->size = doubled(s->size, s->n + n);
		s->token = mem_realloc(s->token, s->size * sizeof(*token));
	}
	memcpy(s->token + s->n, token, n * sizeof(*token));
	s->n += n;
}

const uint8_t *seq_digests(struct seq *s, const struct hash_scheme *scheme,
			   size_t n_blocks)
{
	size_t bytes = scheme->hash_bytes, at = s->n_digests;
	const uint8_t *parent = NULL;

	ASSERT(n_blocks * scheme->block_size <= s->n);
	if (n_blocks <= at)
		return s->digest;
	if (n_blocks > s->digests_size) {
		s->digests_size = doubled(s->digests_size, n_blocks);
		s->digest = mem_realloc(s->digest, s->digests_size * bytes);
	}
	if (at > 0)
		parent = s->digest + (at - 1) * bytes;
	/* The texts' lengths were checked where the request came in. */
	ASSERT(chain_extend(scheme, parent, s->token + at * scheme->block_size,
			    n_blocks - at, &s->extra,
			    s->digest + at * bytes) == OK);
	s->n_digests = n_blocks;
	return s->digest;
}
