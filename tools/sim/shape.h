/* The JSON of answers to completions and chats, as vLLM shapes them. Pure. */
#ifndef TOOLS_SIM_SHAPE_H
#define TOOLS_SIM_SHAPE_H

#include "common/base/buf.h"

enum shape_kind {
	SHAPE_COMPLETION,
	SHAPE_CHAT,
	SHAPE_MESSAGES,  /* Anthropic's: see events.h */
	SHAPE_RESPONSES, /* so, too */
};

struct shape {
	enum shape_kind kind;
	const char *id;  /* "chatcmpl-…", "cmpl-…" */
	int64_t created; /* Unix seconds */
	struct slice model;
	bool token_ids; /* the client asked for them */
};

struct shape_ids {
	const uint32_t *id; /* NULL: null */
	size_t n;
};

struct shape_piece {
	size_t index; /* of the choice */
	struct slice text;
	struct shape_ids ids;
	struct shape_ids prompt; /* id is NULL where it is not told */
	const char *finish;      /* NULL: it goes on */
};

struct shape_usage {
	size_t prompt, completion, cached;
	bool details; /* whether cached is told */
};

/* Stream frames, "data: …\n\n" each. */
void shape_role(struct buf *to, const struct shape *s,
		const struct shape_piece *p);
void shape_delta(struct buf *to, const struct shape *s,
		 const struct shape_piece *p);
void shape_last_usage(struct buf *to, const struct shape *s,
		      const struct shape_usage *u);
void shape_done(struct buf *to);

/* A whole answer: begin, pieces, end. */
void shape_begin(struct buf *to, const struct shape *s);
void shape_choice(struct buf *to, const struct shape *s,
		  const struct shape_piece *p);
/* `chat_prompt` is told at the top level of chat answers; `transfer` is an
 * object of JSON, or n = 0. */
void shape_end(struct buf *to, const struct shape *s,
	       const struct shape_usage *u, struct shape_ids chat_prompt,
	       struct slice transfer);

#endif
