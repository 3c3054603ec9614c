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

/* Where a raw value of this name goes, or NULL. */
static struct slice *raw_field(struct slice key, struct chat_request *r)
{
	if (json_string_equal(key, SLICE("messages")))
		return &r->messages;
	if (json_string_equal(key, SLICE("tools")))
		return &r->tools;
	if (json_string_equal(key, SLICE("chat_template_kwargs")))
		return &r->kwargs;
	if (json_string_equal(key, SLICE("documents")))
		return &r->documents;
	if (json_string_equal(key, SLICE("reasoning_effort")))
		return &r->reasoning_effort;
	return NULL;
}

static void take_choice(const struct json_value *v, struct chat_request *r)
{
	r->tool_choice = v->raw;
	r->no_tool_choice = v->type == JSON_TYPE_STRING &&
			    json_string_equal(v->raw, SLICE("none"));
}

static bool take_member(struct json_scan *s, struct slice key,
			struct chat_request *r)
{
	struct json_value v;
	struct slice *field = raw_field(key, r);
	if (!json_value(s, &v))
		return false;
	if (field)
		*field = v.raw;
	else if (json_string_equal(key, SLICE("add_generation_prompt")))
		return take_bool(s, &v,
				 "add_generation_prompt is not true or false",
				 &r->add_generation_prompt);
	else if (json_string_equal(key, SLICE("continue_final_message")))
		return take_bool(s, &v,
				 "continue_final_message is not true or false",
				 &r->continue_final_message);
	else if (json_string_equal(key, SLICE("tool_choice")))
		take_choice(&v, r);
	else if (json_string_equal(key, SLICE("chat_template")) &&
		 v.type != JSON_TYPE_NULL)
		return json_fail(s, ERR_UNSUPPORTED,
				 "chat_template: a request's own template is "
				 "not rendered here");
	return true;
}

void chat_body_clear(struct chat_request *r)
{
	r->messages = r->tools = r->kwargs = (struct slice){NULL, 0};
	r->documents = r->reasoning_effort = (struct slice){NULL, 0};
	r->tool_choice = (struct slice){NULL, 0};
	r->add_generation_prompt = true;
	r->continue_final_message = r->no_tool_choice = false;
	r->calls_as_given = false;
}

enum status chat_body_parse(struct slice body, struct chat_request *r,
			    struct error *err)
{
	struct json_scan s;
	struct slice key;
	struct chat_request given = *r;
	chat_body_clear(&given);
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
