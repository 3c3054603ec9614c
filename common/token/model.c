#include "common/token/model.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/token/alphabet.h"

bool model_key(const struct tokenizer *t, struct slice written, char *out,
	       struct slice *key)
{
	size_t n;

	*key = written;
	if (!t->byte_level)
		return true;
	if (!alphabet_decode(written, out, &n))
		return false;
	*key = (struct slice){out, n};
	return true;
}

uint32_t model_find(const struct tokenizer *t, struct slice written)
{
	char bytes[VOCAB_MAX_TEXT];
	struct slice key;

	if (written.n > VOCAB_MAX_TEXT)
		return VOCAB_NONE;
	bool plain = model_key(t, written, bytes, &key);

	return vocab_find(&t->vocab, key, plain);
}

enum status model_add(struct tokenizer *t, uint32_t id, struct slice written)
{
	char bytes[VOCAB_MAX_TEXT];
	struct slice key;

	if (written.n > VOCAB_MAX_TEXT)
		return ERR_LIMIT;
	bool plain = model_key(t, written, bytes, &key);

	return vocab_add(&t->vocab, id, key, plain);
}

/* With U+2581 for blanks; false if it is too long to be looked up. */
static bool write_blanks(struct slice word, char *out, struct slice *written)
{
	size_t n = 0, most = WORDS_MAX_LONG - METASPACE_BLANK_N;

	for (size_t i = 0; i < word.n; i++) {
		if (n > most)
			return false;
		if (word.p[i] != ' ') {
			out[n++] = word.p[i];
			continue;
		}
		memcpy(out + n, METASPACE_BLANK, METASPACE_BLANK_N);
		n += METASPACE_BLANK_N;
	}
	*written = (struct slice){out, n};
	return true;
}

uint32_t model_direct(const struct tokenizer *t, struct slice word)
{
	char written[WORDS_MAX_LONG];

	if (t->blanks.on && !write_blanks(word, written, &word))
		return VOCAB_NONE;
	return vocab_direct(&t->vocab, word.p, word.n);
}

void model_fetch(const struct tokenizer *t, const struct slice *word, size_t n)
{
	const struct bpe_tree *tree = t->bpe.tree;

	if (tree != NULL && tree->min_bytes == 0)
		prefix_fetch(&tree->prefix, word, n, tree->node,
			     sizeof(*tree->node));
}

enum status model_word(const struct tokenizer *t, struct slice word,
		       struct scratch *scratch, struct token_list *out)
{
	if (t->byte_level) {
		bpe_merge_bytes(&t->bpe, word, &scratch->bpe, out);
		return OK;
	}
	switch (t->kind) {
	case MODEL_BPE:
		bpe_merge_chars(&t->bpe, &t->vocab, word, &scratch->bpe, out);
		return OK;
	case MODEL_WORDPIECE:
		wordpiece_encode(&t->wordpiece, word, out);
		return OK;
	case MODEL_WORDLEVEL: token_list_push(out, t->unk_id); return OK;
	case MODEL_UNIGRAM:
		return unigram_encode(&t->unigram, word, &scratch->unigram,
				      out);
	}
	return OK;
}
