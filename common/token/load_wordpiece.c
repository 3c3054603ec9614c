#include "common/base/mem.h"
#include "common/token/load.h"

#define WHERE "model: WordPiece"

static const char *const keys[] = {
	"type",
	"unk_token",
	"continuing_subword_prefix",
	"max_input_chars_per_word",
	"vocab",
	NULL,
};

struct trie_key *load_trie_keys(const struct tokenizer *t, size_t *n)
{
	struct trie_key *key = mem_array(t->vocab.n_used + 1, sizeof(*key));

	*n = 0;
	for (uint32_t id = 0; id < t->vocab.n_id; id++)
		if (t->vocab.entry[id].used)
			key[(*n)++] = (struct trie_key){
				vocab_text(&t->vocab, id), id};
	return key;
}

static enum status load_max_chars(const json_t *m, size_t *out,
				  struct error *err)
{
	const json_t *max = load_member(m, "max_input_chars_per_word");

	if (!json_is_integer(max) || json_integer_value(max) < 0)
		return error_set(err, ERR_INVALID,
				 WHERE ": max_input_chars_per_word must be a "
				       "whole number from 0 on");
	*out = (size_t)json_integer_value(max);
	return OK;
}

static enum status load_unk(const json_t *m, const struct tokenizer *t,
			    const char *where, uint32_t *out, struct error *err)
{
	struct slice unk = {0};
	enum status status = load_string(m, "unk_token", where, &unk, err);

	if (status != OK)
		return status;
	*out = model_find(t, unk);
	if (*out != VOCAB_NONE)
		return OK;
	return error_set(err, ERR_INVALID,
			 "%s: unk_token \"%.*s\" is not in the vocabulary",
			 where, SLICE_ARG(unk));
}

static enum status load_words(const struct document *d, struct tokenizer *t,
			      size_t n_id, size_t n_entry, struct error *err)
{
	enum status status = load_alphabet(t, err);

	if (status == OK && d->vocab.p[0] != '{')
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object");
	if (status == OK)
		status = load_vocab_size(d->vocab, &n_id, &n_entry, err);
	if (status != OK)
		return status;
	vocab_init(&t->vocab, n_id, n_entry);
	return load_vocab(d->vocab, t, err);
}

enum status load_wordpiece(const json_t *m, const struct document *d,
			   struct tokenizer *t, size_t n_id, size_t n_entry,
			   struct error *err)
{
	struct slice prefix = {0};
	struct trie_key *key;
	size_t n, max_chars = 0;
	uint32_t unk_id = VOCAB_NONE;
	enum status status = load_known(m, keys, WHERE, err);

	if (status == OK)
		status = load_string(m, "continuing_subword_prefix", WHERE,
				     &prefix, err);
	if (status == OK)
		status = load_max_chars(m, &max_chars, err);
	if (status == OK)
		status = load_words(d, t, n_id, n_entry, err);
	if (status == OK)
		status = load_unk(m, t, WHERE, &unk_id, err);
	if (status != OK)
		return status;
	key = load_trie_keys(t, &n);
	wordpiece_init(&t->wordpiece, key, n, prefix);
	mem_free(key);
	t->wordpiece.max_chars = max_chars;
	t->wordpiece.unk_id = unk_id;
	return OK;
}

enum status load_wordlevel(const json_t *m, const struct document *d,
			   struct tokenizer *t, size_t n_id, size_t n_entry,
			   struct error *err)
{
	static const char *const known[] = {"type", "unk_token", "vocab", NULL};
	enum status status = load_known(m, known, "model: WordLevel", err);

	if (status == OK)
		status = load_words(d, t, n_id, n_entry, err);
	if (status != OK)
		return status;
	return load_unk(m, t, "model: WordLevel", &t->unk_id, err);
}
