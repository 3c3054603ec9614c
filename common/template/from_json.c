#include "common/template/from_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/json/scan.h"
#include "common/json/string.h"

struct items {
	struct value *v;
	size_t n, room;
};

static bool read_value(struct json_scan *s, struct arena *arena,
		       struct value *out);

static bool read_string(struct json_scan *s, struct slice raw,
			struct arena *arena, struct value *out)
{
	struct slice text;
	enum status status = json_text(raw, arena, &text);
	if (status != OK)
		return json_fail(s, status, "a malformed string");
	*out = value_string(text);
	return true;
}

static bool is_whole(struct slice raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] == '.' || raw.p[i] == 'e' || raw.p[i] == 'E')
			return false;
	return true;
}

static bool read_number(struct json_scan *s, struct slice raw,
			struct arena *arena, struct value *out)
{
	int64_t i;
	if (!is_whole(raw)) {
		struct slice text = arena_copy(arena, raw);
		*out = value_float(strtod(text.p, NULL));
		return true;
	}
	if (json_int(raw, &i) == OK) {
		*out = value_int(i);
		return true;
	}
	/* Python refuses to read more digits than this. */
	if (raw.n > 4300)
		return json_fail(s, ERR_LIMIT, "an int of too many digits");
	*out = value_string(raw);
	out->type = VALUE_BIG;
	return true;
}

static bool read_array(struct json_scan *s, struct arena *arena,
		       struct value *out)
{
	struct items items = {0};
	if (!json_enter_array(s))
		return false;
	while (json_element(s)) {
		if (items.n == items.room) {
			size_t room = items.room ? 2 * items.room : 4;
			struct value *v = arena_array(arena, room, sizeof(*v));
			if (items.n > 0)
				memcpy(v, items.v, items.n * sizeof(*v));
			items.v = v;
			items.room = room;
		}
		if (!read_value(s, arena, &items.v[items.n]))
			return false;
		items.n++;
	}
	*out = value_items(VALUE_LIST, items.v, items.n);
	return s->status == OK;
}

static bool read_object(struct json_scan *s, struct arena *arena,
			struct value *out)
{
	struct slice raw;
	struct value key, value, d = value_dict(arena);
	if (!json_enter_object(s))
		return false;
	while (json_member(s, &raw)) {
		if (!read_string(s, raw, arena, &key) ||
		    !read_value(s, arena, &value))
			return false;
		dict_set(d.dict, key, value);
	}
	*out = d;
	return s->status == OK;
}

static bool read_value(struct json_scan *s, struct arena *arena,
		       struct value *out)
{
	struct json_value v;
	enum json_type type;
	if (!json_peek(s, &type))
		return false;
	if (arena_is_over(arena))
		return json_fail(s, ERR_LIMIT, "more than there is memory for");
	if (type == JSON_TYPE_ARRAY)
		return read_array(s, arena, out);
	if (type == JSON_TYPE_OBJECT)
		return read_object(s, arena, out);
	if (!json_value(s, &v))
		return false;
	switch (v.type) {
	case JSON_TYPE_NULL: *out = value_none(); return true;
	case JSON_TYPE_TRUE: *out = value_bool(true); return true;
	case JSON_TYPE_FALSE: *out = value_bool(false); return true;
	case JSON_TYPE_NUMBER: return read_number(s, v.raw, arena, out);
	default: return read_string(s, v.raw, arena, out);
	}
}

enum status value_from_json(struct slice text, unsigned max_depth,
			    struct arena *arena, struct value *out)
{
	struct json_scan s;
	struct value v = VALUE_NIL;
	json_begin(&s, text, max_depth);
	read_value(&s, arena, &v);
	enum status status = json_end(&s);
	if (status == OK)
		*out = v;
	return status;
}
