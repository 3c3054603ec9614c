#include "common/token/bpe_tree.h"
#include "common/token/load.h"

#include <string.h>

struct trial {
	struct scratch scratch;
	struct token_list made;
};

/* Does the text of the entry become this one id? */
static bool stands_alone(const struct tokenizer *t, uint32_t id,
			 struct slice text, struct trial *trial)
{
	if (t->ignore_merges || t->kind == MODEL_WORDLEVEL ||
	    (t->bpe.tree && bpe_tree_makes(t->bpe.tree, id)))
		return true;
	trial->made.n = 0;
	return model_word(t, text, &trial->scratch, &trial->made) == OK &&
	       trial->made.n == 1 && trial->made.id[0] == id;
}

/* Most words are entries as they stand: these need no more than one look
 * into the vocabulary. */
static void find_direct(struct tokenizer *t)
{
	struct trial trial = {0};

	for (uint32_t id = 0; id < t->vocab.n_id; id++) {
		struct slice text = vocab_text(&t->vocab, id);

		if (text.n > 0 && t->vocab.entry[id].plain &&
		    stands_alone(t, id, text, &trial))
			vocab_set_direct(&t->vocab, id);
	}
	token_list_fini(&trial.made);
	scratch_fini(&trial.scratch);
}

typedef enum status load_fn(const json_t *m, const struct document *d,
			    struct tokenizer *t, size_t n_id, size_t n_entry,
			    struct error *err);

static const struct {
	const char *type;
	enum model_kind kind;
	load_fn *load;
} row[] = {
	{"BPE", MODEL_BPE, load_bpe},
	{"WordPiece", MODEL_WORDPIECE, load_wordpiece},
	{"WordLevel", MODEL_WORDLEVEL, load_wordlevel},
	{"Unigram", MODEL_UNIGRAM, load_unigram},
};

/* Older files leave the type out. */
static const char *type_of(const json_t *m, const struct document *d)
{
	if (load_member(m, "type") != NULL)
		return load_type(m);
	if (d->merges.n > 0)
		return "BPE";
	if (d->vocab.p[0] == '[')
		return "Unigram";
	return load_member(m, "max_input_chars_per_word") ? "WordPiece"
							  : "WordLevel";
}

static enum status load_kind(const json_t *m, const struct document *d,
			     struct tokenizer *t, size_t n_id, size_t n_entry,
			     struct error *err)
{
	const char *type = type_of(m, d);

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (strcmp(row[i].type, type) != 0)
			continue;
		t->kind = row[i].kind;
		return row[i].load(m, d, t, n_id, n_entry, err);
	}
	return error_set(err, ERR_UNSUPPORTED,
			 "model: type %.60s is not supported", type);
}

enum status load_model(const json_t *root, const json_t *config,
		       const struct document *d, struct tokenizer *t,
		       struct error *err)
{
	const json_t *m = load_member(root, "model");
	size_t n_id = load_added_ids(root);
	size_t n_entry = load_added_count(root, config);
	enum status status;

	if (d->vocab.n == 0)
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object or a list");
	status = load_kind(m, d, t, n_id, n_entry, err);
	if (status == OK)
		find_direct(t);
	return status;
}
