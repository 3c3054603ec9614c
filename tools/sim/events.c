#include "tools/sim/events.h"

#include <string.h>

static void begin(struct buf *to, const char *event)
{
	buf_printf(to, "event: %s\ndata: {\"type\":\"%s\"", event, event);
}

static void end(struct buf *to)
{
	buf_puts(to, "}\n\n");
}

static void put_text(struct buf *to, const char *before, struct slice text)
{
	buf_puts(to, before);
	buf_json_string(to, text);
}

static bool at_limit(const struct shape_piece *p)
{
	return p->finish && strcmp(p->finish, "length") == 0;
}

/* --- Anthropic's messages --------------------------------------------- */

/* What the cache held is not among the input. */
static void messages_usage(struct buf *to, const struct shape_usage *u,
			   bool cache)
{
	size_t cached = cache && u->details ? u->cached : 0;

	buf_printf(to, ",\"usage\":{\"input_tokens\":%zu,\"output_tokens\":%zu",
		   u->prompt - cached, cache ? u->completion : 0);
	if (cache && u->details)
		buf_printf(to, ",\"cache_read_input_tokens\":%zu", u->cached);
	buf_putc(to, '}');
}

static void messages_head(struct buf *to, const struct shape *s)
{
	put_text(to, "{\"id\":", slice_of(s->id));
	put_text(to, ",\"type\":\"message\",\"role\":\"assistant\",\"model\":",
		 s->model);
}

static const char *stop_reason(const struct shape_piece *p)
{
	return at_limit(p) ? "max_tokens" : "end_turn";
}

static void messages_begin(struct buf *to, const struct shape *s,
			   const struct shape_usage *u)
{
	begin(to, "message_start");
	buf_puts(to, ",\"message\":");
	messages_head(to, s);
	buf_puts(to, ",\"content\":[],\"stop_reason\":null,"
		     "\"stop_sequence\":null");
	messages_usage(to, u, false);
	buf_putc(to, '}');
	end(to);
	begin(to, "content_block_start");
	buf_puts(to, ",\"index\":0,\"content_block\":{\"type\":\"text\","
		     "\"text\":\"\"}");
	end(to);
}

static void messages_delta(struct buf *to, struct slice text)
{
	begin(to, "content_block_delta");
	put_text(to,
		 ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":",
		 text);
	buf_putc(to, '}');
	end(to);
}

static void messages_end(struct buf *to, const struct shape_piece *whole,
			 const struct shape_usage *u)
{
	begin(to, "content_block_stop");
	buf_puts(to, ",\"index\":0");
	end(to);
	begin(to, "message_delta");
	buf_printf(to, ",\"delta\":{\"stop_reason\":\"%s\"}",
		   stop_reason(whole));
	messages_usage(to, u, true);
	end(to);
	begin(to, "message_stop");
	end(to);
}

static void messages_answer(struct buf *to, const struct shape *s,
			    const struct shape_piece *whole,
			    const struct shape_usage *u)
{
	messages_head(to, s);
	put_text(to, ",\"content\":[{\"type\":\"text\",\"text\":", whole->text);
	buf_printf(to, "}],\"stop_reason\":\"%s\",\"stop_sequence\":null",
		   stop_reason(whole));
	messages_usage(to, u, true);
	buf_putc(to, '}');
}

/* --- responses -------------------------------------------------------- */

static void responses_usage(struct buf *to, const struct shape_usage *u)
{
	buf_printf(to,
		   ",\"usage\":{\"input_tokens\":%zu,\"input_tokens_details\":"
		   "{\"cached_tokens\":%zu},\"output_tokens\":%zu,"
		   "\"output_tokens_details\":{\"reasoning_tokens\":0},"
		   "\"total_tokens\":%zu}",
		   u->prompt, u->cached, u->completion,
		   u->prompt + u->completion);
}

static void put_part(struct buf *to, struct slice text)
{
	put_text(to, "{\"type\":\"output_text\",\"text\":", text);
	buf_puts(to, ",\"annotations\":[],\"logprobs\":null}");
}

