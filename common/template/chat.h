/* An OpenAI chat request as the variables of a template, the way vLLM's
 * Python frontend does it, and the prompt that comes of them. What it does
 * before the template decides the tokens as much as the template: order of
 * keys, nulls, joined parts, parsed arguments. Pure; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_H
#define COMMON_TEMPLATE_CHAT_H

#include "common/template/template.h"

#define CHAT_MAX_DEPTH 100 /* of the body's values */

enum chat_content { CHAT_STRING, CHAT_PARTS };

struct chat_request {
	/* Raw values out of a body; p NULL: absent. */
	struct slice messages, tools, kwargs;
	/* Or the messages one by one, each as chat_message() has made it;
	 * NULL: none. Not together with continue_final_message. */
	const struct value *parsed;
	size_t n_parsed;
	bool add_generation_prompt; /* true unless the body says no */
	bool continue_final_message;
	/* "bos_token" and the like: a dict of strings, or NULL. */
	const struct dict *special_tokens;
	enum chat_content content;
	const struct tm *now;
};

/* Does the template loop over the content of messages, so that it is to
 * be given parts? */
enum chat_content chat_content_of(const struct template *t);

/* One message of a body (raw JSON) as templates get it, for `parsed`: it
 * depends on nothing beside it. Errors as of chat_render(). */
MUST_USE enum status chat_message(struct slice raw, enum chat_content content,
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

#endif
