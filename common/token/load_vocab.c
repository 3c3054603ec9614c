#include "common/json/string.h"
#include "common/token/load.h"

/* Takes the value of an entry: its id. */
static enum status take_id(struct json_scan *s, struct slice key, uint32_t *id,
			   struct error *err)
{
	struct json_value value;
	int64_t number = -1;
	enum status status = json_value(s, &value) ? OK : ERR_INVALID;

	if (status == OK && value.type == JSON_TYPE_NUMBER)
		status = json_int(value.raw, &number);
	if (status == ERR_LIMIT || number >= (int64_t)VOCAB_MAX_ID)
		return error_set(err, ERR_LIMIT,
				 "model: vocab: an id is too large, %u is the "
				 "highest",
				 VOCAB_MAX_ID - 1);
	if (status != OK || number < 0)
		return error_set(err, ERR_INVALID,
				 "model: vocab: %.*s: an id must be a whole "
				 "number from 0 on",
				 SLICE_ARG(key));
	*id = (uint32_t)number;
	return OK;
}

enum status load_vocab_size(struct slice vocab, size_t *n_id, size_t *n_entry,
			    struct error *err)
{
	enum status status = OK;
	size_t n_added = *n_entry;
	struct json_scan s;
	struct slice key;
	uint32_t id;

	json_begin(&s, vocab, 1);
	json_enter_object(&s);
	while (status == OK && json_member(&s, &key)) {
		status = take_id(&s, key, &id, err);
		if (status == OK && id >= *n_id)
			*n_id = (size_t)id + 1;
		++*n_entry;
	}
	*n_id = vocab_ids_behind(*n_id > *n_entry ? *n_id : *n_entry, n_added);
	return status;
}

static enum status add(struct tokenizer *t, struct slice key, uint32_t id,
		       struct buf *room, struct error *err)
{
	struct slice text = {0};
	enum status status = document_text(key, room, &text);

	if (status == OK)
		status = model_add(t, id, text);
	if (status != OK)
		error_set(err, status,
			  "model: vocab: %.*s: the id %u or the entry is there "
			  "twice, or the entry is too long",
			  SLICE_ARG(key), id);
	return status;
}

enum status load_vocab(struct slice vocab, struct tokenizer *t,
		       struct error *err)
{
	enum status status = OK;
	struct json_scan s;
	struct slice key;
	struct buf room;
	uint32_t id;

	buf_init(&room);
	json_begin(&s, vocab, 1);
	json_enter_object(&s);
	while (status == OK && json_member(&s, &key)) {
		status = take_id(&s, key, &id, err);
		if (status == OK)
			status = add(t, key, id, &room, err);
	}
	buf_fini(&room);
	return status;
}
