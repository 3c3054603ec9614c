#include <stdlib.h>

#include "common/token/load.h"

#define WHERE "added_tokens"

struct row {
	struct slice text;
	struct added_token flags;
	bool normalized;
};

static enum status read_row(const json_t *o, struct row *r, struct error *err)
{
	const struct {
		const char *key;
		bool *out;
	} flag[] = {
		{"lstrip", &r->flags.lstrip},
		{"rstrip", &r->flags.rstrip},
		{"single_word", &r->flags.single_word},
		{"normalized", &r->normalized},
		{"special", &r->flags.special},
	};
	enum status status = load_string(o, "content", WHERE, &r->text, err);

	for (size_t i = 0; i < ARRAY_LEN(flag) && status == OK; i++)
		status = load_bool(o, flag[i].key, WHERE, false, flag[i].out,
				   err);
	if (status != OK)
		return status;
	if (r->text.n == 0 || r->text.n > ADDED_MAX_TEXT)
		return error_set(err, ERR_LIMIT,
				 WHERE ": id %u: the content must have 1 to "
				       "%d bytes",
				 r->flags.id, ADDED_MAX_TEXT);
	return OK;
}

/* An entry of the vocabulary keeps its id; others get one of their own. */
static enum status claim_id(struct tokenizer *t, const struct row *r,
			    struct error *err)
{
	uint32_t have = model_find(t, r->text);

	if (have == r->flags.id)
		return OK;
	if (have == VOCAB_NONE && model_add(t, r->flags.id, r->text) == OK)
		return OK;
	return error_set(err, ERR_INVALID,
			 WHERE ": \"%.*s\": the id %u does not agree with the "
			       "vocabulary",
			 SLICE_ARG(r->text), r->flags.id);
}

static enum status add(struct tokenizer *t, const struct row *r,
		       struct error *err)
{
	struct added *set = r->normalized ? &t->normal : &t->raw;
	struct normalize_room room;
	struct slice text = r->text;
	enum status status = claim_id(t, r, err);

	if (status != OK)
		return status;
	normalize_room_init(&room);
	if (r->normalized)
		status = normalize(&t->normalizer, text, &room, &text);
	if (status != OK || text.n == 0 || text.n > ADDED_MAX_TEXT)
		status = error_set(err, ERR_LIMIT,
				   WHERE ": id %u: the content is too long, or "
					 "nothing, in normal form",
				   r->flags.id);
	else
		added_add(set, text, r->flags);
	normalize_room_fini(&room);
	return status;
}

/* Whatever the file says, the reference numbers tokens that are no entries
 * of the model's vocabulary from the vocabulary's size on. */
static enum status check_id(const struct tokenizer *t, const struct row *r,
			    size_t *next, struct error *err)
{
	if (model_find(t, r->text) != VOCAB_NONE)
		return OK;
	if (r->flags.id == (*next)++)
		return OK;
	return error_set(err, ERR_INVALID,
			 WHERE ": \"%.*s\": the id %u is not the next free "
			       "one, %zu",
			 SLICE_ARG(r->text), r->flags.id, *next - 1);
}

static enum status add_listed(const json_t *list, struct tokenizer *t,
			      struct error *err)
{
	enum status status = OK;
	size_t next = t->vocab.n_used;

	if (list != NULL && !json_is_array(list))
		return error_set(err, ERR_INVALID, WHERE " must be a list");
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++) {
		const json_t *o = json_array_get(list, i);
		struct row r = {0};

		status = load_id(json_object_get(o, "id"), WHERE, &r.flags.id,
				 err);
		if (status == OK)
			status = read_row(o, &r, err);
		if (status == OK)
			status = check_id(t, &r, &next, err);
		if (status == OK)
			status = add(t, &r, err);
	}
	return status;
}

static bool is_listed(const json_t *list, struct slice text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_object_get(json_array_get(list, i),
						  "content");
		struct slice have = {json_string_value(c),
				     json_string_length(c)};

		if (slice_equal(have, text))
			return true;
	}
	return false;
}

static bool decoder_id(const char *key, uint32_t *id)
{
	uint64_t v;

	if (slice_to_u64(slice_of(key), VOCAB_MAX_ID - 1, &v) != OK)
		return false;
	*id = (uint32_t)v;
	return true;
}

/* transformers adds what only its own list, keyed by id, has. */
static enum status add_configured(const json_t *root, const json_t *config,
				  struct tokenizer *t, struct error *err)
{
	json_t *o = json_object_get(config, "added_tokens_decoder");
	const json_t *list = load_member(root, "added_tokens");
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		struct row r = {0};
		enum status status = OK;

		if (!decoder_id(key, &r.flags.id))
			return error_set(err, ERR_INVALID,
					 "added_tokens_decoder: \"%.20s\" is "
					 "not an id",
					 key);
		status = read_row(value, &r, err);
		if (status == OK && !is_listed(list, r.text))
			status = add(t, &r, err);
		if (status != OK)
			return status;
	}
	return OK;
}

size_t load_added_ids(const json_t *root, const json_t *config)
{
	const json_t *list = load_member(root, "added_tokens");
	json_t *o = json_object_get(config, "added_tokens_decoder");
	size_t n = 0;
	const char *key;
	json_t *value;
	uint32_t id;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_object_get(json_array_get(list, i),
						  "id");

		if (load_id(v, WHERE, &id, NULL) == OK && id >= n)
			n = (size_t)id + 1;
	}
	json_object_foreach(o, key, value) if (decoder_id(key, &id) && id >= n)
		n = (size_t)id + 1;
	return n;
}

size_t load_added_count(const json_t *root, const json_t *config)
{
	return json_array_size(load_member(root, "added_tokens")) +
	       json_object_size(
		       json_object_get(config, "added_tokens_decoder"));
}

enum status load_added(const json_t *root, const json_t *config,
		       struct tokenizer *t, struct error *err)
{
	enum status status = add_listed(load_member(root, "added_tokens"), t,
					err);

	if (status == OK)
		status = add_configured(root, config, t, err);
	if (status != OK)
		return status;
	added_seal(&t->raw);
	added_mark_barriers(&t->raw);
	added_seal(&t->normal);
	return OK;
}
