/* Special tokens of a configuration, as variables of templates. */
#include "common/template/chat_content.h"
#include "common/template/chat_files.h"

/* A token is a string, or an object that has it as "content". */
static struct slice token_text(struct value v)
{
	if (v.type == VALUE_STRING)
		return value_slice(v);
	return chat_text(v, "content");
}

static void add_token(struct dict *to, struct value key, struct value v,
		      struct arena *arena)
{
	struct slice text = token_text(v);
	if (text.n > 0)
		dict_set(to, value_string(arena_copy(arena, value_slice(key))),
			 value_string(arena_copy(arena, text)));
}

static void add_list(struct dict *to, const struct value *list,
		     struct arena *arena)
{
	struct value *item = arena_array(arena, list->n + 1, sizeof(*item));
	uint32_t n = 0;
	for (uint32_t i = 0; i < list->n; i++) {
		struct slice text = token_text(list->item[i]);
		if (text.n > 0)
			item[n++] = value_string(arena_copy(arena, text));
	}
	dict_set_text(to, "additional_special_tokens",
		      value_items(VALUE_LIST, item, n));
}

/* Models may name tokens of their own, at the top or in an object. */
struct dict *chat_files_special_tokens(const struct chat_files *f,
				       struct arena *arena)
{
	struct value *own = chat_member(f->config, "extra_special_tokens");
	struct value *more = chat_member(f->config,
					 "additional_special_tokens");
	struct value to = value_dict(arena);
	const struct dict *config = f->config.type == VALUE_DICT
					    ? f->config.dict
					    : NULL;
	for (uint32_t i = 0; config && i < config->n; i++) {
		struct dict_entry *e = &config->entry[i];
		if (slice_ends(value_slice(e->key), SLICE("_token")))
			add_token(to.dict, e->key, e->value, arena);
	}
	for (uint32_t i = 0; own && own->type == VALUE_DICT && i < own->dict->n;
	     i++)
		add_token(to.dict, own->dict->entry[i].key,
			  own->dict->entry[i].value, arena);
	if (more && more->type == VALUE_LIST && more->n > 0)
		add_list(to.dict, more, arena);
	return to.dict;
}