/* An item without text is one that has just begun. */
static void put_item(struct buf *to, const struct shape *s,
		     const struct shape_piece *whole)
{
	put_text(to, "{\"type\":\"message\",\"id\":", slice_of(s->id));
	buf_printf(to,
		   ",\"role\":\"assistant\",\"status\":\"%s\",\"content\":[",
		   whole ? "completed" : "in_progress");
	if (whole)
		put_part(to, whole->text);
	buf_puts(to, "]}");
}

static void put_response(struct buf *to, const struct shape *s,
			 const struct shape_piece *whole,
			 const struct shape_usage *u)
{
	const char *status = !whole            ? "in_progress"
			     : at_limit(whole) ? "incomplete"
					       : "completed";

	put_text(to, "{\"id\":", slice_of(s->id));
	buf_printf(to,
		   ",\"object\":\"response\",\"created_at\":%lld,"
		   "\"status\":\"%s\"",
		   (long long)s->created, status);
	put_text(to, ",\"model\":", s->model);
	buf_puts(to, ",\"output\":[");
	if (whole)
		put_item(to, s, whole);
	buf_putc(to, ']');
	if (whole)
		responses_usage(to, u);
	else
		buf_puts(to, ",\"usage\":null");
	buf_putc(to, '}');
}

static void responses_begin(struct buf *to, const struct shape *s)
{
	static const char *const opening[] = {"response.created",
					      "response.in_progress"};

	for (size_t i = 0; i < ARRAY_LEN(opening); i++) {
		begin(to, opening[i]);
		buf_puts(to, ",\"response\":");
		put_response(to, s, NULL, NULL);
		end(to);
	}
	begin(to, "response.output_item.added");
	buf_puts(to, ",\"output_index\":0,\"item\":");
	put_item(to, s, NULL);
	end(to);
	begin(to, "response.content_part.added");
	buf_puts(to, ",\"output_index\":0,\"content_index\":0,\"part\":");
	put_part(to, (struct slice){NULL, 0});
	end(to);
}

static void responses_delta(struct buf *to, struct slice text)
{
	begin(to, "response.output_text.delta");
	put_text(to,
		 ",\"output_index\":0,\"content_index\":0,\"delta\":", text);
	end(to);
}

static void responses_end(struct buf *to, const struct shape *s,
			  const struct shape_piece *whole,
			  const struct shape_usage *u)
{
	begin(to, "response.output_text.done");
	put_text(to, ",\"output_index\":0,\"content_index\":0,\"text\":",
		 whole->text);
	end(to);
	begin(to, "response.output_item.done");
	buf_puts(to, ",\"output_index\":0,\"item\":");
	put_item(to, s, whole);
	end(to);
	begin(to, "response.completed");
	buf_puts(to, ",\"response\":");
	put_response(to, s, whole, u);
	end(to);
}

/* ---------------------------------------------------------------------- */

void events_begin(struct buf *to, const struct shape *s,
		  const struct shape_usage *u)
{
	if (s->kind == SHAPE_MESSAGES)
		messages_begin(to, s, u);
	else
		responses_begin(to, s);
}

void events_delta(struct buf *to, const struct shape *s, struct slice text)
{
	if (s->kind == SHAPE_MESSAGES)
		messages_delta(to, text);
	else
		responses_delta(to, text);
}

void events_end(struct buf *to, const struct shape *s,
		const struct shape_piece *whole, const struct shape_usage *u)
{
	if (s->kind == SHAPE_MESSAGES)
		messages_end(to, whole, u);
	else
		responses_end(to, s, whole, u);
}

void events_answer(struct buf *to, const struct shape *s,
		   const struct shape_piece *whole, const struct shape_usage *u)
{
	if (s->kind == SHAPE_MESSAGES)
		messages_answer(to, s, whole, u);
	else
		put_response(to, s, whole, u);
}
