#include "common/template/chat_body.h"

#include "common/json/scan.h"
#include "common/json/string.h"

static bool take_bool(struct json_scan *s, const struct json_value *v,
		      const char *why, bool *out)
{
	if (v->type != JSON_TYPE_TRUE && v->type != JSON_TYPE_FALSE)
		return json_fail(s, ERR_INVALID, why);
	*out = v->type == JSON_TYPE_TRUE;
	return true;
}

static bool take_member(struct json_scan *s, struct slice key,
			struct chat_request *r)
{
	struct json_value v;
	if (!json_value(s, &v))
		return false;
	if (json_string_equal(key, SLICE("messages")))
		r->messages = v.raw;
	else if (json_string_equal(key, SLICE("tools")))
		r->tools = v.raw;
	else if (json_string_equal(key, SLICE("chat_template_kwargs")))
		r->kwargs = v.raw;
	else if (json_string_equal(key, SLICE("add_generation_prompt")))
		return take_bool(s, &v,
				 "add_generation_prompt is not true or false",
				 &r->add_generation_prompt);
	else if (json_string_equal(key, SLICE("continue_final_message")))
		return take_bool(s, &v,
				 "continue_final_message is not true or false",
				 &r->continue_final_message);
	return true;
}

enum status chat_body_parse(struct slice body, struct chat_request *r,
			    struct error *err)
{
	struct json_scan s;
	struct slice key;
	struct chat_request given = *r;
	given.messages = given.tools = given.kwargs = (struct slice){NULL, 0};
	given.add_generation_prompt = true;
	given.continue_final_message = false;
	json_begin(&s, body, CHAT_MAX_DEPTH + 1);
	json_enter_object(&s);
	while (json_member(&s, &key))
		if (!take_member(&s, key, &given))
			break;
	if (json_end(&s) != OK)
		return error_set(err, s.status, "byte %zu: %s", json_offset(&s),
				 s.why);
	if (!given.messages.p)
		return error_set(err, ERR_INVALID, "messages is missing");
	*r = given;
	return OK;
}
