#include "router/ingest/guess.h"

#include "common/base/assert.h"
#include "common/hash/chain.h"

#define EACH_ALGORITHM(seed)                                                   \
	{HASH_SHA256, seed}, {HASH_SHA256_CBOR, seed}, {HASH_XXHASH, seed},    \
	{                                                                      \
		HASH_XXHASH_CBOR, seed                                         \
	}

static const struct worker_guess row[] = {
	EACH_ALGORITHM(NULL),     EACH_ALGORITHM("0"),   EACH_ALGORITHM("42"),
	EACH_ALGORITHM("1"),      EACH_ALGORITHM("123"), EACH_ALGORITHM("1234"),
	EACH_ALGORITHM("random"),
};

static bool names_it(const struct worker_guess *g, const char *seed,
		     const struct event *e)
{
	const struct hash_extra extra = {.lora = e->lora_name, .salt = e->salt};
	uint8_t digest[HASH_MAX_BYTES];
	struct hash_scheme s;

	if (seed == NULL)
		return false;
	if (hash_scheme_init(&s, g->algorithm, slice_of(seed), e->block_size) !=
	    OK)
		return false;
	return chain_extend(&s, NULL, e->token, 1, &extra, digest) == OK &&
	       chain_key(&s, digest) == e->hash[0];
}

const struct worker_guess *guess_scheme(const struct event *e, const char *seed)
{
	ASSERT(!e->has_parent && e->n_hashes > 0 && e->block_size > 0 &&
	       e->n_tokens >= e->block_size);
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (names_it(&row[i], row[i].seed ? row[i].seed : seed, e))
			return &row[i];
	return NULL;
}
