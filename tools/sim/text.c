#include "tools/sim/text.h"

#include "common/base/assert.h"
#include "common/base/mem.h"
#include "common/base/rng.h"

#include <string.h>

static const char *const word[] = {
	"river", "stone", "light",  "paper", "garden", "winter",  "bread",
	"cloud", "glass", "bridge", "music", "letter", "harbor",  "forest",
	"clock", "sugar", "window", "field", "silver", "morning",
};

struct text {
	struct tokenizer *tokenizer; /* NULL: bytes */
	/* The words' ids: as the first of an answer, and after a space. */
	struct token_list first[ARRAY_LEN(word)], next[ARRAY_LEN(word)];
};

static void learn_words(struct text *t)
{
	char spaced[32] = " ";

	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		token_list_init(&t->first[i]);
		token_list_init(&t->next[i]);
		strcpy(spaced + 1, word[i]);
		ASSERT(text_encode(t, slice_of(word[i]), false, 64,
				   &t->first[i]) == OK);
		ASSERT(text_encode(t, slice_of(spaced), false, 64,
				   &t->next[i]) == OK);
	}
}

struct text *text_load(const char *dir, struct error *err)
{
	struct text *t = mem_zalloc(sizeof(*t));

	if (strcmp(dir, "bytes") != 0) {
		t->tokenizer = tokenizer_load(dir, err);
		if (!t->tokenizer) {
			mem_free(t);
			return NULL;
		}
	}
	learn_words(t);
	return t;
}

void text_destroy(struct text **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		token_list_fini(&(*t)->first[i]);
		token_list_fini(&(*t)->next[i]);
	}
	if ((*t)->tokenizer)
		tokenizer_unref(&(*t)->tokenizer);
	mem_free(*t);
	*t = NULL;
}

enum status text_encode(const struct text *t, struct slice s, bool add_special,
			size_t max_tokens, struct token_list *out)
{
	if (t->tokenizer)
		return tokenizer_encode(t->tokenizer, s, add_special,
					max_tokens, out);
	if (s.n > max_tokens)
		return ERR_LIMIT;
	for (size_t i = 0; i < s.n; i++)
		token_list_push(out, (unsigned char)s.p[i]);
	return OK;
}

void text_decode(const struct text *t, const uint32_t *id, size_t n,
		 struct buf *out)
{
	if (t->tokenizer) {
		tokenizer_decode(t->tokenizer, id, n, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (id[i] < 256)
			buf_putc(out, (char)id[i]);
}

size_t text_vocab_size(const struct text *t)
{
	return t->tokenizer ? tokenizer_vocab_size(t->tokenizer) : 256;
}

void text_chat_turn(struct slice role, struct slice content, bool open,
		    struct buf *out)
{
	buf_puts(out, "<|im_start|>");
	buf_append(out, role);
	buf_putc(out, '\n');
	buf_append(out, content);
	if (!open)
		buf_puts(out, "<|im_end|>\n");
}

void text_chat_prompt(struct buf *out)
{
	buf_puts(out, "<|im_start|>assistant\n");
}

void text_answer(const struct text *t, const uint32_t *prompt, size_t n_prompt,
		 uint64_t choice, size_t n, struct token_list *out)
{
	uint64_t seed = 14695981039346656037u ^ choice;
	size_t end = out->n + n;
	const struct token_list *l;
	struct rng rng;

	for (size_t i = 0; i < n_prompt; i++)
		seed = (seed ^ prompt[i]) * 1099511628211u;
	rng_seed(&rng, seed);
	l = &t->first[rng_below(&rng, ARRAY_LEN(word))];
	while (out->n < end) {
		for (size_t i = 0; i < l->n && out->n < end; i++)
			token_list_push(out, l->id[i]);
		l = &t->next[rng_below(&rng, ARRAY_LEN(word))];
	}
}
