#include <stdio.h>

#include "common/base/mem.h"
#include "common/json/string.h"
#include "common/token/load.h"
#include "common/token/score.h"

#define WHERE "model: Unigram"

static const char *const keys[] = {"type", "unk_id", "vocab", "byte_fallback",
				   NULL};

struct reader {
	struct json_scan s;
	struct buf room;
};

/* ["text", score] */
static bool take_entry(struct reader *r, struct slice *text, double *score)
{
	struct json_value v;

	return json_enter_array(&r->s) && json_element(&r->s) &&
	       json_value(&r->s, &v) && v.type == JSON_TYPE_STRING &&
	       document_text(v.raw, &r->room, text) == OK &&
	       json_element(&r->s) && json_value(&r->s, &v) &&
	       v.type == JSON_TYPE_NUMBER && score_parse(v.raw, score) == OK &&
	       !json_element(&r->s) && r->s.status == OK;
}

static void begin(struct reader *r, struct slice vocab)
{
	json_begin(&r->s, vocab, 2);
	json_enter_array(&r->s);
}

static size_t count(struct reader *r, struct slice vocab)
{
	struct json_value v;
	size_t n = 0;

	begin(r, vocab);
	while (json_element(&r->s) && json_value(&r->s, &v))
		n++;
	return n;
}

static enum status read_entries(struct reader *r, struct slice vocab,
				struct tokenizer *t, double *score,
				struct error *err)
{
	struct slice text = {0};
	enum status status;

	begin(r, vocab);
	for (uint32_t id = 0; json_element(&r->s); id++) {
		if (!take_entry(r, &text, &score[id]))
			return error_set(err, ERR_INVALID,
					 "model: vocab[%u] must be a text and "
					 "its score",
					 id);
		status = model_add(t, id, text);
		if (status != OK)
			return error_set(err, status,
					 "model: vocab[%u]: \"%.*s\" is there "
					 "twice, or too long",
					 id, SLICE_ARG(text));
	}
	return OK;
}

static enum status load_entries(struct slice vocab, struct tokenizer *t,
				size_t n_id, size_t n_entry, struct error *err)
{
	struct reader r = {0};
	struct trie_key *key;
	double *score;
	size_t n;
	enum status status = OK;

	buf_init(&r.room);
	n = count(&r, vocab);
	if (n > VOCAB_MAX_ID)
		status = error_set(err, ERR_LIMIT,
				   WHERE ": more than %u entries",
				   VOCAB_MAX_ID);
	if (status == OK) {
		score = mem_array(n + 1, sizeof(*score));
		vocab_init(&t->vocab,
			   vocab_ids_behind(n > n_id ? n : n_id, n_entry),
			   n + n_entry);
		status = read_entries(&r, vocab, t, score, err);
		key = load_trie_keys(t, &n);
		unigram_init(&t->unigram, key, status == OK ? n : 0, score);
		mem_free(key);
	}
	buf_fini(&r.room);
	return status;
}

static void find_bytes(struct tokenizer *t)
{
	for (unsigned i = 0; i < 256; i++) {
		char name[8];

		snprintf(name, sizeof(name), "<0x%02X>", i);
		t->unigram.byte_id[i] = model_find(t, slice_of(name));
	}
}

static enum status load_unk(const json_t *m, struct tokenizer *t,
			    struct error *err)
{
	const json_t *unk = load_member(m, "unk_id");

	if (unk == NULL)
		return OK;
	if (!json_is_integer(unk) || json_integer_value(unk) < 0 ||
	    json_integer_value(unk) >= (json_int_t)t->vocab.n_used)
		return error_set(err, ERR_INVALID,
				 WHERE ": unk_id must be the place of an "
				       "entry");
	t->unigram.unk_id = (uint32_t)json_integer_value(unk);
	return OK;
}

enum status load_unigram(const json_t *m, const struct document *d,
			 struct tokenizer *t, size_t n_id, size_t n_entry,
			 struct error *err)
{
	enum status status = load_known(m, keys, WHERE, err);

	if (status == OK && (d->vocab.n == 0 || d->vocab.p[0] != '['))
		return error_set(err, ERR_INVALID,
				 WHERE ": vocab must be a list");
	if (status == OK)
		status = load_alphabet(t, err);
	if (status == OK)
		status = load_entries(d->vocab, t, n_id, n_entry, err);
	if (status == OK)
		status = load_bool(m, "byte_fallback", WHERE, false,
				   &t->unigram.byte_fallback, err);
	if (status == OK)
		status = load_unk(m, t, err);
	if (status == OK)
		find_bytes(t);
	return status;
}
