#include "common/template/chat_message.h"

static bool is_role(struct value message, const char *role)
{
	struct value *v = dict_find_text(message.dict, SLICE("role"));
	return v && value_is(*v, role);
}

/* A copy: role first, as it was, and no tools. */
static struct value as_system(struct value message, struct arena *arena)
{
	struct value d = value_dict(arena);
	for (uint32_t i = 0; i < message.dict->n; i++) {
		struct dict_entry *e = &message.dict->entry[i];
		if (!value_is(e->key, "tools"))
			dict_set(d.dict, e->key, e->value);
	}
	dict_set_text(d.dict, "role", value_text("system"));
	return d;
}

static struct value joined(const struct value *item, size_t n,
			   struct arena *arena)
{
	struct value d = value_dict(arena);
	struct buf b;
	bool any = false;
	buf_init(&b);
	for (size_t i = 0; i < n; i++) {
		if (!is_role(item[i], "system"))
			continue;
		if (any)
			buf_puts(&b, "\n\n");
		any = true;
		buf_append(&b, value_slice(*dict_find_text(item[i].dict,
							   SLICE("content"))));
	}
	dict_set_text(d.dict, "role", value_text("system"));
	dict_set_text(d.dict, "content",
		      value_string(arena_copy(arena, buf_slice(&b))));
	buf_fini(&b);
	return d;
}

enum status chat_merge_system(struct value *messages, enum chat_content content,
			      struct arena *arena, struct error *err)
{
	size_t n = messages->n, n_system = 0, developers = 0, at = 1;
	struct value *item = arena_array(arena, n + 1, sizeof(*item));
	struct value *out = arena_array(arena, n + 1, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		bool developer = is_role(messages->item[i], "developer");
		item[i] = developer ? as_system(messages->item[i], arena)
				    : messages->item[i];
		developers += developer;
		n_system += is_role(item[i], "system");
	}
	if (developers == 0)
		return OK;
	*messages = value_items(VALUE_LIST, item, n);
	if (n_system == 1 && is_role(item[0], "system"))
		return OK;
	if (content == CHAT_PARTS)
		return error_set(err, ERR_UNSUPPORTED,
				 "messages: several of system or developer, "
				 "for a template that takes parts");
	out[0] = joined(item, n, arena);
	for (size_t i = 0; i < n; i++)
		if (!is_role(item[i], "system"))
			out[at++] = item[i];
	*messages = value_items(VALUE_LIST, out, at);
	return OK;
}
