#include "common/json/string.h"
#include "common/token/alphabet.h"
#include "common/token/bpe_tree.h"
#include "common/token/load.h"

#include <stdio.h>
#include <string.h>

static const char *const keys[] = {
	"type",      "dropout",
	"unk_token", "continuing_subword_prefix",
	"fuse_unk",  "end_of_word_suffix",
	"vocab",     "byte_fallback",
	"merges",    "ignore_merges",
	NULL,
};

static enum status load_affix(const json_t *m, const char *key,
			      char out[BPE_MAX_AFFIX + 1], struct error *err)
{
	const char *text = json_string_value(load_member(m, key));
	size_t n = json_string_length(load_member(m, key));

	if (n > BPE_MAX_AFFIX)
		return error_set(err, ERR_LIMIT,
				 "model: %s: more than %d bytes", key,
				 BPE_MAX_AFFIX);
	if (n > 0)
		memcpy(out, text, n);
	out[n] = '\0';
	return OK;
}

static enum status load_options(const json_t *m, struct tokenizer *t,
				struct error *err)
{
	const json_t *dropout = load_member(m, "dropout");
	struct bpe *b = &t->bpe;
	enum status status = load_known(m, keys, "model", err);

	if (status == OK && dropout && json_number_value(dropout) != 0.0)
		return error_set(err, ERR_UNSUPPORTED,
				 "model: dropout makes ids random");
	if (status == OK)
		status = load_affix(m, "continuing_subword_prefix", b->prefix,
				    err);
	if (status == OK)
		status = load_affix(m, "end_of_word_suffix", b->suffix, err);
	if (status == OK)
		status = load_bool(m, "ignore_merges", "model", false,
				   &t->ignore_merges, err);
	if (status == OK)
		status = load_bool(m, "fuse_unk", "model", false, &b->fuse_unk,
				   err);
	if (status == OK)
		status = load_bool(m, "byte_fallback", "model", false,
				   &b->byte_fallback, err);
	if (status == OK && b->byte_fallback && (b->prefix[0] || b->suffix[0]))
		return error_set(err, ERR_UNSUPPORTED,
				 "model: byte_fallback together with a prefix "
				 "or suffix is not supported");
	return status;
}

static bool in_utf8(unsigned byte)
{
	return byte < 0xc0 || (byte > 0xc1 && byte < 0xf5);
}

/* Does the vocabulary have each byte that a text may hold, as a letter of
 * the byte alphabet? */
static bool has_all_bytes(struct slice vocab)
{
	bool seen[256] = {0};
	struct json_scan s;
	struct json_value value;
	struct slice key, text;
	struct buf room;
	char byte[8];
	size_t n, lacking = 0;

	buf_init(&room);
	json_begin(&s, vocab, 1);
	json_enter_object(&s);
	while (json_member(&s, &key) && json_value(&s, &value))
		if (document_text(key, &room, &text) == OK && text.n <= 2 &&
		    utf8_valid(text) && alphabet_decode(text, byte, &n) &&
		    n == 1)
			seen[(unsigned char)byte[0]] = true;
	for (unsigned i = 0; i < 256; i++)
		lacking += in_utf8(i) && !seen[i];
	buf_fini(&room);
	return lacking == 0;
}

/* Words are kept as the bytes that they stand for where nothing depends on
 * how they are written. A byte that is not there is dropped, unless an
 * unknown token, or bytes by name, take its place. */
static enum status choose_writing(const json_t *m, struct slice vocab,
				  struct tokenizer *t, struct error *err)
{
	bool affix = t->bpe.prefix[0] || t->bpe.suffix[0];
	bool takes = t->bpe.byte_fallback || load_member(m, "unk_token");

	if (!t->byte_level || (!affix && (!takes || has_all_bytes(vocab))))
		return OK;
	return load_alphabet(t, err);
}

void load_byte_ids(struct tokenizer *t)
{
	for (unsigned i = 0; i < 256; i++) {
		char c = (char)i;

		t->bpe.byte_id[i] = vocab_find(&t->vocab, (struct slice){&c, 1},
					       true);
	}
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

static bool has_all_names(const struct bpe *b)
{
	for (unsigned i = 0; i < 256; i++)
		if (in_utf8(i) && b->byte_id[i] == VOCAB_NONE &&
		    !(i < 128 && b->ascii_id[i] != VOCAB_NONE))
			return false;
	return b->byte_fallback;
}

/* The reference loads a file whose unknown token is not in the vocabulary,
 * and fails on a text that needs it. */
static enum status load_unknown(const json_t *m, struct tokenizer *t,
				struct error *err)
{
	const json_t *name = load_member(m, "unk_token");
	struct slice text = {json_string_value(name), json_string_length(name)};

	t->bpe.unk_id = name ? model_find(t, text) : VOCAB_NONE;
	if (t->byte_level || name == NULL || t->bpe.unk_id != VOCAB_NONE ||
	    has_all_names(&t->bpe))
		return OK;
	return error_set(err, ERR_INVALID,
			 "model: unk_token \"%.*s\" is not in the vocabulary",
			 SLICE_ARG(text));
}

/* What is dropped would let its neighbours meet over a cut; what is unknown
 * may be fused with its neighbour. */
static enum cut_where may_cut(const struct tokenizer *t)
{
	const struct bpe *b = &t->bpe;

	if (b->prefix[0] || b->suffix[0] || t->ignore_merges)
		return CUT_NOWHERE;
	if (has_all_names(b))
		return CUT_ANYWHERE;
	return b->unk_id != VOCAB_NONE ? CUT_BEFORE_BLANKS : CUT_NOWHERE;
}

static void learn_cuts(struct tokenizer *t)
{
	struct bpe *b = &t->bpe;
	bool blanks = blanks_vanish(t);

	if (blanks)
		b->ascii_id[' '] = vocab_find(&t->vocab, SLICE(METASPACE_BLANK),
					      true);
	cut_learn(&t->cut, may_cut(t), blanks, b, &t->vocab);
}

enum status load_bpe(const json_t *m, const struct document *d,
		     struct tokenizer *t, size_t n_id, size_t n_entry,
		     struct error *err)
{
	enum status status = load_options(m, t, err);

	if (status == OK && (d->merges.n == 0 || d->vocab.p[0] != '{'))
		return error_set(err, ERR_INVALID,
				 "model: vocab must be an object and merges a "
				 "list");
	if (status == OK)
		status = choose_writing(m, d->vocab, t, err);
	if (status == OK)
		status = load_vocab_size(d->vocab, &n_id, &n_entry, err);
	if (status != OK)
		return status;
	vocab_init(&t->vocab, n_id, n_entry);
	status = load_vocab(d->vocab, t, err);
	if (status == OK)
		status = load_merges(d->merges, t, err);
	if (status != OK)
		return status;
	bpe_seal(&t->bpe);
	if (t->byte_level) {
		load_byte_ids(t);
	} else {
		find_names(t);
	}
	if (t->bpe.prefix[0] == '\0' && t->bpe.suffix[0] == '\0')
		t->bpe.tree = bpe_tree_create(
			&t->bpe, &t->vocab,
			t->byte_level ? BPE_TREE_OF_BYTES : BPE_TREE_OF_CHARS);
	status = load_unknown(m, t, err);
	if (status == OK && !t->byte_level)
		learn_cuts(t);
	bpe_forget(&t->bpe);
	return status;
}
