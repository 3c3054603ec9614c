#include <stdlib.h>

#include "common/base/mem.h"
#include "common/token/load.h"
#include "common/token/load_tokens.h"

#define WHERE   "added_tokens"
#define DECODER "added_tokens_decoder"

static enum status add_listed(const json_t *list, struct load_tokens *l,
			      struct error *err)
{
	enum status status = OK;

	if (list != NULL && !json_is_array(list))
		return error_set(err, ERR_INVALID, WHERE " must be a list");
	for (size_t i = 0; i < json_array_size(list) && status == OK; i++) {
		const json_t *o = json_array_get(list, i);
		struct load_token token = {0};
		uint32_t id = 0;

		status = load_id(json_object_get(o, "id"), WHERE, &id, err);
		if (status == OK)
			status = load_token_read(o, WHERE, false, &token, err);
		token.flags.id = id;
		if (status == OK)
			status = load_tokens_put_listed(l, &token, err);
	}
	return status;
}

/* --- transformers' own list: objects by id ------------------------------ */

struct by_id {
	uint64_t id;
	struct slice key;
	const json_t *value;
};

static int compare(const void *x, const void *y)
{
	const struct by_id *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

static enum status put_configured(const struct by_id *item,
				  struct load_tokens *l, struct error *err)
{
	struct load_token token = {0};
	enum status status = load_token_read(item->value, DECODER, true, &token,
					     err);

	return status == OK ? load_tokens_put(l, &token, err) : status;
}

static enum status add_configured(const json_t *config, struct load_tokens *l,
				  struct error *err)
{
	json_t *o = json_object_get(config, DECODER);
	struct by_id *item = mem_array(json_object_size(o) + 1, sizeof(*item));
	enum status status = OK;
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(o, key, value)
	{
		if (slice_to_u64(slice_of(key), INT64_MAX, &item[n].id) != OK) {
			status = error_set(err, ERR_INVALID,
					   DECODER ": \"%.20s\" is not an id",
					   key);
			break;
		}
		item[n++].value = value;
	}
	qsort(item, n, sizeof(*item), compare);
	for (size_t i = 0; i < n && status == OK; i++)
		status = put_configured(&item[i], l, err);
	mem_free(item);
	return status;
}

/* --- its older list: ids by text ----------------------------------------- */

static enum status put_old(const json_t *config, const struct by_id *item,
			   struct load_tokens *l, struct error *err)
{
	bool special = load_special_names(config, item->key);
	struct load_token token = {
		.text = item->key,
		.flags.special = special,
		.normalized = !special,
	};

	if (load_tokens_have(l, item->key))
		return OK;
	return load_tokens_put(l, &token, err);
}

static enum status add_old(const json_t *config, struct load_tokens *l,
			   struct error *err)
{
	json_t *o = json_object_get(config, LOAD_OLD_TOKENS);
	struct by_id *item = mem_array(json_object_size(o) + 1, sizeof(*item));
	enum status status = OK;
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach(o, key, value)
	{
		uint32_t id = 0;

		status = load_id(value, LOAD_OLD_TOKENS, &id, err);
		if (status != OK)
			break;
		item[n++] = (struct by_id){id, slice_of(key), NULL};
	}
	qsort(item, n, sizeof(*item), compare);
	for (size_t i = 0; i < n && status == OK; i++)
		status = put_old(config, &item[i], l, err);
	mem_free(item);
	return status;
}

/* ---------------------------------------------------------------------- */

size_t load_added_ids(const json_t *root)
{
	const json_t *list = load_member(root, "added_tokens");
	size_t n = 0;
	uint32_t id;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_object_get(json_array_get(list, i),
						  "id");

		if (load_id(v, WHERE, &id, NULL) == OK && id >= n)
			n = (size_t)id + 1;
	}
	return n;
}

size_t load_added_count(const json_t *root, const json_t *config)
{
	return json_array_size(load_member(root, "added_tokens")) +
	       json_object_size(json_object_get(config, DECODER)) +
	       json_object_size(json_object_get(config, LOAD_OLD_TOKENS)) +
	       load_special_count(config);
}

enum status load_added(const json_t *root, const json_t *config,
		       struct tokenizer *t, struct error *err)
{
	struct load_tokens l;
	enum status status;

	load_tokens_init(&l, t);
	status = add_listed(load_member(root, "added_tokens"), &l, err);
	if (status == OK)
		status = add_configured(config, &l, err);
	if (status == OK)
		status = add_old(config, &l, err);
	if (status == OK)
		status = load_special(config, &l, err);
	if (status == OK)
		status = load_tokens_seal(&l, err);
	if (status == OK)
		vocab_seal(&t->vocab);
	load_tokens_fini(&l);
	return status;
}
