#include "common/token/bpe_tree.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/base/pages.h"
#include "common/token/metaspace.h"
#include "common/token/utf8.h"

#define FACTOR    0x9e3779b1u
#define TOO_EARLY 0u
/* Characters are fewer than bytes: with so many entries, merging a word that
 * is not long reads less of what no cache holds. */
#define MANY (1u << 16)
#define LONG 32

static inline uint32_t bit_of(uint32_t id)
{
	return 1u << (id * FACTOR >> 27);
}

static inline bool is_left_out(const struct bpe_tree *t, uint32_t rank)
{
	return t->left_out[rank / 64] >> rank % 64 & 1;
}

/* When two tokens side by side are merged: rank + 1; BPE_UNMADE: never;
 * TOO_EARLY: by a merge that was left out. */
static inline uint32_t when_joined(const struct bpe_tree *t, uint32_t left,
				   uint32_t right)
{
	const struct bpe_node *l = &t->node[left], *r = &t->node[right];
	uint32_t rank;

	if (!(l->as_left & bit_of(right)) || !(r->as_right & bit_of(left)))
		return BPE_UNMADE;
	rank = bpe_joins_at(t->joins, l->joins, right)->rank;
	if (rank == BPE_NO_RANK)
		return BPE_UNMADE;
	return t->any_left_out && is_left_out(t, rank) ? TOO_EARLY : rank + 1;
}

/* The same for the parts of two tokens that are side by side, but not for
 * the tokens themselves.
 *
 * Goes back in time from these: of the two parts at the border the one that
 * was made last is taken apart, and `until` is when it went into the larger
 * one. Of equals the left one was first. */
static inline uint32_t when_crossed(const struct bpe_tree *t, uint32_t left,
				    uint32_t right)
{
	uint32_t left_until = BPE_UNMADE, right_until = BPE_UNMADE;

	for (;;) {
		const struct bpe_node *l = &t->node[left];
		const struct bpe_node *r = &t->node[right];
		uint32_t when;

		if (l->made > r->made) {
			left_until = l->made;
			left = l->right;
		} else if (r->made > 0) {
			right_until = r->made;
			right = r->left;
		} else {
			return BPE_UNMADE;
		}
		when = when_joined(t, left, right);
		if (when < left_until && when <= right_until)
			return when;
	}
}

bool bpe_tree_makes(const struct bpe_tree *t, uint32_t id)
{
	return t->node[id].made != BPE_UNMADE && !t->node[id].unsure;
}

enum bpe_pair bpe_tree_pair(const struct bpe_tree *t, uint32_t left,
			    uint32_t right)
{
	uint32_t when = when_joined(t, left, right);

	if (when == BPE_UNMADE)
		when = when_crossed(t, left, right);
	if (when == BPE_UNMADE)
		return BPE_PAIR;
	return when == TOO_EARLY ? BPE_UNSURE : BPE_NO_PAIR;
}

static bool is_made(const struct bpe_tree *t, uint32_t id)
{
	return t->node[id].made != BPE_UNMADE;
}

static void note(struct bpe_tree *t, const struct bpe_merge *m)
{
	t->node[m->left].as_left |= bit_of(m->right);
	t->node[m->right].as_right |= bit_of(m->left);
}

/* Merges come by rank: what they join is made by now, or too late. */
static void apply(struct bpe_tree *t, const struct bpe_merge *m)
{
	struct bpe_node *made = &t->node[m->id];

	if (!is_made(t, m->left) || !is_made(t, m->right))
		return;
	if (!is_made(t, m->id) &&
	    when_crossed(t, m->left, m->right) == BPE_UNMADE) {
		made->left = m->left;
		made->right = m->right;
		made->made = m->rank + 1;
		made->n = t->node[m->left].n + t->node[m->right].n;
	}
	note(t, m);
}

/* Files that were made from a list of tokens have merges for every way to
 * cut one in two. Most of those that come too early join what never stands
 * side by side. */
static void leave_out(struct bpe_tree *t, const struct bpe_merge *m)
{
	uint32_t when;

	if (!is_made(t, m->left) || !is_made(t, m->right))
		return;
	if (t->node[m->left].made <= m->rank &&
	    t->node[m->right].made <= m->rank)
		return;
	when = when_crossed(t, m->left, m->right);
	if (when != BPE_UNMADE && when != TOO_EARLY)
		return;
	t->left_out[m->rank / 64] |= (uint64_t)1 << m->rank % 64;
	t->any_left_out = true;
	note(t, m);
}

