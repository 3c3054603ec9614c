#include "common/token/load_tokens.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/token/load.h"

void load_tokens_init(struct load_tokens *l, struct tokenizer *t)
{
	size_t n = t->vocab.n_id + 1;

	*l = (struct load_tokens){
		.t = t,
		.place = mem_array(n, sizeof(*l->place)),
		.next = (uint32_t)t->vocab.n_used,
	};
	memset(l->place, 0xff, n * sizeof(*l->place));
}

void load_tokens_fini(struct load_tokens *l)
{
	mem_free(l->row);
	mem_free(l->place);
	*l = (struct load_tokens){0};
}

enum status load_token_read(const json_t *o, const char *where, bool by_special,
			    struct load_token *out, struct error *err)
{
	struct load_token r = {0};
	const struct {
		const char *key;
		bool *out;
	} flag[] = {
		{"lstrip", &r.flags.lstrip},
		{"rstrip", &r.flags.rstrip},
		{"single_word", &r.flags.single_word},
		{"special", &r.flags.special},
	};
	enum status status = load_string(o, "content", where, &r.text, err);

	for (size_t i = 0; i < ARRAY_LEN(flag) && status == OK; i++)
		status = load_bool(o, flag[i].key, where, false, flag[i].out,
				   err);
	if (status == OK)
		status = load_bool(o, "normalized", where,
				   by_special && !r.flags.special,
				   &r.normalized, err);
	if (status == OK)
		*out = r;
	return status;
}

bool load_tokens_have(const struct load_tokens *l, struct slice text)
{
	uint32_t id = text.n ? model_find(l->t, text) : VOCAB_NONE;

	return id != VOCAB_NONE && l->place[id] != VOCAB_NONE;
}

static void keep(struct load_tokens *l, const struct load_token *token,
		 uint32_t id)
{
	struct load_token *row;

	if (l->place[id] == VOCAB_NONE) {
		if (l->n == l->size) {
			l->size = l->size ? l->size * 2 : 64;
			l->row = mem_realloc(l->row, l->size * sizeof(*l->row));
		}
		l->place[id] = (uint32_t)l->n++;
	}
	row = &l->row[l->place[id]];
	*row = *token;
	row->flags.id = id;
	if (id >= l->next)
		l->next = id + 1;
}

static enum status check_length(const struct load_token *token,
				struct error *err)
{
	if (token->text.n > 0 && token->text.n <= ADDED_MAX_TEXT)
		return OK;
	return error_set(err, ERR_LIMIT,
			 "added_tokens: id %u: the content must have 1 to %d "
			 "bytes",
			 token->flags.id, ADDED_MAX_TEXT);
}

enum status load_tokens_put(struct load_tokens *l,
			    const struct load_token *token, struct error *err)
{
	enum status status = check_length(token, err);
	uint32_t id;

	if (status != OK)
		return status;
	id = model_find(l->t, token->text);
	if (id == VOCAB_NONE) {
		id = l->next;
		status = model_add(l->t, id, token->text);
	}
	if (status != OK)
		return error_set(err, status,
				 "added_tokens: \"%.*s\": there is no room for "
				 "the id %u",
				 SLICE_ARG(token->text), id);
	keep(l, token, id);
	return OK;
}

enum status load_tokens_put_listed(struct load_tokens *l,
				   const struct load_token *token,
				   struct error *err)
{
	uint32_t id = token->flags.id, have;
	enum status status = check_length(token, err);

	if (status != OK)
		return status;
	have = model_find(l->t, token->text);
	if (have != VOCAB_NONE && have != id)
		return error_set(err, ERR_INVALID,
				 "added_tokens: \"%.*s\": the id %u does not "
				 "agree with the vocabulary",
				 SLICE_ARG(token->text), id);
	if (have == VOCAB_NONE && id != l->next)
		return error_set(err, ERR_INVALID,
				 "added_tokens: \"%.*s\": the id %u is not the "
				 "next free one, %u",
				 SLICE_ARG(token->text), id, l->next);
	return load_tokens_put(l, token, err);
}

static enum status add(struct tokenizer *t, const struct load_token *r,
		       struct error *err)
{
	struct added *set = r->normalized ? &t->normal : &t->raw;
	struct normalize_room room;
	struct slice text = r->text;
	enum status status = OK;

	normalize_room_init(&room);
	if (r->normalized)
		status = normalize(&t->normalizer, text, &room, &text);
	if (status != OK || text.n == 0 || text.n > ADDED_MAX_TEXT)
		status = error_set(err, ERR_LIMIT,
				   "added_tokens: id %u: the content is too "
				   "long, or nothing, in normal form",
				   r->flags.id);
	else
		added_add(set, text, r->flags);
	normalize_room_fini(&room);
	return status;
}

enum status load_tokens_seal(struct load_tokens *l, struct error *err)
{
	struct tokenizer *t = l->t;
	enum status status = OK;

	for (size_t i = 0; i < l->n && status == OK; i++)
		status = add(t, &l->row[i], err);
	if (status != OK)
		return status;
	added_seal(&t->raw);
	added_mark_barriers(&t->raw);
	added_seal(&t->normal);
	return OK;
}
