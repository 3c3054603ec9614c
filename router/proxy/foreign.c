#include "router/proxy/foreign.h"

#include "common/base/log.h"
#include "common/template/chat_api.h"
#include "router/proxy/prompt_work.h"

/* Mapping runs on the lane, some milliseconds a MiB, and no other
 * request of the lane moves meanwhile. A million tokens of text fit. */
#define MAX_MAPPED_BYTES ((size_t)4 << 20)

static enum chat_api api_of(const struct request *r)
{
	switch (r->endpoint->kind) {
	case API_MESSAGES: return CHAT_API_MESSAGES;
	case API_RESPONSES: return CHAT_API_RESPONSES;
	default: return CHAT_API_CHAT;
	}
}

/* Where chats are put to workers, what they render is not known to be by a
 * template. */
static const char *fault_of(const struct fleet_model *m, enum chat_api api)
{
	struct chat_options o = {0};

	if (m->chat != NULL)
		return chat_api_fault(chat_model_rules(m->chat),
				      chat_model_has_template(m->chat), api);
	chat_options_set_engine(&o, m->conf->chat.engine);
	return chat_api_fault(
		&(struct chat_rules){.compat = o.compat, .dialect = o.dialect},
		false, api);
}

static enum api_tri tri(bool truth)
{
	return truth ? API_TRUE : API_FALSE;
}

static enum status take(struct request *r, const struct chat_request *q,
			struct error *err)
{
	size_t most = r->fleet->conf->limits.max_messages;
	const struct api_known known = {prompt_known_messages, r};
	struct api_request *a = &r->draft->api;

	a->tools = q->tools;
	a->tool_choice = q->tool_choice;
	a->chat_template_kwargs = q->kwargs;
	a->reasoning_effort = q->reasoning_effort;
	a->documents = q->documents;
	a->add_generation_prompt = tri(q->add_generation_prompt);
	a->continue_final_message = tri(q->continue_final_message);
	enum status st = api_messages_set(a, q->messages, most, &known,
					  &r->draft->arena);
	return st == OK ? OK
			: error_set(err, st,
				    "its messages are no chat of at most %zu "
				    "(limits.max_messages)",
				    most);
}

/* What stands in for messages where they are matched as text. */
static void take_input(struct request *r)
{
	struct splice *body = &r->draft->api.body;
	size_t at = splice_find(body, "input", 0);

	if (r->endpoint->kind == API_RESPONSES && at < body->n)
		r->draft->api.messages = body->member[at].value;
}

bool foreign_becomes_chat(struct request *r)
{
	enum chat_api api = api_of(r);
	struct chat_request made = {0};
	struct error err = {0};
	const char *fault;
	enum status st;

	if (api == CHAT_API_CHAT)
		return true;
	take_input(r);
	fault = buf_len(&r->draft->body) > MAX_MAPPED_BYTES
			? "a body of more than 4 MiB"
			: fault_of(r->model, api);
	if (fault != NULL) {
		log_debug("request %s: unmapped: %s", r->id, fault);
		return false;
	}
	st = chat_api_parse(api, buf_slice(&r->draft->body), &r->draft->arena,
			    &made, &err);
	if (st == OK)
		st = take(r, &made, &err);
	if (st != OK)
		log_debug("request %s: unmapped: %s", r->id, err.text);
	return st == OK;
}
