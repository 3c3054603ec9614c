#include "router/proxy/prompt_work.h"

#include <string.h>
#include <time.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "router/proxy/hand_over.h"
#include "router/proxy/match.h"
#include "router/proxy/request_job.h"
#include "router/proxy/tokenize.h"

/* More new bytes than this are a helper's work: they would hold up the
 * loop. */
#define INLINE_BYTES (16 * 1024)
#define ROOM_KEPT    (256 * 1024)

/* What the lane or a helper does, and what it needs for that. */
struct prompt_work {
	struct conversation *conversation; /* lent */
	struct slice text;                 /* of a completion */
	bool is_text, add_special, forget;
	struct conversation_input in;
	struct hash_scheme scheme[2];
	bool wanted[2]; /* enum conversation_keys */
	struct hash_extra extra;
	/* Under what it will be found again. */
	struct fingerprint_value *chunk;
	size_t n_chunks;
	struct recall_end *end;
	enum status status;
	struct error *err; /* filled where the status is not OK */
};

struct prompt_job {
	struct request_job at;
	struct prompt_work work;
	struct error err;
	struct tm now;
	struct buf room;
};

/* --- the work, on any thread ------------------------------------------ */

static void hash(struct prompt_work *w)
{
	struct conversation *c = w->conversation;

	for (size_t i = 0; i < 2 && w->status == OK; i++)
		if (w->wanted[i])
			w->status = growing_chain_extend(
				&c->chain[i], &w->scheme[i], &w->extra,
				c->tokens.id, c->tokens.n);
}

static void run(struct prompt_work *w, struct arena *arena, struct buf *room)
{
	if (w->is_text)
		w->status = conversation_set_text(
			w->conversation, w->in.tokenizer, w->text,
			w->add_special, w->in.max_tokens, arena);
	else
		w->status = conversation_go_on(w->conversation, &w->in, arena,
					       room, w->err);
	hash(w);
}

/* --- its result, on the lane ------------------------------------------ */

static void take_chains(struct request *r, const struct prompt_work *w)
{
	struct chain *out[2] = {&r->draft->tokens, &r->draft->engine};
	struct chain_keys **held[2] = {&r->draft->tokens_held,
				       &r->draft->engine_held};

	for (size_t i = 0; i < 2; i++)
		if (w->wanted[i] &&
		    conversation_chain(w->conversation,
				       (enum conversation_keys)i, &w->scheme[i],
				       &w->extra, held[i], out[i]) != OK)
			log_debug("request %s: no chain", r->id);
}

static void put_back(struct proxy *p, struct prompt_work *w)
{
	if (w->status != OK || w->forget)
		recall_drop(p->o.recall, w->conversation);
	else
		recall_keep(p->o.recall, w->conversation, w->chunk, w->n_chunks,
			    w->end, w->in.kept);
	w->conversation = NULL;
}

/* A chat that we cannot render may be one that its worker can. */
static enum flow failed(struct request *r, const struct prompt_work *w)
{
	if (w->status == ERR_UNSUPPORTED)
		return tokenize_elsewhere(r);
	log_debug("request %s: prompt: %s", r->id, w->err->text);
	return tokenize_unknown(r, "refused");
}

/* `known`: some of it was before. */
static enum flow done(struct request *r, struct prompt_work *w, bool known)
{
	enum flow flow;

	if (w->status == OK) {
		take_chains(r, w);
		r->prompt.whole = true;
		hand_over_keep(r, w->conversation->tokens.id,
			       w->conversation->tokens.n);
		flow = tokenize_known(r, NULL, w->conversation->tokens.n,
				      PARITY_OURS, known ? "memo" : "local");
	} else {
		flow = failed(r, w);
	}
	put_back(r->proxy, w);
	return flow;
}

/* --- at a helper ------------------------------------------------------ */

static void job_run(struct job *job)
{
	struct prompt_job *j = CONTAINER_OF(job, struct prompt_job, at.job);

	run(&j->work, &j->at.arena, &j->room);
}

static void job_back(struct request_job *at)
{
	struct prompt_job *j = CONTAINER_OF(at, struct prompt_job, at);
	struct request *r = at->request;

	if (r == NULL)
		put_back(at->proxy, &j->work);
	/* It may be put to a worker now, and wait again. */
	else if (done(r, &j->work, j->work.in.kept > 0) == FLOW_GO)
		request_run(r);
	request_job_fini(at);
	buf_fini(&j->room);
	mem_free(j);
}

