#include "tools/sim/answer.h"

#include "tools/sim/events.h"
#include "tools/sim/reply.h"

#include <event2/buffer.h>
#include <event2/http.h>

#include <stdio.h>

static void send_chunk(struct exchange *x, struct buf *b)
{
	struct evbuffer *out = evbuffer_new();

	evbuffer_add(out, buf_slice(b).p, buf_len(b));
	evhttp_send_reply_chunk(x->req, out);
	evbuffer_free(out);
}

static struct shape_piece piece_of(const struct choice *c)
{
	const struct ask *a = &c->exchange->ask;
	struct shape_piece p = {.index = c->index, .finish = c->finish};

	if (a->return_token_ids) {
		const struct token_list *l = &a->prompt[c->index / a->n];

		p.prompt = (struct shape_ids){l->id, l->n};
	}
	return p;
}

static struct shape_usage usage_of(struct exchange *x)
{
	exchange_measure(x);
	return (struct shape_usage){
		.prompt = x->served.prompt_tokens,
		.completion = x->served.completion_tokens,
		.cached = x->served.cached_tokens,
		.details = x->worker->conf.usage_details,
	};
}

static bool is_events(const struct exchange *x)
{
	return x->shape.kind == SHAPE_MESSAGES ||
	       x->shape.kind == SHAPE_RESPONSES;
}

static void put_opening(struct exchange *x, struct buf *b)
{
	struct shape_usage usage = usage_of(x);

	if (is_events(x))
		events_begin(b, &x->shape, &usage);
	else if (x->ask.kind == ASK_CHAT)
		for (size_t i = 0; i < x->n; i++) {
			struct shape_piece role = piece_of(&x->choice[i]);

			shape_role(b, &x->shape, &role);
		}
}

void answer_token(struct exchange *x, struct choice *c)
{
	uint32_t id = c->output.id[c->task.n_generated - 1];
	struct shape_piece p = piece_of(c);
	struct buf b, text;

	buf_init(&b);
	buf_init(&text);
	if (x->n_chunks == 0)
		put_opening(x, &b);
	text_decode(x->worker->limits.text, &id, 1, &text);
	p.text = buf_slice(&text);
	if (x->ask.return_token_ids)
		p.ids = (struct shape_ids){&id, 1};
	/* A completion tells its prompt's ids once only. */
	if (c->task.n_generated > 1)
		p.prompt = (struct shape_ids){0};
	if (is_events(x))
		events_delta(&b, &x->shape, p.text);
	else
		shape_delta(&b, &x->shape, &p);
	send_chunk(x, &b);
	buf_fini(&text);
	buf_fini(&b);
}

static enum outcome outcome_of(const struct exchange *x)
{
	return x->ask.at_limit[0] ? OUTCOME_LENGTH : OUTCOME_STOP;
}

/* Of the one choice that there is. */
static void put_end(struct exchange *x, const struct shape_usage *usage,
		    struct buf *b)
{
	const struct choice *c = &x->choice[0];
	struct shape_piece p = piece_of(c);
	struct buf text;

	buf_init(&text);
	text_decode(x->worker->limits.text, c->output.id, c->output.n, &text);
	p.text = buf_slice(&text);
	if (x->ask.stream)
		events_end(b, &x->shape, &p, usage);
	else
		events_answer(b, &x->shape, &p, usage);
	buf_fini(&text);
}

void answer_end(struct exchange *x)
{
	struct shape_usage usage = usage_of(x);
	struct buf b;

	buf_init(&b);
	if (is_events(x))
		put_end(x, &usage, &b);
	else if (x->ask.include_usage)
		shape_last_usage(&b, &x->shape, &usage);
	if (!is_events(x))
		shape_done(&b);
	send_chunk(x, &b);
	buf_fini(&b);
	exchange_end(x, outcome_of(x));
}

void answer_broken(struct exchange *x)
{
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "data: {\"error\":{\"message\":\"Internal server error\","
		     "\"type\":\"InternalServerError\",\"param\":null,"
		     "\"code\":500}}\n\n");
	shape_done(&b);
	send_chunk(x, &b);
	buf_fini(&b);
	exchange_end(x, OUTCOME_ERROR);
}

static void put_choice(struct exchange *x, const struct choice *c,
		       struct buf *b)
{
	struct shape_piece p = piece_of(c);
	struct buf text;

	buf_init(&text);
	text_decode(x->worker->limits.text, c->output.id, c->output.n, &text);
	p.text = buf_slice(&text);
	if (x->ask.return_token_ids)
		p.ids = (struct shape_ids){c->output.id, c->output.n};
	shape_choice(b, &x->shape, &p);
	buf_fini(&text);
}

static void put_choices(struct exchange *x, const struct shape_usage *usage,
			struct buf *b)
{
	struct shape_piece first = piece_of(&x->choice[0]);

	shape_begin(b, &x->shape);
	for (size_t i = 0; i < x->n; i++)
		put_choice(x, &x->choice[i], b);
	shape_end(b, &x->shape, usage, first.prompt,
		  buf_slice(&x->handoff[0].params));
}

/* More is promised than comes, then the connection closes. */
static void promise_more(struct exchange *x, size_t n)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(x->req);
	char length[32];

	snprintf(length, sizeof(length), "%zu", n + 10);
	evhttp_add_header(headers, "Content-Length", length);
	evhttp_add_header(headers, "Connection", "close");
}

void answer_whole(struct exchange *x)
{
	struct shape_usage usage = usage_of(x);
	struct evhttp_request *req;
	struct buf b;

	buf_init(&b);
	if (is_events(x))
		put_end(x, &usage, &b);
	else
		put_choices(x, &usage, &b);
	if (x->spoil == SPOIL_CLOSE)
		promise_more(x, buf_len(&b));
	req = exchange_finish(x, outcome_of(x));
	reply_json(req, 200, buf_slice(&b));
	buf_fini(&b);
}
