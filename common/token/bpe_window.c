/* Long words by overlapping windows, each small enough for a cache.
 *
 * Why this is exact: let every two neighbours u, v of a sequence of tokens
 * be a pair, that is, merging the text of u and v alone gives u, v again.
 * Then merging the whole text gives that sequence. For take the first merge
 * that would cross a border, between u and v: until then nothing crossed,
 * so u and v went through the same merges as alone, and alone they would
 * cross too. The other way round, neighbours in any result are pairs. So
 * where windows meet only one pair has to be tried. */
#include "common/base/mem.h"
#include "common/token/bpe.h"

#define WINDOW 512

struct windows {
	const struct bpe *b;
	struct bpe_scratch *s;
	struct token_list *out;
	size_t base;   /* out->n before the word */
	size_t at;     /* symbols that are done */
	size_t window; /* symbols of the next one */
};

static size_t n_done(const struct windows *w)
{
	return w->out->n - w->base;
}

static void keep(struct windows *w, uint32_t id, size_t start)
{
	struct bpe_scratch *s = w->s;
	size_t n = n_done(w);

	if (n == s->start_size) {
		s->start_size = n ? n * 2 : 256;
		s->start = mem_realloc(s->start,
				       s->start_size * sizeof(*s->start));
	}
	s->start[n] = (uint32_t)start;
	token_list_push(w->out, id);
}

/* Are the last token done and `id`, which ends at `end`, a pair? */
static bool is_pair(struct windows *w, uint32_t id, size_t end)
{
	size_t from = w->s->start[n_done(w) - 1];
	const struct bpe_symbol *x;

	bpe_merge_span(w->b, w->s, from, end - from);
	x = &w->s->symbol[0];
	if (x->id != w->out->id[w->out->n - 1] || x->after < 0)
		return false;
	x = &w->s->symbol[x->after];
	return x->id == id && x->after < 0;
}

/* Gives back at least half a window of what is done. */
static void back_up(struct windows *w)
{
	size_t target = w->at > w->window / 2 ? w->at - w->window / 2 : 0;

	while (w->at > target) {
		w->out->n--;
		w->at = w->s->start[n_done(w)];
	}
}

/* Merges the next `n` symbols; returns the number of tokens in s->fresh. */
static size_t merge_window(struct windows *w, size_t n)
{
	const struct bpe_symbol *symbol;
	size_t made = 0;

	bpe_merge_span(w->b, w->s, w->at, n);
	symbol = w->s->symbol;
	for (int32_t i = 0; i >= 0; i = symbol[i].after) {
		size_t len = symbol[i].after >= 0 ? (size_t)symbol[i].after : n;

		w->s->fresh[made++] = (struct bpe_token){
			.id = symbol[i].id,
			.end = (uint32_t)(w->at + len),
		};
	}
	return made;
}

/* Keeps the tokens that end by `sure`: later ones may change with what
 * follows the window. */
static void keep_sure(struct windows *w, size_t n_fresh, size_t sure)
{
	const struct bpe_token *t = w->s->fresh;

	for (size_t i = 0; i < n_fresh && t[i].end <= sure; i++) {
		keep(w, t[i].id, w->at);
		w->at = t[i].end;
	}
}

static void step(struct windows *w)
{
	size_t left = w->s->n_word - w->at, before = w->at;
	size_t n = w->window < left ? w->window : left;
	size_t sure = n == left ? w->s->n_word : w->at + n - n / 16;
	size_t n_fresh = merge_window(w, n);

	if (n_done(w) > 0 &&
	    !is_pair(w, w->s->fresh[0].id, w->s->fresh[0].end)) {
		w->window *= 2;
		back_up(w);
		return;
	}
	keep_sure(w, n_fresh, sure);
	if (w->at == before)
		w->window *= 2; /* one token fills the window */
	else if (w->window > WINDOW)
		w->window /= 2;
}

void bpe_merge_windows(const struct bpe *b, struct bpe_scratch *s,
		       struct token_list *out)
{
	struct windows w = {b, s, out, out->n, 0, WINDOW};

	while (w.at < s->n_word)
		step(&w);
}
