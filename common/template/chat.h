/* An OpenAI chat request as the variables of a template, the way the
 * engines do it, and the prompt that comes of them. What they do before
 * the template decides the tokens as much as the template: order of keys,
 * nulls, joined parts, parsed arguments. Pure; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_H
#define COMMON_TEMPLATE_CHAT_H

#include "common/template/template.h"

#define CHAT_MAX_DEPTH 100 /* of the body's values */

enum chat_content { CHAT_STRING, CHAT_PARTS };

/* vLLM changes what it does with requests from month to month. */
enum chat_compat {
	CHAT_VLLM_2026_08, /* about 0.28 */
	CHAT_VLLM_2026_06, /* about 0.23 */
};

enum chat_dialect { CHAT_VLLM, CHAT_SGLANG };

/* How messages are put in shape. */
struct chat_rules {
	enum chat_content content;
	enum chat_compat compat;
	enum chat_dialect dialect;
	/* Members of tool calls stay in their order: only bodies of chats
	 * go through a schema, which has its own. */
	bool calls_as_given;
};

struct chat_request {
	/* Raw values out of a body; p NULL: absent. */
	struct slice messages, tools, kwargs, documents, reasoning_effort;
	/* Or the messages one by one, each as chat_message() has made it;
	 * NULL: none. Not together with continue_final_message. */
	const struct value *parsed;
	size_t n_parsed;
	/* What is known of the last rendering of `parsed`, begun for this
	 * one; all else was the same then. `out` is only what is behind
	 * `same`. NULL: nothing is known. */
	struct passes *passes;
	/* To learn what the prompt's outline is (outline.h), if `passes` is
	 * NULL; it stays as it is where there can be none. */
	struct outlining *outlining;
	/* The variables but for the messages, as chat_model_variables() gave
	 * them for the same request; NULL: made anew. */
	const struct dict *variables;
	bool no_developer;          /* none of the messages is a developer's */
	bool add_generation_prompt; /* true unless the body says no */
	bool continue_final_message;
	bool calls_as_given;      /* see struct chat_rules */
	bool no_tool_choice;      /* tool_choice is "none" */
	struct slice tool_choice; /* raw; only SGLang looks at it */
	/* What the engines were started with: --default-chat-template-kwargs,
	 * an object, or p NULL; --exclude-tools-when-tool-choice-none. */
	struct slice default_kwargs;
	bool exclude_tools;
	/* "bos_token" and the like: a dict of strings, or NULL. */
	const struct dict *special_tokens;
	struct chat_rules rules;
	const struct tm *now;
};

/* The form of content that the template is to be given: parts, if it
 * loops over the content of messages. */
enum chat_content chat_content_for(const struct template *t,
				   enum chat_dialect dialect,
				   enum chat_compat compat);
/* The same for vLLM of today. */
enum chat_content chat_content_of(const struct template *t);

/* One message of a body (raw JSON) as templates get it, for `parsed`: it
 * depends on nothing beside it. Errors as of chat_render(). */
MUST_USE enum status chat_message(struct slice raw,
				  const struct chat_rules *rules,
				  struct arena *arena, struct value *out,
				  struct error *err);

/* Appends the prompt to `out`, which is as it was on failure. ERR_INVALID:
 * the request or the template's own refusal, with a sentence;
 * ERR_UNSUPPORTED: parts that are not text, and what the template needs
 * but we do not have; ERR_LIMIT. Values live in `arena`. */
MUST_USE enum status chat_render(const struct template *t,
				 const struct chat_request *r,
				 const struct template_limits *limits,
				 struct arena *arena, struct buf *out,
				 struct error *err);

/* For a request with media: appends what stands before the first of them
 * in the prompt, which is exact; how the engine goes on is not known here.
 * ERR_NOT_FOUND if there are none; else as chat_render(). */
MUST_USE enum status chat_render_before_media(
	const struct template *t, const struct chat_request *r,
	const struct template_limits *limits, struct arena *arena,
	struct buf *out, struct error *err);

#endif
