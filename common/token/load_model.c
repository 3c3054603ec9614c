#include <string.h>

#include "common/base/mem.h"
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

static enum status highest_id(const json_t *vocab, size_t *n_id,
			      struct error *err)
{
	json_t *o = (json_t *)vocab;
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		uint32_t id;
		enum status status = load_id(value, "model: vocab", &id, err);

		if (status != OK)
			return status;
		if (id >= *n_id)
			*n_id = (size_t)id + 1;
	}
	return OK;
}

static enum status add_entries(const json_t *vocab, struct tokenizer *t,
			       struct error *err)
{
	json_t *o = (json_t *)vocab;

	for (void *at = json_object_iter(o); at;
	     at = json_object_iter_next(o, at)) {
		struct slice key = {json_object_iter_key(at),
				    json_object_iter_key_len(at)};
		json_int_t id = json_integer_value(json_object_iter_value(at));
		enum status status = model_add(t, (uint32_t)id, key);

		if (status != OK)
			return error_set(err, status,
					 "model: vocab: \"%.*s\": the id %lld "
					 "or the entry is there twice, or the "
					 "entry is too long",
					 SLICE_ARG(key), (long long)id);
	}
	return OK;
}

/* A merge is written "left right" or ["left", "right"]. */
static bool merge_parts(const json_t *m, struct slice *left,
			struct slice *right)
{
	const json_t *a = json_array_get(m, 0), *b = json_array_get(m, 1);

	if (json_is_string(m)) {
		*right = (struct slice){json_string_value(m),
					json_string_length(m)};
		*left = slice_split(right, ' ');
		return left->n > 0 && right->n > 0 &&
		       slice_find(*right, ' ') == right->n;
	}
	if (json_array_size(m) != 2 || !json_is_string(a) || !json_is_string(b))
		return false;
	*left = (struct slice){json_string_value(a), json_string_length(a)};
	*right = (struct slice){json_string_value(b), json_string_length(b)};
	return true;
}

static bool resolve(const struct tokenizer *t, struct slice left,
		    struct slice right, struct buf *joined, struct bpe_merge *m)
{
	buf_reset(joined, SIZE_MAX);
	buf_append(joined, left);
	buf_append(joined, right);
	m->left = model_find(t, left);
	m->right = model_find(t, right);
	m->id = model_find(t, buf_slice(joined));
	return m->left != VOCAB_NONE && m->right != VOCAB_NONE &&
	       m->id != VOCAB_NONE;
}

/* A file of merges pasted into the list may begin with its version. */
static bool is_version(const json_t *m)
{
	const char *text = json_string_value(m);

	return text && strncmp(text, "#version", 8) == 0;
}

static enum status add_merges(const json_t *list, struct tokenizer *t,
			      struct error *err)
{
	struct buf joined;
	enum status status = OK;
	uint32_t rank = 0;

	buf_init(&joined);
	bpe_init(&t->bpe, json_array_size(list));
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++) {
		const json_t *m = json_array_get(list, i);
		struct bpe_merge merge = {.rank = rank};
		struct slice left, right;

		if (is_version(m))
			continue;
		if (!merge_parts(m, &left, &right))
			status = error_set(err, ERR_INVALID,
					   "model: merges[%zu] must be two "
					   "entries",
					   i);
		else if (!resolve(t, left, right, &joined, &merge))
			status = error_set(err, ERR_INVALID,
					   "model: merges[%zu]: \"%.60s\", "
					   "\"%.60s\" or both together are not "
					   "in the vocabulary",
					   i, left.p, right.p);
		else
			bpe_add(&t->bpe, merge);
		rank++;
	}
	buf_fini(&joined);
	return status;
}

static bool in_utf8(unsigned byte)
{
	return byte < 0xc0 || (byte > 0xc1 && byte < 0xf5);
}

/* The vocabulary must have every byte that a prompt can contain. */
static enum status find_bytes(struct tokenizer *t, struct error *err)
{
	for (unsigned i = 0; i < 256; i++) {
		char c = (char)i;

		t->bpe.byte_id[i] = vocab_find(&t->vocab, (struct slice){&c, 1},
					       true);
		if (t->bpe.byte_id[i] == VOCAB_NONE && in_utf8(i))
			return error_set(err, ERR_UNSUPPORTED,
					 "model: vocab: no entry for the byte "
					 "0x%02x",
					 i);
	}
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
		if (!t->ignore_merges)
			bpe_merge_bytes(&t->bpe, text, &scratch, &made);
		if (t->ignore_merges || (made.n == 1 && made.id[0] == id))
			vocab_set_direct(&t->vocab, id);
	}
	token_list_fini(&made);
	bpe_scratch_fini(&scratch);
}

enum status load_model(const json_t *root, const json_t *config,
		       struct tokenizer *t, struct error *err)
{
	const json_t *m = load_member(root, "model");
	const json_t *vocab = load_member(m, "vocab");
	const json_t *merges = load_member(m, "merges");
	size_t n_id = load_added_ids(root, config);
	enum status status = check_options(m, err);

	if (status != OK)
		return status;
	if (!json_is_object(vocab) || !json_is_array(merges))
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object and merges a "
				 "list");
	status = load_bool(m, "ignore_merges", "model", false,
			   &t->ignore_merges, err);
	if (status == OK)
		status = highest_id(vocab, &n_id, err);
	if (status != OK)
		return status;
	vocab_init(&t->vocab, n_id,
		   json_object_size(vocab) + load_added_count(root, config));
	status = add_entries(vocab, t, err);
	if (status == OK)
		status = add_merges(merges, t, err);
	if (status == OK)
		status = find_bytes(t, err);
	if (status == OK)
		find_direct(t);
	return status;
}
