#include "tools/sim/shape.h"

static bool is_chat(const struct shape *s)
{
	return s->kind == SHAPE_CHAT;
}

static void put_text(struct buf *to, const char *key, struct slice text)
{
	buf_printf(to, "\"%s\":", key);
	buf_json_string(to, text);
}

static void put_ids(struct buf *to, const char *key, struct shape_ids ids)
{
	buf_printf(to, ",\"%s\":", key);
	if (!ids.id) {
		buf_puts(to, "null");
		return;
	}
	buf_putc(to, '[');
	for (size_t i = 0; i < ids.n; i++)
		buf_printf(to, i ? ",%u" : "%u", (unsigned)ids.id[i]);
	buf_putc(to, ']');
}

static void put_finish(struct buf *to, const char *finish)
{
	if (finish)
		buf_printf(to, ",\"finish_reason\":\"%s\"", finish);
	else
		buf_puts(to, ",\"finish_reason\":null");
}

static void put_head(struct buf *to, const struct shape *s, const char *object)
{
	buf_putc(to, '{');
	put_text(to, "id", slice_of(s->id));
	buf_printf(to, ",\"object\":\"%s\",\"created\":%lld,", object,
		   (long long)s->created);
	put_text(to, "model", s->model);
}

static void put_usage(struct buf *to, const struct shape_usage *u)
{
	buf_printf(to,
		   ",\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu,"
		   "\"completion_tokens\":%zu,\"prompt_tokens_details\":",
		   u->prompt, u->prompt + u->completion, u->completion);
	if (u->details)
		buf_printf(to, "{\"cached_tokens\":%zu}}", u->cached);
	else
		buf_puts(to, "null}");
}

static void frame_begin(struct buf *to, const struct shape *s)
{
	buf_puts(to, "data: ");
	put_head(to, s,
		 is_chat(s) ? "chat.completion.chunk" : "text_completion");
	buf_puts(to, ",\"choices\":[");
}

void shape_role(struct buf *to, const struct shape *s,
		const struct shape_piece *p)
{
	frame_begin(to, s);
	buf_printf(to,
		   "{\"index\":%zu,\"delta\":{\"role\":\"assistant\","
		   "\"content\":\"\"},\"logprobs\":null,"
		   "\"finish_reason\":null}]",
		   p->index);
	if (s->token_ids)
		put_ids(to, "prompt_token_ids", p->prompt);
	buf_puts(to, "}\n\n");
}

void shape_delta(struct buf *to, const struct shape *s,
		 const struct shape_piece *p)
{
	frame_begin(to, s);
	buf_printf(to, "{\"index\":%zu,", p->index);
	if (is_chat(s))
		buf_puts(to, "\"delta\":{");
	put_text(to, is_chat(s) ? "content" : "text", p->text);
	if (is_chat(s))
		buf_putc(to, '}');
	buf_puts(to, ",\"logprobs\":null");
	put_finish(to, p->finish);
	if (p->finish || !is_chat(s))
		buf_puts(to, ",\"stop_reason\":null");
	if (s->token_ids && !is_chat(s))
		put_ids(to, "prompt_token_ids", p->prompt);
	if (s->token_ids)
		put_ids(to, "token_ids", p->ids);
	buf_puts(to, "}]}\n\n");
}

void shape_last_usage(struct buf *to, const struct shape *s,
		      const struct shape_usage *u)
{
	frame_begin(to, s);
	buf_putc(to, ']');
	put_usage(to, u);
	buf_puts(to, "}\n\n");
}

void shape_done(struct buf *to)
{
	buf_puts(to, "data: [DONE]\n\n");
}

void shape_begin(struct buf *to, const struct shape *s)
{
	put_head(to, s, is_chat(s) ? "chat.completion" : "text_completion");
	buf_puts(to, ",\"choices\":[");
}

void shape_choice(struct buf *to, const struct shape *s,
		  const struct shape_piece *p)
{
	buf_printf(to, p->index ? ",{\"index\":%zu," : "{\"index\":%zu,",
		   p->index);
	if (is_chat(s))
		buf_puts(to, "\"message\":{\"role\":\"assistant\",");
	put_text(to, is_chat(s) ? "content" : "text", p->text);
	if (is_chat(s))
		buf_puts(to, ",\"refusal\":null,\"annotations\":null,"
			     "\"audio\":null,\"function_call\":null,"
			     "\"tool_calls\":[],\"reasoning\":null}");
	buf_puts(to, ",\"logprobs\":null");
	put_finish(to, p->finish);
	buf_puts(to, ",\"stop_reason\":null");
	put_ids(to, "token_ids", p->ids);
	if (!is_chat(s)) {
		buf_puts(to, ",\"prompt_logprobs\":null");
		put_ids(to, "prompt_token_ids", p->prompt);
	}
	buf_putc(to, '}');
}

void shape_end(struct buf *to, const struct shape *s,
	       const struct shape_usage *u, struct shape_ids chat_prompt,
	       struct slice transfer)
{
	buf_puts(to, "],\"service_tier\":null,\"system_fingerprint\":null");
	put_usage(to, u);
	if (is_chat(s)) {
		buf_puts(to, ",\"prompt_logprobs\":null");
		put_ids(to, "prompt_token_ids", chat_prompt);
	}
	buf_puts(to, ",\"kv_transfer_params\":");
	buf_append(to, transfer.n > 0 ? transfer : SLICE("null"));
	buf_putc(to, '}');
}
