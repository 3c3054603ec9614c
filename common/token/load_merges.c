#include <string.h>

#include "common/base/arena.h"
#include "common/json/string.h"
#include "common/token/load.h"

#define BATCH (VOCAB_FETCH / 2)

/* One half of a merge: as the file has it, and as the vocabulary does. */
struct half {
	struct slice written, key;
	bool plain;
};

struct pair {
	struct half left, right;
	bool words;       /* the merge was one string */
	struct slice raw; /* JSON, for a sentence */
};

struct reader {
	struct json_scan s;
	struct arena arena; /* of texts with escapes, and of keys */
	struct buf unescaped, joined;
	struct pair pair[BATCH];
	size_t n;
	uint32_t made; /* by the merge before */
};

static bool take_text(struct reader *r, struct slice *out)
{
	struct json_value v;

	if (!json_value(&r->s, &v) || v.type != JSON_TYPE_STRING ||
	    document_text(v.raw, &r->unescaped, out) != OK)
		return false;
	if (out->p == buf_slice(&r->unescaped).p)
		*out = arena_copy(&r->arena, *out);
	return true;
}

/* "left right": exactly one blank. */
static bool take_words(struct reader *r, struct pair *p)
{
	if (!take_text(r, &p->right.written))
		return false;
	p->left.written = slice_split(&p->right.written, ' ');
	return p->left.written.n > 0 && p->right.written.n > 0 &&
	       slice_find(p->right.written, ' ') == p->right.written.n;
}

/* ["left", "right"] */
static bool take_pair(struct reader *r, struct pair *p)
{
	return json_enter_array(&r->s) && json_element(&r->s) &&
	       take_text(r, &p->left.written) && json_element(&r->s) &&
	       take_text(r, &p->right.written) && !json_element(&r->s) &&
	       r->s.status == OK;
}

static bool take_merge(struct reader *r, struct pair *p)
{
	enum json_type type;
	const char *start;
	bool good;

	*p = (struct pair){0};
	if (!json_peek(&r->s, &type))
		return false;
	start = r->s.p;
	p->words = type == JSON_TYPE_STRING;
	good = p->words ? take_words(r, p) : take_pair(r, p);
	p->raw = (struct slice){start, (size_t)(r->s.p - start)};
	return good;
}

static void find_key(struct reader *r, const struct tokenizer *t,
		     struct half *h)
{
	char *out = NULL;

	if (t->byte_level)
		out = arena_alloc(&r->arena, h->written.n + 1);
	h->plain = model_key(t, h->written, out, &h->key);
}

static bool is_joined(const struct tokenizer *t, uint32_t id,
		      const struct pair *p)
{
	struct slice have = vocab_text(&t->vocab, id);
	struct slice left = p->left.key, right = p->right.key;

	return have.n > 0 && have.n == left.n + right.n &&
	       t->vocab.entry[id].plain &&
	       memcmp(have.p, left.p, left.n) == 0 &&
	       memcmp(have.p + left.n, right.p, right.n) == 0;
}

/* What both together are. The prefix of the right one is none of the
 * whole's. Most often it is what the merge before made, or the next id. */
static uint32_t find_joined(struct reader *r, const struct tokenizer *t,
			    const struct pair *p, struct slice prefix)
{
	if (prefix.n == 0 && p->left.plain && p->right.plain) {
		if (is_joined(t, r->made, p))
			return r->made;
		if (is_joined(t, r->made + 1, p))
			return r->made + 1;
	}
	buf_reset(&r->joined, SIZE_MAX);
	buf_append(&r->joined, p->left.written);
	buf_append(&r->joined, slice_from(p->right.written, prefix.n));
	return model_find(t, buf_slice(&r->joined));
}

static bool resolve(struct reader *r, const struct tokenizer *t,
		    const struct pair *p, struct bpe_merge *m)
{
	const struct half *left = &p->left, *right = &p->right;
	struct slice prefix = slice_of(t->bpe.prefix);

	if (!slice_starts(right->written, prefix))
		return false;
	m->left = vocab_find(&t->vocab, left->key, left->plain);
	m->right = vocab_find(&t->vocab, right->key, right->plain);
	m->id = find_joined(r, t, p, prefix);
	r->made = m->id;
	return m->left != VOCAB_NONE && m->right != VOCAB_NONE &&
	       m->id != VOCAB_NONE;
}

/* A file of merges pasted into the list has a line with its version. */
static bool is_version(const struct pair *p)
{
	return p->words && slice_starts(p->left.written, SLICE("#version"));
}

/* Reads up to a batch of merges from the `at`-th on; none at the end. */
static enum status read_batch(struct reader *r, const struct tokenizer *t,
			      size_t at, struct error *err)
{
	struct slice key[VOCAB_FETCH];
	size_t n_key = 0;

	arena_reset(&r->arena);
	for (r->n = 0; r->n < BATCH && json_element(&r->s); r->n++) {
		struct pair *p = &r->pair[r->n];

		if (!take_merge(r, p))
			return error_set(err, ERR_INVALID,
					 "model: merges[%zu] must be two "
					 "entries",
					 at + r->n);
		find_key(r, t, &p->left);
		find_key(r, t, &p->right);
		key[n_key++] = p->left.key;
		key[n_key++] = p->right.key;
	}
	vocab_fetch(&t->vocab, key, n_key);
	return OK;
}

static enum status add_batch(struct reader *r, struct tokenizer *t, size_t at,
			     uint32_t *rank, struct error *err)
{
	struct bpe_merge m;

	for (size_t i = 0; i < r->n; i++) {
		if (is_version(&r->pair[i]))
			continue;
		if (*rank == BPE_MAX_RANKS)
			return error_set(err, ERR_LIMIT,
					 "model: more than %u merges",
					 BPE_MAX_RANKS);
		if (!resolve(r, t, &r->pair[i], &m))
			return error_set(err, ERR_INVALID,
					 "model: merges[%zu]: one half of "
					 "%.*s, or both together, are not in "
					 "the vocabulary",
					 at + i, SLICE_ARG(r->pair[i].raw));
		m.rank = (*rank)++;
		bpe_add(&t->bpe, m);
	}
	return OK;
}

static enum status add_all(struct reader *r, struct tokenizer *t,
			   struct error *err)
{
	enum status status = OK;
	uint32_t rank = 0;
	size_t at = 0;

	do {
		status = read_batch(r, t, at, err);
		if (status == OK)
			status = add_batch(r, t, at, &rank, err);
		at += r->n;
	} while (status == OK && r->n == BATCH);
	return status;
}

enum status load_merges(struct slice merges, struct tokenizer *t,
			struct error *err)
{
	struct reader r = {0};
	enum status status;

	arena_init(&r.arena);
	buf_init(&r.unescaped);
	buf_init(&r.joined);
	bpe_init(&t->bpe);
	json_begin(&r.s, merges, 2);
	json_enter_array(&r.s);
	status = add_all(&r, t, err);
	arena_fini(&r.arena);
	buf_fini(&r.unescaped);
	buf_fini(&r.joined);
	return status;
}
