#include <stdio.h>

#include "common/token/load.h"

static const char *const model_keys[] = {
	"type",      "dropout",
	"unk_token", "continuing_subword_prefix",
	"fuse_unk",  "end_of_word_suffix",
	"vocab",     "byte_fallback",
	"merges",    "ignore_merges",
	NULL,
};

static enum status check_options(const json_t *m, struct error *err)
{
	static const char *const affix[] = {"continuing_subword_prefix",
					    "end_of_word_suffix"};
	const json_t *dropout = load_member(m, "dropout");
	enum status status;

	if (load_member(m, "type") != NULL && !load_is_type(m, "BPE"))
		return error_set(err, ERR_UNSUPPORTED,
				 "model: type %.60s is not supported; BPE is",
				 load_type(m));
	status = load_known(m, model_keys, "model", err);
	if (status != OK)
		return status;
	if (dropout != NULL && json_number_value(dropout) != 0.0)
		return error_set(err, ERR_UNSUPPORTED,
				 "model: dropout makes ids random");
	for (size_t i = 0; i < ARRAY_LEN(affix); i++)
		if (json_string_length(load_member(m, affix[i])) > 0)
			return error_set(err, ERR_UNSUPPORTED,
					 "model: %s is not supported",
					 affix[i]);
	return OK;
}

static bool in_utf8(unsigned byte)
{
	return byte < 0xc0 || (byte > 0xc1 && byte < 0xf5);
}

/* A byte without an entry is dropped, as the reference does it; with an
 * unknown token it would become that one. */
static enum status find_bytes(const json_t *m, struct tokenizer *t,
			      struct error *err)
{
	bool unknown = load_member(m, "unk_token") != NULL;

	for (unsigned i = 0; i < 256; i++) {
		char c = (char)i;

		t->bpe.byte_id[i] = vocab_find(&t->vocab, (struct slice){&c, 1},
					       true);
		if (t->bpe.byte_id[i] == VOCAB_NONE && in_utf8(i) && unknown)
			return error_set(err, ERR_UNSUPPORTED,
					 "model: unk_token in the place of the "
					 "byte 0x%02x is not supported",
					 i);
	}
	return OK;
}

static void find_names(struct tokenizer *t)
{
	for (unsigned i = 0; i < 256; i++) {
		char name[8], c = (char)i;

		snprintf(name, sizeof(name), "<0x%02X>", i);
		t->bpe.byte_id[i] = vocab_find(&t->vocab, slice_of(name), true);
		if (i < 128)
			t->bpe.ascii_id[i] = vocab_find(
				&t->vocab, (struct slice){&c, 1}, true);
	}
}

/* Characters outside the vocabulary become bytes: all that such characters
 * can have must be there. */
static enum status find_chars(const json_t *m, struct tokenizer *t,
			      struct error *err)
{
	bool fallback = false;
	enum status status = load_bool(m, "byte_fallback", "model", false,
				       &fallback, err);

	if (status != OK)
		return status;
	find_names(t);
	for (unsigned i = 0; i < 256; i++) {
		bool found = fallback && t->bpe.byte_id[i] != VOCAB_NONE;
		bool is_char = i < 128 && t->bpe.ascii_id[i] != VOCAB_NONE;

		if (!found && !is_char && in_utf8(i))
			return error_set(err, ERR_UNSUPPORTED,
					 "model: a vocabulary of characters "
					 "without byte_fallback and <0x%02X> "
					 "is not supported",
					 i);
	}
	cut_learn(&t->cut, &t->bpe, &t->vocab);
	return OK;
}

/* Most pre-tokens are entries as they stand: these need no merging. */
static void find_direct(struct tokenizer *t)
{
	struct bpe_scratch scratch = {0};
	struct token_list made;

	token_list_init(&made);
	for (uint32_t id = 0; id < t->vocab.n_id; id++) {
		struct slice text = vocab_text(&t->vocab, id);

		if (text.n == 0 || !t->vocab.entry[id].plain)
			continue;
		made.n = 0;
		if (!t->ignore_merges && t->byte_level)
			bpe_merge_bytes(&t->bpe, text, &scratch, &made);
		else if (!t->ignore_merges)
			bpe_merge_chars(&t->bpe, &t->vocab, text, &scratch,
					&made);
		if (t->ignore_merges || (made.n == 1 && made.id[0] == id))
			vocab_set_direct(&t->vocab, id);
	}
	token_list_fini(&made);
	bpe_scratch_fini(&scratch);
}

enum status load_model(const json_t *root, const json_t *config,
		       const struct document *d, struct tokenizer *t,
		       struct error *err)
{
	const json_t *m = load_member(root, "model");
	size_t n_id = load_added_ids(root, config);
	size_t n_entry = load_added_count(root, config);
	enum status status = check_options(m, err);

	if (status != OK)
		return status;
	if (d->vocab.n == 0 || d->merges.n == 0)
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object and merges a "
				 "list");
	status = load_bool(m, "ignore_merges", "model", false,
			   &t->ignore_merges, err);
	if (status == OK)
		status = load_vocab_size(d->vocab, &n_id, &n_entry, err);
	if (status != OK)
		return status;
	vocab_init(&t->vocab, n_id, n_entry);
	status = load_vocab(d->vocab, t, err);
	if (status == OK)
		status = load_merges(d->merges, t, err);
	if (status == OK)
		status = t->byte_level ? find_bytes(m, t, err)
				       : find_chars(m, t, err);
	if (status == OK)
		find_direct(t);
	return status;
}
