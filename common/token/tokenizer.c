#include "common/token/tokenizer.h"

#include "common/base/mem.h"
#include "common/token/bpe_tree.h"
#include "common/token/load.h"
#include "common/token/seam.h"

static void destroy(struct tokenizer *t)
{
	vocab_fini(&t->vocab);
	direct_fini(&t->direct);
	bpe_fini(&t->bpe);
	cut_fini(&t->cut);
	wordpiece_fini(&t->wordpiece);
	unigram_fini(&t->unigram);
	normalizer_fini(&t->normalizer);
	for (size_t i = 0; i < t->n_stage; i++)
		stage_fini(&t->stage[i]);
	added_fini(&t->raw);
	added_fini(&t->normal);
	post_fini(&t->post);
	rooms_fini(t->rooms);
	mem_free(t->rooms);
	mem_free(t);
}

static struct tokenizer *create(void)
{
	struct tokenizer *t = mem_zalloc(sizeof(*t));

	ref_init(&t->ref);
	normalizer_init(&t->normalizer);
	added_init(&t->raw);
	added_init(&t->normal);
	post_init(&t->post);
	t->rooms = mem_alloc(sizeof(*t->rooms));
	rooms_init(t->rooms);
	return t;
}

static void find_block(struct tokenizer *t)
{
	scan_fn *scan[STAGE_MAX];

	for (size_t i = 0; i < t->n_stage; i++) {
		if (t->stage[i].kind != STAGE_SCAN)
			return;
		scan[i] = t->stage[i].scan;
	}
	if (t->cut.where == CUT_NOWHERE)
		t->block = block_of(scan, t->n_stage);
}

static void spell_tree(struct tokenizer *t)
{
	struct bpe_tree **tree = &t->bpe.tree;

	if (*tree && !bpe_tree_spell(*tree, &t->vocab, t->blanks.on))
		bpe_tree_destroy(tree);
}

static void merge_abreast(struct tokenizer *t)
{
	struct bpe *b = &t->bpe;

	if (t->kind == MODEL_BPE && !b->prefix[0] && !b->suffix[0])
		b->abreast = bpe_abreast_create(
			&b->joins, t->byte_level ? b->byte_id : b->ascii_id);
}

/* What follows from all of its parts. */
static void finish(struct tokenizer *t)
{
	find_block(t);
	t->seams = seam_has(t);
	t->blanks = blanks_of(t);
	t->chunks = chunks_of(t);
	spell_tree(t);
	merge_abreast(t);
	direct_build(&t->direct, &t->vocab, t->blanks.on);
}

static enum status build(const json_t *root, const json_t *config,
			 const struct document *d, struct tokenizer *t,
			 struct error *err)
{
	enum status status = load_config(config, err);

	if (status == OK)
		status = load_normalizer(root, t, err);
	if (status == OK)
		status = load_pretokenizer(root, t, err);
	if (status == OK)
		status = load_model(root, config, d, t, err);
	if (status == OK)
		status = load_added(root, config, t, err);
	if (status == OK)
		status = load_post(root, config, t, err);
	if (status == OK)
		load_decoder(root, t);
	if (status == OK)
		finish(t);
	return status;
}

static struct tokenizer *parse(struct slice json, const json_t *config,
			       struct error *err)
{
	struct tokenizer *t = NULL;
	struct document d;
	json_t *root;

	if (json.n > LOAD_MAX_BYTES) {
		error_set(err, ERR_LIMIT, "tokenizer.json: over %u bytes",
			  LOAD_MAX_BYTES);
		return NULL;
	}
	if (document_split(json, &d, err) != OK)
		return NULL;
	root = load_json(buf_slice(&d.rest), "tokenizer.json", 0, err);
	if (root != NULL)
		t = create();
	if (t != NULL && build(root, config, &d, t, err) != OK) {
		destroy(t);
		t = NULL;
	}
	json_decref(root);
	document_fini(&d);
	return t;
}

/* Of a directory that has no tokenizer.json. */
static struct tokenizer *from_ranks(const struct tiktoken *k, const char *dir,
				    const json_t *config, struct error *err)
{
	struct tokenizer *t = create();
	enum status status = load_config(config, err);

	if (status == OK)
		status = load_tiktoken(k, dir, config, t, err);
	if (status == OK) {
		finish(t);
		return t;
	}
	destroy(t);
	return NULL;
}

struct tokenizer *tokenizer_load(const char *dir, struct error *err)
{
	const struct tiktoken *k = load_find_tiktoken(dir);
	struct tokenizer *t = NULL;
	json_t *config;
	struct buf text;

	if (load_directory(dir, &config, err) != OK)
		return NULL;
	buf_init(&text);
	if (k != NULL)
		t = from_ranks(k, dir, config, err);
	else if (load_file(dir, "tokenizer.json", &text, err) == OK)
		t = parse(buf_slice(&text), config, err);
	buf_fini(&text);
	json_decref(config);
	return t;
}

struct tokenizer *tokenizer_parse(struct slice json, struct error *err)
{
	return parse(json, NULL, err);
}

void tokenizer_ref(struct tokenizer *t)
{
	ref_hold(&t->ref);
}

void tokenizer_unref(struct tokenizer **t)
{
	if (*t != NULL && ref_drop(&(*t)->ref))
		destroy(*t);
	*t = NULL;
}

size_t tokenizer_vocab_size(const struct tokenizer *t)
{
	return t->vocab.n_id;
}

static size_t stages_bytes(const struct tokenizer *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_stage; i++)
		if (t->stage[i].split.regex)
			n += regex_bytes(t->stage[i].split.regex);
	return n;
}

size_t tokenizer_bytes(const struct tokenizer *t)
{
	return sizeof(*t) + vocab_bytes(&t->vocab) + direct_bytes(&t->direct) +
	       cut_bytes(&t->cut) + trie_bytes(&t->wordpiece.trie) +
	       trie_bytes(&t->unigram.trie) + trie_bytes(&t->raw.trie) +
	       trie_bytes(&t->normal.trie) + normalizer_bytes(&t->normalizer) +
	       bpe_bytes(&t->bpe) + stages_bytes(t) +
	       (t->raw.size + t->normal.size) * sizeof(struct added_token);
}

bool tokenizer_find(const struct tokenizer *t, struct slice token, uint32_t *id)
{
	uint32_t found = token.n ? model_find(t, token) : VOCAB_NONE;

	if (found == VOCAB_NONE)
		return false;
	*id = found;
	return true;
}
