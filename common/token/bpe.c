#include "common/token/bpe.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/token/bpe_tree.h"

#define PLACE_BITS 6
/* Up to here the cheapest pair is found by looking at all of them. */
#define SCAN_MAX (1 << PLACE_BITS)
/* Up to here the heap stays in the fastest cache. */
#define HEAP_MAX   512
#define FIRST_SIZE 64

void bpe_scratch_fini(struct bpe_scratch *s)
{
	mem_free(s->word);
	mem_free(s->symbol);
	mem_free(s->heap);
	mem_free(s->fresh);
	mem_free(s->start);
	*s = (struct bpe_scratch){0};
}

void bpe_init(struct bpe *b)
{
	bpe_fini(b);
	memset(b->byte_id, 0xff, sizeof(b->byte_id));
}

void bpe_fini(struct bpe *b)
{
	bpe_tree_destroy(&b->tree);
	mem_free(b->abreast);
	b->abreast = NULL;
	bpe_joins_fini(&b->joins);
	bpe_forget(b);
}

void bpe_add(struct bpe *b, struct bpe_merge m)
{
	if (b->n_merge == b->size) {
		b->size = b->size ? b->size * 2 : FIRST_SIZE;
		b->merge = mem_realloc(b->merge, b->size * sizeof(*b->merge));
	}
	b->merge[b->n_merge++] = m;
}

void bpe_seal(struct bpe *b)
{
	bpe_joins_build(&b->joins, b->merge, b->n_merge);
}

void bpe_forget(struct bpe *b)
{
	mem_free(b->merge);
	b->merge = NULL;
	b->n_merge = b->size = 0;
}

size_t bpe_bytes(const struct bpe *b)
{
	return b->size * sizeof(*b->merge) + bpe_joins_bytes(&b->joins) +
	       bpe_tree_bytes(b->tree) + (b->abreast ? sizeof(*b->abreast) : 0);
}

static inline uint32_t rank_of(const struct bpe *b, uint32_t left,
			       uint32_t right)
{
	return bpe_joins_rank(&b->joins, left, right);
}

/* Rank and place of a pair in one number, so that the smallest is the next
 * to merge; NO_KEY for none. Vectors of four: one comparison for each. */
#define MAX_RANK (INT32_MAX >> PLACE_BITS)
#define NO_KEY   INT32_MAX

typedef int32_t keys __attribute__((vector_size(16)));

struct few {
	union {
		keys four[SCAN_MAX / 4];
		int32_t key[SCAN_MAX];
	};
	uint32_t id[SCAN_MAX];
	uint8_t before[SCAN_MAX + 1], after[SCAN_MAX];
	size_t n; /* places; `after` of the last is n */
};

static inline void look(const struct bpe *b, struct few *f, size_t at)
{
	size_t after = f->after[at];
	uint32_t rank;

	f->key[at] = NO_KEY;
	if (after == f->n)
		return;
	rank = rank_of(b, f->id[at], f->id[after]);
	if (rank != BPE_NO_RANK)
		f->key[at] = (int32_t)(rank << PLACE_BITS | at);
}

static inline int32_t lowest(const struct few *f)
{
	keys low = f->four[0];
	int32_t a, b;

	for (size_t i = 1; i * 4 < f->n; i++) {
		keys other = f->four[i], less = other < low;

		low = (other & less) | (low & ~less);
	}
	a = low[0] < low[1] ? low[0] : low[1];
	b = low[2] < low[3] ? low[2] : low[3];
	return a < b ? a : b;
}

static inline void join(const struct bpe *b, struct few *f, int32_t key)
{
	size_t at = (size_t)key & (SCAN_MAX - 1);
	size_t gone = f->after[at], after = f->after[gone];

	f->id[at] = b->joins.id[key >> PLACE_BITS];
	f->key[gone] = NO_KEY;
	f->after[at] = (uint8_t)after;
	f->before[after] = (uint8_t)at;
	look(b, f, at);
	if (at > 0)
		look(b, f, f->before[at]);
}

/* 0 < n <= SCAN_MAX symbols; ranks are at most MAX_RANK. */
static void merge_few(const struct bpe *b, const uint32_t *id, size_t n,
		      struct token_list *out)
{
	struct few f;
	int32_t key;

	f.n = n;
	memcpy(f.id, id, n * sizeof(*id));
	for (size_t i = 0; i < n; i++) {
		f.before[i + 1] = (uint8_t)i;
		f.after[i] = (uint8_t)(i + 1);
	}
	for (size_t i = 0; i < n; i++)
		look(b, &f, i);
	for (size_t i = n; i % 4 != 0; i++)
		f.key[i] = NO_KEY;
	while ((key = lowest(&f)) != NO_KEY)
		join(b, &f, key);
	for (size_t i = 0; i < n; i = f.after[i])
		token_list_push(out, f.id[i]);
}

