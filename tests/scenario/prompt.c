#include "tests/scenario/prompt.h"

#include "common/hash/chain.h"
#include "tests/scenario/world.h"

#define MAX_TOKENS (1u << 20)

static uint64_t hash_of(struct slice name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return h;
}

/* Of the segment that comes next. */
static bool segment_take(struct slice *prompt, struct slice *name,
			 uint64_t *count)
{
	struct slice rest = slice_split(prompt, '+');

	*name = slice_split(&rest, ':');
	return slice_to_u64(rest, MAX_TOKENS, count) == OK;
}

static bool prompt_count(struct slice prompt, size_t *n)
{
	struct slice name;
	uint64_t count;

	for (*n = 0; prompt.n > 0; *n += count)
		if (!segment_take(&prompt, &name, &count) ||
		    count > MAX_TOKENS - *n)
			return false;
	return *n > 0;
}

static bool prompt_tokens(struct slice prompt, struct arena *a,
			  uint32_t **token, size_t *n)
{
	struct slice name;
	uint64_t count;
	uint32_t *to;

	if (!prompt_count(prompt, n))
		return false;
	to = *token = arena_array(a, *n, sizeof(**token));
	while (segment_take(&prompt, &name, &count)) {
		uint64_t h = hash_of(name);

		for (uint64_t i = 0; i < count; i++)
			*to++ = (uint32_t)(((h ^ i) * 0x9e3779b97f4a7c15u) >>
					   40);
		if (prompt.n == 0)
			break;
	}
	return true;
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
