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

/* The longest of the tokens shorter than `id` with which that starts which
 * may stand at w->at, or VOCAB_NONE. */
static uint32_t choose_shorter(struct walk *w, uint32_t id)
{
	const struct bpe_node *node = w->b->tree->node;

	while ((id = node[id].shorter) != VOCAB_NONE) {
		w->tries++;
		if (!is_dead(w, w->at + node[id].n) && goes_here(w, id))
			break;
	}
	return id;
}

/* `longest` does not go with what is before it: takes a shorter one, and
 * where none does, takes back. False at a byte that is no token. */
static bool back_up(struct walk *w, uint32_t longest)
{
	const struct bpe_node *node = w->b->tree->node;
	uint32_t id = longest;

	if (id != VOCAB_NONE)
		id = choose_shorter(w, id);
	while (id == VOCAB_NONE && w->out->n > w->base) {
		w->dead[w->at / 64] |= (uint64_t)1 << w->at % 64;
		id = w->out->id[--w->out->n];
		w->at -= node[id].n;
		id = choose_shorter(w, id);
	}
	if (id == VOCAB_NONE)
		return false;
	token_list_push(w->out, id);
	w->at += node[id].n;
	return true;
}

static bool walk(struct walk *w, struct slice word)
{
	const struct bpe_tree *t = w->b->tree;
	size_t most = word.n * MAX_TRIES;

	while (w->at < word.n && w->tries <= most && !w->unsure) {
		struct prefix_entry longest = prefix_longest(
			&t->prefix, word.p + w->at, word.n - w->at, t->node,
			sizeof(*t->node));

		w->tries++;
		/* Its length is known before its node has come. */
		if (longest.n > 0 && !is_dead(w, w->at + longest.n) &&
		    LIKELY(goes_here(w, longest.value))) {
			token_list_push(w->out, longest.value);
			w->at += longest.n;
		} else if (!back_up(w, longest.value)) {
			return false;
		}
	}
	return w->at == word.n && !w->unsure;
}

bool bpe_pairs(const struct bpe *b, struct slice word, struct bpe_scratch *s,
	       struct token_list *out)
{
	uint64_t few[4] = {0};
	struct walk w = {.b = b, .out = out, .dead = few, .base = out->n};

	if (b->tree == NULL || word.n < b->tree->min_bytes)
		return false;
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
