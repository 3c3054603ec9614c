#include "tests/scenario/prompt.h"

#include "common/hash/chain.h"
#include "tests/scenario/world.h"

#define MAX_TOKENS (1u << 20)

static uint32_t token_of(struct slice segment, size_t at)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < segment.n; i++)
		h = (h ^ (unsigned char)segment.p[i]) * 0x100000001b3u;
	h = (h ^ at) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 40);
}

static bool prompt_tokens(struct slice prompt, struct arena *a,
			  uint32_t **token, size_t *n)
{
	uint64_t count;

	*token = arena_array(a, MAX_TOKENS, sizeof(**token));
	*n = 0;
	while (prompt.n > 0) {
		struct slice rest = slice_split(&prompt, '+'), name;

		name = slice_split(&rest, ':');
		if (slice_to_u64(rest, MAX_TOKENS - *n, &count) != OK)
			return false;
		for (size_t i = 0; i < count; i++)
			(*token)[(*n)++] = token_of(name, i);
	}
	return *n > 0;
}

bool prompt_chain(struct world *w, struct slice prompt, struct arena *a,
		  struct chain *chain, size_t *n_tokens)
{
	uint32_t *token;

	return prompt_tokens(prompt, a, &token, n_tokens) &&
	       chain_hash(&w->scheme, token, *n_tokens, NULL, MAX_TOKENS, a,
			  chain) == OK;
}

uint64_t prompt_key(struct world *w, struct slice prompt)
{
	struct arena arena;
	struct chain chain;
	uint64_t key = 0;
	size_t n;

	arena_init(&arena);
	if (prompt_chain(w, prompt, &arena, &chain, &n) && chain.n > 0)
		key = chain.key[chain.n - 1];
	arena_fini(&arena);
	return key;
}