static void sift_down(uint64_t *heap, size_t n, size_t at)
{
	uint64_t moved = heap[at];

	for (size_t child; (child = at * 2 + 1) < n; at = child) {
		if (child + 1 < n && heap[child + 1] < heap[child])
			child++;
		if (heap[child] >= moved)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

static void heap_push(struct bpe_scratch *s, uint64_t key)
{
	size_t at = s->n_heap++;

	for (size_t up; at > 0 && s->heap[up = (at - 1) / 2] > key; at = up)
		s->heap[at] = s->heap[up];
	s->heap[at] = key;
}

static uint64_t heap_pop(struct bpe_scratch *s)
{
	uint64_t top = s->heap[0];

	s->heap[0] = s->heap[--s->n_heap];
	if (s->n_heap > 0)
		sift_down(s->heap, s->n_heap, 0);
	return top;
}

static void set_rank(const struct bpe *b, struct bpe_scratch *s, int32_t at)
{
	struct bpe_symbol *x = &s->symbol[at];

	x->rank = x->after < 0 ? BPE_NO_RANK
			       : rank_of(b, x->id, s->symbol[x->after].id);
}

static uint64_t key_of(const struct bpe_scratch *s, int32_t at)
{
	return (uint64_t)s->symbol[at].rank << 32 | (uint32_t)at;
}

/* The pair that starts at symbol `at` joins the heap, if it has a rank. */
static void offer(const struct bpe *b, struct bpe_scratch *s, int32_t at)
{
	set_rank(b, s, at);
	if (s->symbol[at].rank != BPE_NO_RANK)
		heap_push(s, key_of(s, at));
}

/* Merges the pair of an entry of the heap, unless a merge of a neighbour
 * has made the entry stale. */
static void apply(const struct bpe *b, struct bpe_scratch *s, uint64_t key)
{
	int32_t at = (int32_t)(key & UINT32_MAX);
	struct bpe_symbol *x = &s->symbol[at], *gone;

	if (x->rank != key >> 32)
		return;
	gone = &s->symbol[x->after];
	x->id = b->joins.id[x->rank];
	x->after = gone->after;
	gone->rank = BPE_NO_RANK;
	if (x->after >= 0)
		s->symbol[x->after].before = at;
	offer(b, s, at);
	if (x->before >= 0)
		offer(b, s, x->before);
}

void bpe_reserve(struct bpe_scratch *s, size_t n)
{
	if (n <= s->word_size)
		return;
	s->word_size = n + n / 2;
	s->word = mem_realloc(s->word, s->word_size * sizeof(*s->word));
}

static void reserve_symbols(struct bpe_scratch *s, size_t n)
{
	if (n <= s->symbol_size)
		return;
	s->symbol_size = n + n / 2;
	s->symbol = mem_realloc(s->symbol, s->symbol_size * sizeof(*s->symbol));
	s->fresh = mem_realloc(s->fresh, s->symbol_size * sizeof(*s->fresh));
	/* Each merge takes one entry out and puts at most two in. */
	s->heap = mem_realloc(s->heap, s->symbol_size * 2 * sizeof(*s->heap));
}

void bpe_merge_span(const struct bpe *b, struct bpe_scratch *s, size_t from,
		    size_t n)
{
	reserve_symbols(s, n);
	s->n_heap = 0;
	for (size_t i = 0; i < n; i++)
		s->symbol[i] = (struct bpe_symbol){
			.id = s->word[from + i],
			.before = (int32_t)i - 1,
			.after = i + 1 < n ? (int32_t)i + 1 : -1,
		};
	for (size_t i = 0; i < n; i++) {
		set_rank(b, s, (int32_t)i);
		if (s->symbol[i].rank != BPE_NO_RANK)
			s->heap[s->n_heap++] = key_of(s, (int32_t)i);
	}
	for (size_t i = s->n_heap / 2; i-- > 0;)
		sift_down(s->heap, s->n_heap, i);
	while (s->n_heap > 0)
		apply(b, s, heap_pop(s));
}

void bpe_merge_word(const struct bpe *b, struct bpe_scratch *s,
		    struct token_list *out)
{
	size_t n = s->n_word;

	if (n > HEAP_MAX) {
		bpe_merge_windows(b, s, out);
	} else if (n > SCAN_MAX || b->joins.n_rank > MAX_RANK) {
		if (n > 0)
			bpe_merge_span(b, s, 0, n);
		for (int32_t i = n ? 0 : -1; i >= 0; i = s->symbol[i].after)
			token_list_push(out, s->symbol[i].id);
	} else if (n > 0) {
		merge_few(b, s->word, n, out);
	}
}

void bpe_merge_bytes(const struct bpe *b, struct slice word,
		     struct bpe_scratch *s, struct token_list *out)
{
	if (bpe_pairs(b, word, s, out))
		return;
	bpe_reserve(s, word.n);
	s->n_word = 0;
	for (size_t i = 0; i < word.n; i++) {
		uint32_t id = b->byte_id[(unsigned char)word.p[i]];

		if (id != VOCAB_NONE)
			s->word[s->n_word++] = id;
	}
	bpe_merge_word(b, s, out);
}
