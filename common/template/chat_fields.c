#include "common/template/chat_fields.h"

#include "common/json/string.h"
#include "common/template/chat.h"

static void take(struct chat_field *field, size_t n, struct slice key,
		 const struct json_value *v)
{
	bool set = v->type != JSON_TYPE_NULL;
	for (size_t i = 0; i < n; i++) {
		if (!json_string_equal(key, slice_of(field[i].name)))
			continue;
		field[i].type = v->type;
		field[i].raw = set ? v->raw : (struct slice){NULL, 0};
		return;
	}
}

bool chat_fields_read(struct slice object, struct chat_field *field, size_t n)
{
	struct json_scan s;
	struct json_value v;
	struct slice key;
	json_begin(&s, object, CHAT_MAX_DEPTH);
	if (!json_enter_object(&s))
		return false;
	while (json_member(&s, &key) && json_value(&s, &v))
		take(field, n, key, &v);
	return json_end(&s) == OK;
}

bool chat_field_says(const struct chat_field *f, const char *text)
{
	return chat_field_is(f, JSON_TYPE_STRING) &&
	       json_string_equal(f->raw, slice_of(text));
}

bool chat_field_has_text(const struct chat_field *f)
{
	return chat_field_is(f, JSON_TYPE_STRING) && f->raw.n > 2;
}

struct slice chat_field_inner(struct slice raw)
{
	return (struct slice){raw.p + 1, raw.n - 2};
}

void chat_field_put(struct buf *to, const char *before, struct slice raw)
{
	buf_puts(to, before);
	buf_append(to, raw);
}

void chat_list_next(struct buf *list)
{
	if (buf_len(list) > 0)
		buf_putc(list, ',');
}

struct slice chat_list_end(const struct buf *list, struct arena *arena)
{
	struct slice s = buf_slice(list);
	char *p = arena_alloc(arena, s.n + 2);
	p[0] = '[';
	if (s.n > 0)
		memcpy(p + 1, s.p, s.n);
	p[s.n + 1] = ']';
	return (struct slice){p, s.n + 2};
}
