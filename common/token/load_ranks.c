/* The model of a rank file: all pairs of tokens that make a token are
 * merged, whichever has the lowest rank first. */
#include "common/token/load.h"
#include "common/token/ranks.h"

static enum status add_entries(const struct ranks *r, struct tokenizer *t,
			       struct error *err)
{
	for (size_t i = 0; i < r->n; i++)
		if (vocab_add(&t->vocab, r->rank[i].id, ranks_token(r, i),
			      true) != OK)
			return error_set(err, ERR_INVALID,
					 "rank %u: the rank or its token is "
					 "there twice",
					 r->rank[i].id);
	return OK;
}

static enum status check_bytes(const struct tokenizer *t, struct error *err)
{
	for (unsigned i = 0; i < 256; i++)
		if (t->bpe.byte_id[i] == VOCAB_NONE)
			return error_set(err, ERR_INVALID,
					 "the byte 0x%02x has no rank", i);
	return OK;
}

static void add_merges(struct tokenizer *t, struct slice token, uint32_t id)
{
	struct bpe_merge m = {.rank = id, .id = id};

	for (size_t n = 1; n < token.n; n++) {
		m.left = vocab_find(&t->vocab, (struct slice){token.p, n},
				    true);
		if (m.left == VOCAB_NONE)
			continue;
		m.right = vocab_find(&t->vocab, slice_from(token, n), true);
		if (m.right != VOCAB_NONE)
			bpe_add(&t->bpe, m);
	}
}

enum status load_ranks(const struct ranks *r, size_t n_id, size_t n_more,
		       struct tokenizer *t, struct error *err)
{
	enum status status;

	t->kind = MODEL_BPE;
	t->byte_level = true;
	t->ignore_merges = true;
	t->bpe.unk_id = VOCAB_NONE;
	vocab_init(&t->vocab, n_id, r->n + n_more);
	bpe_init(&t->bpe);
	status = add_entries(r, t, err);
	if (status != OK)
		return status;
	load_byte_ids(t);
	status = check_bytes(t, err);
	if (status != OK)
		return status;
	for (size_t i = 0; i < r->n; i++)
		add_merges(t, ranks_token(r, i), r->rank[i].id);
	bpe_seal(&t->bpe);
	bpe_forget(&t->bpe);
	return OK;
}
