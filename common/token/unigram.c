#include "common/token/unigram.h"

#include "common/base/mem.h"
#include "common/token/utf8.h"
#include "common/token/vocab.h"

#define UNKNOWN_PENALTY 10.0
#define UNREACHED       UINT32_MAX

void unigram_init(struct unigram *u, struct trie_key *key, size_t n,
		  double *score)
{
	double lowest = n > 0 ? score[0] : 0.0;

	*u = (struct unigram){.score = score, .unk_id = VOCAB_NONE};
	for (size_t i = 1; i < n; i++)
		if (score[i] < lowest)
			lowest = score[i];
	u->unk_score = lowest - UNKNOWN_PENALTY;
	memset(u->byte_id, 0xff, sizeof(u->byte_id));
	trie_build(&u->trie, key, n);
}

void unigram_fini(struct unigram *u)
{
	trie_fini(&u->trie);
	mem_free(u->score);
	*u = (struct unigram){0};
}

void unigram_scratch_fini(struct unigram_scratch *s)
{
	mem_free(s->node);
	*s = (struct unigram_scratch){0};
}

static void reserve(struct unigram_scratch *s, size_t n)
{
	if (n > s->size) {
		s->size = n + n / 2;
		s->node = mem_realloc(s->node, s->size * sizeof(*s->node));
	}
	for (size_t i = 0; i < n; i++)
		s->node[i].start = UNREACHED;
}

/* Of equal ways the first stays. */
static inline void offer(struct unigram_node *to, double score, size_t start,
			 uint32_t id)
{
	if (to->start != UNREACHED && score <= to->score)
		return;
	to->score = score;
	to->start = (uint32_t)start;
	to->id = id;
}

/* Offers each entry that starts at `at`; true if the character there is
 * one of them. */
static bool offer_entries(const struct unigram *u, struct slice word, size_t at,
			  size_t len, struct unigram_node *node)
{
	uint32_t at_node = TRIE_ROOT;
	double here = node[at].score;
	bool single = false;

	for (size_t i = at; i < word.n; i++) {
		uint32_t id;

		at_node = trie_child(&u->trie, at_node,
				     (unsigned char)word.p[i]);
		if (at_node == TRIE_FAIL)
			break;
		id = u->trie.value[at_node];
		if (id == TRIE_NONE)
			continue;
		offer(&node[i + 1], u->score[id] + here, at, id);
		single = single || i + 1 == at + len;
	}
	return single;
}

/* From the word's end to its start the best ways point backwards; turns
 * them round, so that node[i].start is where the entry behind i ends. */
static void turn(struct unigram_node *node, size_t n)
{
	uint32_t next = UNREACHED;

	for (size_t at = n; at > 0;) {
		uint32_t start = node[at].start;

		node[at].start = next;
		next = (uint32_t)at;
		at = start;
	}
	node[0].start = next;
}

static bool push_bytes(const struct unigram *u, struct slice text,
		       struct token_list *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (u->byte_id[(unsigned char)text.p[i]] == VOCAB_NONE)
			return false;
	for (size_t i = 0; i < text.n; i++)
		token_list_push(out, u->byte_id[(unsigned char)text.p[i]]);
	return true;
}

/* Unknown characters side by side are one text, which may be an entry. */
static void push_unknown(const struct unigram *u, struct slice text,
			 struct token_list *out)
{
	uint32_t node = trie_walk(&u->trie, text);

	if (node != TRIE_FAIL && u->trie.value[node] != TRIE_NONE)
		token_list_push(out, u->trie.value[node]);
	else if (!u->byte_fallback || !push_bytes(u, text, out))
		token_list_push(out, u->unk_id);
}

static void push_all(const struct unigram *u, struct slice word,
		     const struct unigram_node *node, struct token_list *out)
{
	size_t unknown = 0; /* bytes of it before `at` */

	for (size_t at = 0; at < word.n; at = node[at].start) {
		size_t end = node[at].start;

		if (node[end].id == u->unk_id) {
			unknown += end - at;
			continue;
		}
		if (unknown > 0)
			push_unknown(
				u,
				(struct slice){word.p + at - unknown, unknown},
				out);
		unknown = 0;
		token_list_push(out, node[end].id);
	}
	if (unknown > 0)
		push_unknown(u, slice_from(word, word.n - unknown), out);
}

enum status unigram_encode(const struct unigram *u, struct slice word,
			   struct unigram_scratch *s, struct token_list *out)
{
	struct unigram_node *node;
	size_t len;

	if (word.n > UNIGRAM_MAX_WORD)
		return ERR_LIMIT;
	reserve(s, word.n + 1);
	node = s->node;
	node[0] = (struct unigram_node){0};
	for (size_t at = 0; at < word.n; at += len) {
		(void)utf8_get(word.p + at, &len);
		if (offer_entries(u, word, at, len, node))
			continue;
		if (u->unk_id == VOCAB_NONE)
			return ERR_INVALID;
		offer(&node[at + len], u->unk_score + node[at].score, at,
		      u->unk_id);
	}
	turn(node, word.n);
	push_all(u, word, node, out);
	return OK;
}
