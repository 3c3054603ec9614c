/* /tokenize, /detokenize and /v1/chat/completions/render. */
#include "tools/sim/reply.h"
#include "tools/sim/serve.h"

static struct slice text_of(const json_t *j)
{
	if (!json_is_string(j))
		return (struct slice){0};
	return (struct slice){json_string_value(j), json_string_length(j)};
}

/* The text to encode: the prompt itself, or the messages rendered. */
static bool tokenize_text(const struct worker *w, json_t *body,
			  struct slice raw, struct buf *text, bool *special,
			  struct refusal *no)
{
	json_t *prompt = json_object_get(body, "prompt");

	if (json_object_get(body, "messages")) {
		*special = ask_bool(body, "add_special_tokens", false);
		return ask_render(w->limits.text, ASK_CHAT, body, raw, text,
				  no);
	}
	if (!json_is_string(prompt))
		return refuse(no, 400, "prompt",
			      "prompt must be a string, or messages a list");
	*special = ask_bool(body, "add_special_tokens", true);
	buf_append(text, text_of(prompt));
	return true;
}

static void put_strings(const struct text *t, const struct token_list *l,
			struct buf *b)
{
	struct buf one;

	buf_init(&one);
	buf_puts(b, "[");
	for (size_t i = 0; i < l->n; i++) {
		buf_reset(&one, SIZE_MAX);
		text_decode(t, &l->id[i], 1, &one);
		if (i > 0)
			buf_putc(b, ',');
		buf_json_string(b, buf_slice(&one));
	}
	buf_puts(b, "]");
	buf_fini(&one);
}

static void put_ids(const struct token_list *l, struct buf *b)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < l->n; i++)
		buf_printf(b, i ? ",%u" : "%u", (unsigned)l->id[i]);
	buf_putc(b, ']');
}

static void put_tokens(struct worker *w, json_t *body,
		       const struct token_list *l, struct buf *b)
{
	buf_printf(b, "{\"count\":%zu,\"max_model_len\":%zu,\"tokens\":", l->n,
		   w->limits.max_model_len);
	put_ids(l, b);
	buf_puts(b, ",\"token_strs\":");
	if (ask_bool(body, "return_token_strs", false))
		put_strings(w->limits.text, l, b);
	else
		buf_puts(b, "null");
	buf_putc(b, '}');
}

/* Prompts that would be too long to serve are counted, too, as in vLLM. */
static bool encode(struct worker *w, json_t *body, struct slice raw,
		   struct token_list *out, struct refusal *no)
{
	bool special = false, ok;
	struct buf text;

	buf_init(&text);
	w->counters.encoded++;
	ok = tokenize_text(w, body, raw, &text, &special, no);
	if (ok && text_encode(w->limits.text, buf_slice(&text), special,
			      UINT32_MAX, out) != OK)
		ok = refuse(no, 400, NULL, "The text is not valid UTF-8");
	buf_fini(&text);
	return ok;
}

static bool tokenize(struct worker *w, json_t *body, struct slice raw,
		     struct buf *out, struct refusal *no)
{
	struct slice model, lora;
	struct token_list l;
	bool ok;

	if (!ask_model(&w->limits, body, &model, &lora, no))
		return false;
	token_list_init(&l);
	ok = encode(w, body, raw, &l, no);
	if (ok)
		put_tokens(w, body, &l, out);
	token_list_fini(&l);
	return ok;
}

/* A body for /inference/v1/generate, as far as clients look at it. */
static bool render(struct worker *w, json_t *body, struct slice raw,
		   struct buf *out, struct refusal *no)
{
	struct slice model, lora;
	struct token_list l;
	bool ok;

	if (!ask_model(&w->limits, body, &model, &lora, no))
		return false;
	if (!json_object_get(body, "messages"))
		return refuse(no, 400, "messages", "messages is missing");
	token_list_init(&l);
	ok = encode(w, body, raw, &l, no);
	if (ok) {
		buf_puts(out, "{\"token_ids\":");
		put_ids(&l, out);
		buf_puts(out, ",\"features\":null,\"model\":");
		buf_json_string(out, model);
		buf_putc(out, '}');
	}
	token_list_fini(&l);
	return ok;
}

static bool detokenize(struct worker *w, json_t *body, struct slice raw,
		       struct buf *out, struct refusal *no)
{
	json_t *tokens = json_object_get(body, "tokens"), *id;
	struct token_list l;
	struct buf text;
	bool ok = true;
	size_t i;

	(void)raw;
	if (!json_is_array(tokens))
		return refuse(no, 400, "tokens", "tokens must be a list");
	token_list_init(&l);
	json_array_foreach(tokens, i, id)
	{
		if (!json_is_integer(id) || json_integer_value(id) < 0 ||
		    json_integer_value(id) > UINT32_MAX)
			ok = refuse(no, 400, "tokens", "Token %zu is no id", i);
		token_list_push(&l, (uint32_t)json_integer_value(id));
	}
	buf_init(&text);
	text_decode(w->limits.text, l.id, l.n, &text);
	buf_puts(out, "{\"prompt\":");
	buf_json_string(out, buf_slice(&text));
	buf_putc(out, '}');
	buf_fini(&text);
	token_list_fini(&l);
	return ok;
}

static void answer(struct worker *w, struct evhttp_request *req,
		   bool (*make)(struct worker *w, json_t *body,
				struct slice raw, struct buf *out,
				struct refusal *no))
{
	struct refusal no = {0};
	json_t *body = ask_json(request_body(req), &no);
	struct buf out;

	buf_init(&out);
	if (body && make(w, body, request_body(req), &out, &no))
		reply_json(req, 200, buf_slice(&out));
	else
		reply_refusal(req, &no);
	json_decref(body);
	buf_fini(&out);
}

void serve_tokenize(struct worker *w, struct evhttp_request *req)
{
	answer(w, req, tokenize);
}

void serve_render(struct worker *w, struct evhttp_request *req)
{
	answer(w, req, render);
}

void serve_detokenize(struct worker *w, struct evhttp_request *req)
{
	answer(w, req, detokenize);
}
