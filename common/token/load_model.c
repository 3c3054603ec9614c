#include "common/token/load.h"

/* Most words are entries as they stand: these need no more than one look
 * into the vocabulary. */
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
		if (!t->ignore_merges)
			model_word(t, text, &scratch, &made);
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
	enum status status;

	if (load_member(m, "type") != NULL && !load_is_type(m, "BPE"))
		return error_set(err, ERR_UNSUPPORTED,
				 "model: type %.60s is not supported; BPE is",
				 load_type(m));
	if (d->vocab.n == 0 || d->merges.n == 0)
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object and merges a "
				 "list");
	status = load_bpe(m, d, t, n_id, n_entry, err);
	if (status == OK)
		find_direct(t);
	return status;
}
