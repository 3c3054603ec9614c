#include "common/template/chat_plain.h"

#include "common/json/scan.h"
#include "common/json/string.h"
#include "common/template/chat_content.h"

enum member { MEMBER_ROLE, MEMBER_CONTENT, MEMBERS };

static bool member_of(struct slice key, enum member *out)
{
	*out = MEMBER_ROLE;
	if (json_string_equal(key, SLICE("role")))
		return true;
	*out = MEMBER_CONTENT;
	return json_string_equal(key, SLICE("content"));
}

/* Both members, each once, as texts. */
static bool read(struct slice raw, struct arena *arena,
		 struct slice text[MEMBERS])
{
	struct json_scan s;
	struct json_value v;
	struct slice key;
	enum member m;
	unsigned seen = 0;
	json_begin(&s, raw, CHAT_MAX_DEPTH);
	if (!json_enter_object(&s))
		return false;
	while (json_member(&s, &key)) {
		if (!member_of(key, &m) || seen & 1u << m ||
		    !json_value(&s, &v) || v.type != JSON_TYPE_STRING ||
		    json_text(v.raw, arena, &text[m]) != OK)
			return false;
		seen |= 1u << m;
	}
	return json_end(&s) == OK && seen == (1u << MEMBERS) - 1;
}

/* Others have more to them than what they say. */
static bool is_plain(const struct slice text[MEMBERS],
		     const struct chat_rules *rules)
{
	if (slice_equal(text[MEMBER_ROLE], SLICE("developer")))
		return false;
	return !slice_equal(text[MEMBER_ROLE], SLICE("system")) ||
	       !chat_content_is_billed(text[MEMBER_CONTENT], rules);
}

bool chat_plain_read(struct slice raw, const struct chat_rules *rules,
		     struct arena *arena, struct chat_plain *out)
{
	struct slice text[MEMBERS];
	if (rules->dialect != CHAT_VLLM || !read(raw, arena, text) ||
	    !is_plain(text, rules))
		return false;
	*out = (struct chat_plain){
		.role = text[MEMBER_ROLE],
		.text = text[MEMBER_CONTENT],
		.in_part = rules->content == CHAT_PARTS &&
			   !slice_equal(text[MEMBER_ROLE], SLICE("tool")),
	};
	return true;
}

struct value chat_plain_value(const struct chat_plain *p, struct arena *arena)
{
	struct value d = value_dict(arena), content = value_string(p->text);
	if (p->in_part) {
		struct value *one = arena_array(arena, 1, sizeof(*one));
		*one = chat_content_text(content, arena);
		content = value_items(VALUE_LIST, one, 1);
	}
	dict_set_text(d.dict, "role", value_string(p->role));
	dict_set_text(d.dict, "content", content);
	return d;
}
