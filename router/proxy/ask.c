#include "router/proxy/ask.h"

#include <string.h>

#include "common/base/log.h"
#include "common/http/writer.h"
#include "router/api/token_ids.h"
#include "router/proxy/tokenize.h"

/* An id and its comma take at most 11 bytes. */
#define BYTES_A_TOKEN 12
#define ANSWER_EXTRA  4096
/* Room that a usual answer needs, a head of ours beside the client's (the
 * one to follow has the same), and a body beside its messages. */
#define FEW_IDS_BYTES 1024
#define OWN_BYTES     192
#define MEMBERS_BYTES 256

/* The newest earlier turn whose ids are known: good for all its blocks but
 * the last, which holds what the template puts behind the last message. */
static enum flow use_earlier_turn(struct request *r)
{
	const uint32_t *token = NULL;
	size_t n = 0, block = r->model->tokens.block_size;
	uint32_t *copy;

	for (size_t i = r->draft->n_chat_keys - 1; i > 0 && token == NULL; i--)
		token = token_memo_get(r->proxy->token_memo,
				       r->draft->chat_key[i - 1], &n);
	if (token == NULL || n <= block)
		return tokenize_unknown(r, "failed");
	n -= block;
	copy = arena_array(&r->draft->arena, n, sizeof(*copy));
	memcpy(copy, token, n * sizeof(*copy));
	return tokenize_known(r, copy, n, r->draft->ids, "earlier_turn");
}

static void on_head(void *arg, const struct http_head *h)
{
	struct request *r = arg;

	if (h->status == 200)
		return;
	exchange_cancel(&r->draft->ask);
	log_debug("request %s: tokenize: the worker answered %u", r->id,
		  h->status);
	use_earlier_turn(r);
	request_run(r);
}

static void answered(struct request *r)
{
	size_t max = r->fleet->conf->limits.max_prompt_tokens;
	uint32_t *id;
	size_t n;

	if (api_token_ids_read(buf_slice(&r->draft->ask_answer), "tokens", max,
			       &r->draft->arena, &id, &n) != OK) {
		log_warn("request %s: tokenize: the worker's answer is not a "
			 "list of token ids",
			 r->id);
		use_earlier_turn(r);
		return;
	}
	tokenize_remember(r, r->draft->chat_key[r->draft->n_chat_keys - 1], id,
			  n);
	tokenize_known(r, id, n, r->draft->ids,
		       tokenize_chats_differ(r->model) ? "parity_worker"
						       : "worker");
}

static void on_body(void *arg, const struct slice *piece, size_t n,
		    bool complete)
{
	struct request *r = arg;
	size_t max = r->fleet->conf->limits.max_prompt_tokens * BYTES_A_TOKEN +
		     ANSWER_EXTRA;

	draft_make_room(r->draft, &r->draft->ask_answer, FEW_IDS_BYTES);
	for (size_t i = 0; i < n; i++)
		buf_append(&r->draft->ask_answer, piece[i]);
	if (buf_len(&r->draft->ask_answer) > max) {
		exchange_cancel(&r->draft->ask);
		use_earlier_turn(r);
	} else if (complete) {
		answered(r);
	} else {
		return;
	}
	request_run(r);
}

static void on_failed(void *arg, enum exchange_failure why)
{
	struct request *r = arg;

	log_debug("request %s: tokenize: %s", r->id,
		  exchange_failure_name(why));
	use_earlier_turn(r);
	request_run(r);
}

static const struct exchange_events events = {
	.head = on_head,
	.body = on_body,
	.failed = on_failed,
};

static void add_member(struct buf *out, const char *name, struct slice raw)
{
	if (raw.n == 0)
		return;
	buf_printf(out, ",\"%s\":", name);
	buf_append(out, raw);
}

static void add_flag(struct buf *out, const char *name, enum api_tri flag)
{
	if (flag != API_UNSET)
		buf_printf(out, ",\"%s\":%s", name,
			   flag == API_TRUE ? "true" : "false");
}

static void write_body(struct request *r)
{
	const struct api_request *a = &r->draft->api;
	struct buf *out = &r->draft->ask_body;

	buf_reset(out, 0);
	draft_make_room(r->draft, out,
			MEMBERS_BYTES + a->messages.n + a->tools.n);
	buf_puts(out, "{\"model\":");
	buf_json_string(out, request_lora(r).n
				     ? request_lora(r)
				     : slice_of(r->model->conf->name));
	add_member(out, "messages", a->messages);
	add_member(out, "tools", a->tools);
	add_member(out, "chat_template_kwargs", a->chat_template_kwargs);
	add_flag(out, "add_generation_prompt", a->add_generation_prompt);
	add_flag(out, "continue_final_message", a->continue_final_message);
	add_flag(out, "add_special_tokens", a->add_special_tokens);
	buf_putc(out, '}');
}

static void write_head(struct request *r, struct worker *w)
{
	struct buf *out = &r->draft->send_head;

	buf_reset(out, 64 * 1024);
	draft_make_room(r->draft, out, r->draft->head_bytes + OWN_BYTES);
	buf_puts(out, "POST /tokenize HTTP/1.1\r\n");
	http_write_own(out, "host", w->host);
	http_write_own(out, "content-type", "application/json");
	http_write_number(out, "content-length", buf_len(&r->draft->ask_body));
	if (w->api_key != NULL) {
		buf_puts(out, "authorization: Bearer ");
		buf_puts(out, w->api_key);
		buf_puts(out, "\r\n");
	}
	http_write_end(out);
}

/* Of those whose ids are wanted, if any are. */
static bool is_asked(const struct request *r, struct worker *w)
{
	enum gate g = atomic_load(&w->gate);

	/* One that takes no new work may well tokenize. */
	if (!gate_admits(g) && g != GATE_DRAINING)
		return false;
	return !tokenize_chats_differ(r->model) ||
	       atomic_load(&w->chat_print) == atomic_load(&r->model->chat_ids);
}

/* Whoever has the least to do: tokenizing costs the worker CPU time. */
static struct worker *least_busy(const struct request *r)
{
	size_t n_workers = r->model->n_workers;
	size_t start = n_workers ? rng_below(&r->proxy->rng, n_workers) : 0;
	struct worker *best = NULL;
	unsigned least = UINT32_MAX;

	for (size_t i = 0; i < n_workers; i++) {
		struct worker *w = r->model->worker[(start + i) % n_workers];
		unsigned n = atomic_load_explicit(&w->inflight,
						  memory_order_relaxed);

		if (n >= least || !is_asked(r, w))
			continue;
		best = w;
		least = n;
	}
	return best;
}

enum flow ask_worker(struct request *r, struct fingerprint_value *key, size_t n)
{
	struct worker *w = least_busy(r);

	r->draft->chat_key = key;
	r->draft->n_chat_keys = n;
	if (w == NULL)
		return use_earlier_turn(r);
	r->draft->ids = atomic_load(&w->chat_print);
	write_body(r);
	write_head(r, w);
	r->draft->ask_send[0] = buf_slice(&r->draft->send_head);
	r->draft->ask_send[1] = buf_slice(&r->draft->ask_body);
	r->draft->ask.first_byte_ms = r->fleet->conf->timeouts.tokenize;
	exchange_start(&r->draft->ask, r->proxy->pool, w, r->draft->ask_send, 2,
		       &events, r);
	return FLOW_WAIT;
}
