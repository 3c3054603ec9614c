/* Words by their longest tokens: one step for each token, where merging
 * takes one for each byte and one for each merge.
 *
 * What merging gives is the only sequence of tokens in which every two
 * neighbours are a pair. So the longest token that goes with the one before
 * it is taken, and where none does, that one was wrong. A place that was
 * given up is no border: up to there all were pairs, so that merging gives
 * just these for the text up to there, and nothing can follow. */
#include <string.h>

#include "common/base/mem.h"
#include "common/token/bpe_tree.h"

/* Tokens that are tried, for each byte: a few in any text. */
#define MAX_TRIES 8

struct walk {
	const struct bpe *b;
	struct token_list *out;
	uint64_t *dead; /* bit per place */
	size_t base;    /* out->n before the word */
	size_t at, tries;
	bool unsure;
};

static inline bool is_dead(const struct walk *w, size_t at)
{
	return w->dead[at / 64] >> at % 64 & 1;
}

static inline bool goes_here(struct walk *w, uint32_t id)
{
	const struct bpe_tree *t = w->b->tree;
	enum bpe_pair pair;

	w->unsure |= t->node[id].unsure;
	if (w->out->n == w->base)
		return true;
	pair = bpe_tree_pair(t, w->out->id[w->out->n - 1], id);
	w->unsure |= pair == BPE_UNSURE;
	return pair == BPE_PAIR;
}

/* The longest of `id` and the tokens that it starts with which may stand at
 * w->at, or VOCAB_NONE. */
static inline uint32_t choose(struct walk *w, uint32_t id)
{
	const struct bpe_node *node = w->b->tree->node;

	for (; id != VOCAB_NONE; id = node[id].shorter) {
		w->tries++;
		if (!is_dead(w, w->at + node[id].n) && goes_here(w, id))
			break;
	}
	return id;
}

static bool walk(struct walk *w, struct slice word)
{
	const struct bpe_tree *t = w->b->tree;
	size_t most = word.n * MAX_TRIES;
	uint32_t id;

	while (w->at < word.n && w->tries <= most && !w->unsure) {
		id = prefix_longest(&t->prefix, word.p + w->at, word.n - w->at);
		id = choose(w, id);
		while (id == VOCAB_NONE && w->out->n > w->base) {
			w->dead[w->at / 64] |= (uint64_t)1 << w->at % 64;
			id = w->out->id[--w->out->n];
			w->at -= t->node[id].n;
			id = choose(w, t->node[id].shorter);
		}
		if (id == VOCAB_NONE)
			return false; /* a byte that is no token */
		token_list_push(w->out, id);
		w->at += t->node[id].n;
	}
	return w->at == word.n && !w->unsure;
}

bool bpe_pairs(const struct bpe *b, struct slice word, struct bpe_scratch *s,
	       struct token_list *out)
{
	uint64_t few[4] = {0};
	struct walk w = {.b = b, .out = out, .dead = few, .base = out->n};

	if (word.n >= sizeof(few) * 8) {
		bpe_reserve(s, (word.n / 64 + 1) * 2);
		w.dead = (uint64_t *)s->word;
		mem_zero(w.dead, (word.n / 64 + 1) * sizeof(*w.dead));
	}
	if (walk(&w, word))
		return true;
	out->n = w.base;
	return false;
}
