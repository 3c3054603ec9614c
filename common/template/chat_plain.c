#include "common/template/chat_plain.h"

#include <string.h>

#include "common/json/scan.h"
#include "common/json/span.h"
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

static bool skip(struct slice *left, struct slice word)
{
	if (!slice_starts(*left, word))
		return false;
	*left = slice_from(*left, word.n);
	return true;
}

/* Up to its quote; false if it is not ASCII without escapes. */
static bool take_text(struct slice *left, struct slice *out)
{
	const char *end = left->p + left->n;
	const char *quote = json_skip_plain(left->p, end);
	if (quote == end || *quote != '"')
		return false;
	*out = (struct slice){left->p, (size_t)(quote - left->p)};
	if (memchr(out->p, '\\', out->n))
		return false;
	*left = slice_from(*left, out->n + 1);
	return true;
}

/* As machines write most of them, with blanks or without. */
static bool read_usual(struct slice raw, struct slice text[MEMBERS])
{
	static const struct slice spelt[2][MEMBERS] = {
		{SLICE("{\"role\":\""), SLICE(",\"content\":\"")},
		{SLICE("{\"role\": \""), SLICE(", \"content\": \"")},
	};
	const struct slice *before = spelt[raw.n > 8 && raw.p[8] == ' '];
	struct slice left = raw;
	return skip(&left, before[MEMBER_ROLE]) &&
	       take_text(&left, &text[MEMBER_ROLE]) &&
	       skip(&left, before[MEMBER_CONTENT]) &&
	       take_text(&left, &text[MEMBER_CONTENT]) &&
	       slice_equal(left, SLICE("}"));
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
	if (rules->dialect != CHAT_VLLM ||
	    !(read_usual(raw, text) || read(raw, arena, text)) ||
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
