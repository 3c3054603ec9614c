/* What the tests of this folder share: the demo model, and conversations of
 * made-up messages. */
#ifndef TESTS_UNIT_PROMPT_TALK_H
#define TESTS_UNIT_PROMPT_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/rng.h"
#include "router/prompt/conversation.h"

#define DEMO      "models/demo"
#define TALK_MOST 24

static struct tokenizer *tokenizer;
static struct chat_model *chat;
static struct arena arena, lasting; /* `lasting`: raw messages */
static struct buf room;
static struct outlines *outlines;
static const struct tm now = {.tm_year = 125};

static inline int talk_begin(void **state)
{
	struct error err;

	(void)state;
	tokenizer = tokenizer_load(DEMO, &err);
	chat = chat_model_load(DEMO, NULL, &err);
	outlines = outlines_create();
	arena_init(&arena);
	arena_init(&lasting);
	return tokenizer && chat ? 0 : -1;
}

static inline int talk_end(void **state)
{
	(void)state;
	tokenizer_unref(&tokenizer);
	outlines_destroy(&outlines);
	chat_model_unref(&chat);
	arena_fini(&arena);
	arena_fini(&lasting);
	buf_fini(&room);
	return 0;
}

/* A message of `words` words, as JSON. */
static inline struct slice talk_message(struct rng *rng, const char *role,
					size_t words)
{
	static const char *const word[] = {"the",   "cache", "<|im_end|>",
					   "\\n",   "long",  "\\u00e9t\\u00e9",
					   "<|im_", "{x}"};
	struct slice out;
	struct buf b;

	buf_init(&b);
	buf_printf(&b, "{\"role\":\"%s\",\"content\":\"%llu", role,
		   (unsigned long long)rng_below(rng, 1000));
	for (size_t i = 0; i < words; i++)
		buf_printf(&b, " %s", word[rng_below(rng, ARRAY_LEN(word))]);
	buf_puts(&b, "\"}");
	out = arena_copy(&lasting, buf_slice(&b));
	buf_fini(&b);
	return out;
}

static inline struct conversation_input talk_input(size_t kept,
						   const struct slice *turn,
						   size_t n)
{
	return (struct conversation_input){
		.tokenizer = tokenizer,
		.chat = chat,
		.request = {.add_generation_prompt = true, .now = &now},
		.kept = kept,
		.turn = turn,
		.n_turns = n,
		.max_tokens = 1 << 20,
		.limits = template_default_limits(),
		.outlines = outlines,
	};
}

static inline struct hash_scheme talk_scheme(enum hash_algorithm a)
{
	struct hash_scheme s;

	assert_int_equal(hash_scheme_init(&s, a, SLICE("0"), 16), OK);
	return s;
}

static inline void talk_same_chain(struct conversation *a,
				   struct conversation *b,
				   enum conversation_keys which,
				   enum hash_algorithm algorithm)
{
	struct hash_scheme s = talk_scheme(algorithm);
	struct chain_keys *xk = NULL, *yk = NULL;
	struct chain x, y;

	assert_int_equal(conversation_chain(a, which, &s, NULL, &xk, &x), OK);
	assert_int_equal(conversation_chain(b, which, &s, NULL, &yk, &y), OK);
	assert_int_equal(x.n, y.n);
	if (x.n > 0)
		assert_memory_equal(x.key, y.key, x.n * sizeof(*x.key));
	chain_keys_give_back(&xk);
	chain_keys_give_back(&yk);
}

/* `c` is what all of `turn` gives that is done at once. */
static inline void talk_check(struct conversation *c, const struct slice *turn,
			      size_t n)
{
	struct conversation *whole = conversation_create();
	struct conversation_input in = talk_input(0, turn, n);
	struct error err;

	in.outlines = NULL;
	assert_int_equal(conversation_go_on(whole, &in, &arena, &room, &err),
			 OK);
	assert_true(slice_equal(buf_slice(&whole->text), buf_slice(&c->text)));
	assert_int_equal(whole->tokens.n, c->tokens.n);
	assert_memory_equal(whole->tokens.id, c->tokens.id,
			    c->tokens.n * sizeof(*c->tokens.id));
	talk_same_chain(whole, c, CONVERSATION_TOKENS, HASH_TOKENS);
	talk_same_chain(whole, c, CONVERSATION_ENGINE, HASH_SHA256_CBOR);
	conversation_destroy(&whole);
	arena_reset(&arena);
}

#endif
