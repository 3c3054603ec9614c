#include "router/proxy/foreign.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/template/chat_api.h"
#include "router/proxy/prompt_work.h"
#include "router/proxy/request_job.h"
#include "router/proxy/tokenize.h"

/* What a body becomes. */
struct mapped {
	struct chat_request chat;
	enum status status;
	struct error err;
};

struct mapping {
	struct request_job at;
	enum chat_api api;
	struct slice body;
	struct mapped out;
};

/* A million tokens of text fit. */
#define MAX_MAPPED_BYTES ((size_t)4 << 20)
/* Of what is made of it on the way. */
#define MAX_VALUE_BYTES ((size_t)64 << 20)
/* Mapping takes some milliseconds a MiB: what is longer than this is a
 * helper's work. */
#define INLINE_BYTES ((size_t)64 << 10)

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

static enum flow unmapped(struct request *r, const char *why)
{
	log_debug("request %s: unmapped: %s", r->id, why);
	return tokenize_unknown(r, "unmapped");
}

static void parse(enum chat_api api, struct slice body, struct arena *arena,
		  struct mapped *out)
{
	out->status = chat_api_parse(api, body, arena, &out->chat, &out->err);
}

static enum flow go_on(struct request *r, struct mapped *m)
{
	if (m->status == OK)
		m->status = take(r, &m->chat, &m->err);
	return m->status == OK ? tokenize_chat(r) : unmapped(r, m->err.text);
}

static void job_run(struct job *job)
{
	struct mapping *m = CONTAINER_OF(job, struct mapping, at.job);

	m->at.arena.max_bytes = m->at.arena.bytes + MAX_VALUE_BYTES;
	parse(m->api, m->body, &m->at.arena, &m->out);
	if (m->out.status == OK && arena_is_over(&m->at.arena))
		m->out.status = error_set(&m->out.err, ERR_LIMIT,
					  "its values take too much memory");
}

/* The chat lives in the job's arena, which the draft takes over. */
static void job_back(struct request_job *at)
{
	struct mapping *m = CONTAINER_OF(at, struct mapping, at);
	struct request *r = at->request;

	if (r != NULL) {
		r->draft->mapped = at->arena;
		arena_init(&at->arena);
		if (go_on(r, &m->out) == FLOW_GO)
			request_run(r);
	}
	request_job_fini(at);
	mem_free(m);
}

static enum flow post(struct request *r, enum chat_api api)
{
	struct mapping *m = mem_zalloc(sizeof(*m));

	request_job_init(&m->at, r);
	m->api = api;
	m->body = arena_copy(&m->at.arena, buf_slice(&r->draft->body));
	return request_job_post(&m->at, job_run, job_back);
}

bool foreign_is_to_map(const struct request *r)
{
	return api_of(r) != CHAT_API_CHAT;
}

enum flow foreign_map(struct request *r)
{
	struct slice body = buf_slice(&r->draft->body);
	enum chat_api api = api_of(r);
	struct mapped m = {0};
	const char *fault;

	take_input(r);
	fault = body.n > MAX_MAPPED_BYTES ? "a body of more than 4 MiB"
					  : fault_of(r->model, api);
	if (fault != NULL)
		return unmapped(r, fault);
	if (body.n > INLINE_BYTES)
		return post(r, api);
	parse(api, body, &r->draft->arena, &m);
	return go_on(r, &m);
}