static void *copy(struct arena *a, const void *from, size_t n, size_t size)
{
	void *to = arena_array(a, n ? n : 1, size);

	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

static void own(struct arena *a, struct slice *s)
{
	if (s->p != NULL)
		*s = arena_copy(a, *s);
}

/* The request may end before its job does. */
static void copy_work(struct prompt_work *w, struct arena *a, size_t n_end)
{
	struct chat_request *q = &w->in.request;
	struct slice *turn = copy(a, w->in.turn, w->in.n_turns, sizeof(*turn));

	for (size_t i = 0; i < w->in.n_turns; i++)
		own(a, &turn[i]);
	w->in.turn = turn;
	own(a, &w->text);
	own(a, &w->extra.salt);
	own(a, &q->messages);
	own(a, &q->tools);
	own(a, &q->kwargs);
	own(a, &q->documents);
	own(a, &q->reasoning_effort);
	own(a, &q->tool_choice);
	w->chunk = copy(a, w->chunk, w->n_chunks, sizeof(*w->chunk));
	w->end = copy(a, w->end, n_end, sizeof(*w->end));
}

static enum flow post(struct request *r, const struct prompt_work *w)
{
	struct prompt_job *j = mem_zalloc(sizeof(*j));

	request_job_init(&j->at, r);
	j->work = *w;
	copy_work(&j->work, &j->at.arena, w->in.n_turns);
	j->work.err = &j->err;
	if (w->in.request.now != NULL) {
		j->now = *w->in.request.now;
		j->work.in.request.now = &j->now;
	}
	return request_job_post(&j->at, job_run, job_back);
}

/* --- setting it up ---------------------------------------------------- */

size_t prompt_known_messages(void *request, struct slice rest)
{
	struct request *r = request;

	recall_find(r->proxy->o.recall, admit_whose(r), rest, &r->draft->arena,
		    &r->draft->recalled);
	if (r->draft->recalled.conversation == NULL ||
	    r->draft->recalled.n_turns == 0)
		return 0;
	return r->draft->recalled.bytes;
}

static bool is_none(struct slice tool_choice)
{
	return slice_equal(tool_choice, SLICE("\"none\""));
}

/* SGLang shows a template only the tool that is to be called. */
static bool sees_choice(const struct request *r)
{
	enum chat_engine engine = r->model->conf->chat.engine;

	return engine == CHAT_ENGINE_SGLANG ||
	       engine == CHAT_ENGINE_SGLANG_2026_06;
}

static struct fingerprint_value with_part(struct fingerprint_value scope,
					  unsigned number, struct slice part,
					  uint64_t secret)
{
	struct {
		struct fingerprint_value scope, part;
		uint64_t number;
	} s = {scope, fingerprint128(part, secret), number};

	return fingerprint128((struct slice){(const char *)&s, sizeof(s)},
			      secret);
}

/* All that decides about the prompt besides its messages or text. */
static struct fingerprint_value scope_of(const struct request *r)
{
	uint64_t secret = recall_secret(r->proxy->o.recall);
	const struct api_request *a = &r->draft->api;
	const struct slice none = {NULL, 0};
	const struct slice part[] = {
		request_lora(r),
		a->tools,
		a->chat_template_kwargs,
		a->documents,
		a->reasoning_effort,
		r->draft->salt,
		sees_choice(r) ? a->tool_choice : none,
	};
	const struct {
		const struct fleet_model *model;
		uint64_t stamp, flags;
	} s = {
		.model = r->model,
		.stamp = r->model->chat_stamp,
		.flags = (uint64_t)r->endpoint->kind |
			 (uint64_t)a->add_generation_prompt << 8 |
			 (uint64_t)a->add_special_tokens << 16 |
			 (uint64_t)is_none(a->tool_choice) << 24,
	};
	struct fingerprint_value scope = fingerprint128(
		(struct slice){(const char *)&s, sizeof(s)}, secret);

	/* Most requests have none of these. */
	for (unsigned i = 0; i < ARRAY_LEN(part); i++)
		if (part[i].n > 0)
			scope = with_part(scope, i, part[i], secret);
	return scope;
}

static void set_schemes(const struct request *r, struct prompt_work *w)
{
	size_t block_size = fleet_block_size(r->model);

	w->extra = request_extra(r);
	w->scheme[CONVERSATION_TOKENS] = r->model->tokens;
	w->scheme[CONVERSATION_TOKENS].block_size = block_size;
	w->wanted[CONVERSATION_TOKENS] = true;
	w->wanted[CONVERSATION_ENGINE] = match_by_engine_keys(r->model);
	if (!w->wanted[CONVERSATION_ENGINE])
		return;
	w->scheme[CONVERSATION_ENGINE] = r->model->engine;
	w->scheme[CONVERSATION_ENGINE].block_size = block_size;
}

static enum flow start(struct request *r, struct prompt_work *w,
		       size_t new_bytes)
{
	bool known = w->in.kept > 0 || w->conversation->tokens.n > 0;
	struct proxy *p = r->proxy;

	set_schemes(r, w);
	w->in.tokenizer = r->model->tokenizer;
	w->in.max_tokens = r->fleet->conf->limits.max_prompt_tokens;
	if (new_bytes > INLINE_BYTES)
		return post(r, w);
	run(w, &p->prompt_arena, &p->prompt_room);
	arena_reset(&p->prompt_arena);
	buf_reset(&p->prompt_room, ROOM_KEPT);
	return done(r, w, known);
}

enum flow prompt_of_text(struct request *r, struct slice text)
{
	/* vLLM adds special tokens to a completion's prompt by default. */
	struct error err;
	struct prompt_work w = {
		.err = &err,
		.is_text = true,
		.text = text,
		.add_special = r->draft->api.add_special_tokens != API_FALSE,
	};
	struct recalled *f = &r->draft->recalled;
	size_t known_bytes;

	recall_find(r->proxy->o.recall, admit_whose(r), text, &r->draft->arena,
		    f);
	w.conversation = recall_lend(r->proxy->o.recall, f, scope_of(r),
				     &w.in.kept);
	known_bytes = w.conversation->cuts.n > 0 ? f->bytes : 0;
	w.chunk = f->chunk;
	w.n_chunks = f->n_chunks;
	return start(r, &w, text.n - known_bytes);
}

bool prompt_is_rendered_here(const struct request *r)
{
	const struct api_request *a = &r->draft->api;

	return r->model->chat != NULL && r->model->tokenizer != NULL &&
	       !tokenize_chats_differ(r->model) &&
	       a->add_special_tokens != API_TRUE && a->chat_template.n == 0;
}

/* Asking for the time zone takes longer than rendering. */
static const struct tm *local_time(struct proxy *p, uint64_t now_ns)
{
	time_t now = (time_t)(clock_wall_us_at(now_ns) / 1000000);

	if (now != p->local_s)
		localtime_r(&now, &p->local);
	p->local_s = now;
	return &p->local;
}

static struct slice raw(struct slice s)
{
	return s.n > 0 ? s : (struct slice){NULL, 0};
}

static void set_request(const struct request *r, struct prompt_work *w)
{
	const struct api_request *a = &r->draft->api;

	w->in.limits = template_default_limits();
	w->in.chat = r->model->chat;
	w->in.outlines = recall_outlines(r->proxy->o.recall);
	w->in.request = (struct chat_request){
		.messages = a->messages,
		.tools = raw(a->tools),
		.kwargs = raw(a->chat_template_kwargs),
		.documents = raw(a->documents),
		.reasoning_effort = raw(a->reasoning_effort),
		.calls_as_given = r->endpoint->kind == API_RESPONSES,
		.no_tool_choice = is_none(a->tool_choice),
		.tool_choice = raw(a->tool_choice),
		.add_generation_prompt = a->add_generation_prompt != API_FALSE,
		.continue_final_message = a->continue_final_message == API_TRUE,
		.now = local_time(r->proxy, r->draft->ready_ns),
	};
}

/* The messages behind those that stay. */
static bool set_turns(struct request *r, struct prompt_work *w)
{
	const struct api_request *a = &r->draft->api;

	if (w->in.kept == r->draft->recalled.n_turns) {
		w->in.turn = a->turn;
		w->in.n_turns = a->n_turns;
		return true;
	}
	/* What was passed over is needed after all. */
	return api_messages_all(a->messages, &r->draft->arena, &w->in.turn,
				&w->in.n_turns) == OK;
}

static void set_ends(struct request *r, struct prompt_work *w)
{
	/* Recalled by what is behind the bracket. */
	struct slice text = slice_from(r->draft->api.messages, 1);
	size_t last = 0;

	w->end = arena_array(&r->draft->arena, w->in.n_turns + 1,
			     sizeof(*w->end));
	for (size_t i = 0; i < w->in.n_turns; i++) {
		const struct slice *turn = &w->in.turn[i];

		last = (size_t)(turn->p + turn->n - text.p);
		w->end[i] = recall_end_at(&r->draft->recalled, text, last);
	}
	if (w->in.n_turns == 0)
		last = r->draft->recalled.bytes;
	w->chunk = r->draft->recalled.chunk;
	w->n_chunks = chunk_count(last);
}

static size_t bytes_of(const struct slice *turn, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += turn[i].n;
	return bytes;
}

enum flow prompt_of_chat(struct request *r)
{
	struct prompt_work w;
	struct error err;

	mem_zero(&w, sizeof(w));
	w.err = &err;
	set_request(r, &w);
	w.conversation = recall_lend(r->proxy->o.recall, &r->draft->recalled,
				     scope_of(r), &w.in.kept);
	if (!set_turns(r, &w)) {
		recall_drop(r->proxy->o.recall, w.conversation);
		return tokenize_unknown(r, "refused");
	}
	set_ends(r, &w);
	w.forget = w.in.request.continue_final_message;
	return start(r, &w, bytes_of(w.in.turn, w.in.n_turns));
}
