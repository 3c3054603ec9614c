/* A request's body, scanned once: what routing needs to know, and the same
 * body without what a client may not say.
 *
 * Names of members are compared after unescaping. A member that is read
 * here may not be repeated; of those that are removed every copy goes.
 * Spans point into the body, values that were escaped into the arena.
 * Field names: OpenAI's API and vLLM's extensions of it. Pure. */
#ifndef ROUTER_API_REQUEST_H
#define ROUTER_API_REQUEST_H

#include "common/json/splice.h"
#include "router/api/reply.h"

struct api_limits {
	unsigned max_depth;       /* of the JSON; up to JSON_MAX_DEPTH */
	size_t max_members;       /* of its outermost object */
	size_t max_number_bytes;  /* 0: no bound */
	size_t max_prompts;       /* in one completion */
	size_t max_prompt_tokens; /* of a prompt given as token ids */
	size_t max_messages;
	size_t max_n;      /* and best_of; 0: no bound */
	size_t max_tokens; /* that may be asked for; 0: no bound */
};

enum api_tri { API_UNSET, API_FALSE, API_TRUE };

enum api_prompt_kind {
	API_NO_PROMPT,     /* absent, null, or not of a kind we know */
	API_PROMPT_TEXT,   /* text[0, n_prompts) */
	API_PROMPT_TOKENS, /* tokens[0, n_prompts) */
};

struct api_tokens {
	uint32_t *id;
	size_t n;
};

struct api_request {
	/* The body to send: client's bytes, forbidden members removed.
	 * Change it, or a splice_copy() of it, for what we add. */
	struct splice body;
	size_t n_removed; /* forbidden members taken out, at any depth */

	struct slice model; /* unescaped; n = 0: absent or null */
	bool stream;
	enum api_tri include_usage; /* stream_options.include_usage */

	enum api_prompt_kind prompt_kind; /* completions only */
	size_t n_prompts;
	struct slice *text; /* unescaped */
	struct api_tokens *tokens;

	/* Of `messages`: the elements behind those that were known. */
	struct slice *turn;
	size_t n_turns;
	size_t known_bytes; /* of `messages`, behind its bracket */

	/* Raw JSON values; n = 0: absent or null. */
	struct slice messages, tools, tool_choice, documents;
	struct slice chat_template_kwargs, chat_template;
	struct slice response_format, reasoning_effort, mm_processor_kwargs;
	struct slice truncate_prompt_tokens;
	enum api_tri add_generation_prompt, continue_final_message;
	enum api_tri add_special_tokens;

	struct slice salt;    /* the client's cache_salt: always removed */
	struct slice user;    /* member "user" */
	struct slice session; /* member "session_id" */

	/* -1: absent or null. */
	int64_t max_tokens; /* max_completion_tokens, else max_tokens */
	int64_t max_completion_tokens; /* as sent */
	int64_t max_output_tokens;     /* as sent */
	int64_t n, best_of;
	bool has_priority;
	int64_t priority;
};

/* Who may know how the messages begin. Called with the bytes behind their
 * bracket, to the body's end; returns how many of them are whole elements
 * that were scanned before, 0 for none. `known` may be NULL. */
struct api_known {
	size_t (*messages)(void *arg, struct slice rest);
	void *arg;
};

/* `kind`: one of those that have a body. Of other chats than API_CHAT's
 * nothing is read that API_PASS does not have. On failure (ERR_INVALID,
 * ERR_LIMIT) `err` is the answer, a 400 or 413; `out` is then void.
 * Everything lives in `arena` or `body`. */
MUST_USE enum status api_request_parse(enum api_kind kind, struct slice body,
				       const struct api_limits *limits,
				       const struct api_known *known,
				       struct arena *arena,
				       struct api_request *out,
				       struct api_error *err);

/* All elements of a chat's messages, as they were checked before. */
MUST_USE enum status api_messages_all(struct slice messages,
				      struct arena *arena,
				      const struct slice **turn, size_t *n);

/* Takes other messages for a chat's, an array that was checked and outlives
 * `r`: those that another API's body has become. On failure (ERR_INVALID,
 * ERR_LIMIT) `r` is as it was. */
MUST_USE enum status api_messages_set(struct api_request *r,
				      struct slice messages, size_t max,
				      const struct api_known *known,
				      struct arena *arena);

/* The member `name` (unescaped) says an address inside the fleet, a
 * worker's rank, a block salt or an id: only the gateway may send it. */
bool api_member_forbidden(struct slice name);

#endif