static void mark_unsure(struct bpe_tree *t, const struct bpe_merge *m)
{
	struct bpe_node *x = &t->node[m->id];

	if (t->any_left_out && x->made == m->rank + 1)
		x->unsure = t->node[x->left].unsure ||
			    t->node[x->right].unsure ||
			    when_crossed(t, x->left, x->right) != BPE_UNMADE;
}

/* Those that a later one has replaced are none. */
static bool is_last(const struct bpe_joins *j, const struct bpe_merge *m)
{
	return bpe_joins_rank(j, m->left, m->right) == m->rank;
}

typedef void step_fn(struct bpe_tree *t, const struct bpe_merge *m);

static void take_merges(struct bpe_tree *t, const struct bpe *b)
{
	static step_fn *const step[] = {apply, leave_out, mark_unsure};
	const struct bpe_merge **merge = mem_zalloc(b->joins.n_rank *
						    sizeof(*merge));

	for (size_t i = 0; i < b->n_merge; i++)
		if (is_last(&b->joins, &b->merge[i]))
			merge[b->merge[i].rank] = &b->merge[i];
	for (size_t k = 0; k < ARRAY_LEN(step); k++)
		for (size_t i = 0; i < b->joins.n_rank; i++)
			if (merge[i])
				step[k](t, merge[i]);
	mem_free(merge);
}

static bool is_character(struct slice text)
{
	return text.n > 0 && utf8_last(text.p, text.n) == 0;
}

/* What a text is before any merge. */
static void plant(struct bpe_tree *t, uint32_t id, size_t n)
{
	if (id == VOCAB_NONE)
		return;
	t->node[id].made = 0;
	t->node[id].n = (uint32_t)n & INT32_MAX;
}

static void begin(struct bpe_tree *t, const struct bpe *b,
		  const struct vocab *v, enum bpe_tree_of of)
{
	for (size_t i = 0; i < t->n; i++)
		t->node[i] = (struct bpe_node){
			.made = BPE_UNMADE,
			.joins = i < b->joins.n_left ? b->joins.left[i]
						     : (struct bpe_left){0},
		};
	for (size_t i = 0; i < 256 && of == BPE_TREE_OF_BYTES; i++)
		plant(t, b->byte_id[i], 1);
	for (uint32_t id = 0; id < v->n_id && of == BPE_TREE_OF_CHARS; id++)
		if (is_character(vocab_text(v, id)))
			plant(t, id, vocab_text(v, id).n);
}

struct bpe_tree *bpe_tree_create(const struct bpe *b, const struct vocab *v,
				 enum bpe_tree_of of)
{
	struct bpe_tree *t = mem_zalloc(sizeof(*t));

	t->joins = &b->joins;
	t->n = v->n_id;
	t->of = of;
	t->min_bytes = SIZE_MAX;
	t->node = pages_alloc(t->n * sizeof(*t->node));
	t->left_out = mem_zalloc((b->joins.n_rank / 64 + 1) *
				 sizeof(*t->left_out));
	begin(t, b, v, of);
	take_merges(t, b);
	return t;
}

bool bpe_tree_spell(struct bpe_tree *t, const struct vocab *v, bool blanks)
{
	struct trie_key *key = mem_array(t->n, sizeof(*key));
	uint32_t *shorter = mem_array(t->n, sizeof(*shorter));
	char *room = mem_alloc(buf_len(&v->bytes)), *word = room;
	size_t n = 0, len;
	bool fitted;

	for (uint32_t id = 0; id < t->n; id++) {
		struct slice text = vocab_text(v, id);

		if (!is_made(t, id) ||
		    !metaspace_word(text, blanks, word, text.n, &len))
			continue;
		key[n++] = (struct trie_key){{word, len}, id};
		t->node[id].n = (uint32_t)len & INT32_MAX;
		word += len;
	}
	fitted = prefix_build(&t->prefix, key, n, shorter);
	t->min_bytes = t->of == BPE_TREE_OF_CHARS && t->n > MANY ? LONG : 0;
	for (size_t i = 0; i < n; i++)
		t->node[key[i].value].shorter = shorter[key[i].value];
	mem_free(shorter);
	mem_free(key);
	mem_free(room);
	return fitted;
}

void bpe_tree_destroy(struct bpe_tree **t)
{
	if (*t == NULL)
		return;
	pages_free((*t)->node, (*t)->n * sizeof(*(*t)->node));
	mem_free((*t)->left_out);
	prefix_fini(&(*t)->prefix);
	mem_free(*t);
	*t = NULL;
}

size_t bpe_tree_bytes(const struct bpe_tree *t)
{
	if (t == NULL)
		return 0;
	return t->n * sizeof(*t->node) + t->joins->n_rank / 8 +
	       prefix_bytes(&t->prefix);
}
