/* How a model's conversations become prompts, from its Hugging Face
 * directory: templates (chat_template.jinja, tokenizer_config.json,
 * chat_template.json), the special tokens that they may name, and which
 * renderer vLLM takes (config.json, tekken.json). Each file may have ".gz"
 * behind its name.
 *
 * Immutable and counted after loading; any thread. */
#ifndef COMMON_TEMPLATE_CHAT_MODEL_H
#define COMMON_TEMPLATE_CHAT_MODEL_H

#include "common/template/chat_options.h"
#include "common/template/chat_plain.h"
#include "common/template/segment.h"

struct chat_model;

/* `options` may be NULL. NULL with `err`: a file (or an option) cannot be read
 * or breaks its format, or there is neither tokenizer_config.json nor a
 * tokenizer of Mistral's own. Templates that we cannot run do not fail it:
 * chat_model_fault() tells. Blocking: main
 * thread and helpers only. */
struct chat_model *chat_model_load(const char *dir,
				   const struct chat_options *options,
				   struct error *err);
/* The same without a directory: options->template_file and the special
 * tokens in a file of their own (or NULL), an object of strings. */
struct chat_model *chat_model_load_template(const char *special_tokens_file,
					    const struct chat_options *options,
					    struct error *err);
struct chat_model *chat_model_ref(struct chat_model *m);
void chat_model_unref(struct chat_model **m); /* NULL is allowed */

/* Why no chat can be rendered, as a sentence, or NULL. The model's. */
const char *chat_model_fault(const struct chat_model *m);
size_t chat_model_bytes(const struct chat_model *m); /* memory held */

/* Tools that are null are none. */
bool chat_request_has_tools(const struct chat_request *r);
/* By which requests without tools are put in shape. */
const struct chat_rules *chat_model_rules(const struct chat_model *m);
/* Is it a template that makes the prompts, and no code in its place? */
bool chat_model_has_template(const struct chat_model *m);
/* chat_message() for the template that requests like `r` get: with tools or
 * without, from a body of chats or not. Those of one kind are not for the
 * other. */
MUST_USE enum status chat_model_message(const struct chat_model *m,
					const struct chat_request *r,
					struct slice raw, struct arena *arena,
					struct value *out, struct error *err);

/* The same for a message that is plain: false, with nothing done, if it is
 * not, or for a model whose prompts are in pieces. */
bool chat_model_plain(const struct chat_model *m, const struct chat_request *r,
		      struct slice raw, struct arena *arena,
		      struct chat_plain *out);

/* What the template of a request sees besides the messages, for requests
 * that say the same; NULL with OK where it is no template that renders. */
MUST_USE enum status chat_model_variables(const struct chat_model *m,
					  const struct chat_request *r,
					  struct arena *arena,
					  struct dict **out, struct error *err);

/* Is the prompt encoded in pieces, in not all of which special tokens are
 * recognised? */
bool chat_model_has_pieces(const struct chat_model *m);
/* The prompt of a request, by the model's template or the code that stands
 * in its place. What the request says of special tokens, rules and what the
 * engine was started with is the model's to say, whatever it has. On failure
 * what `to` holds is as it was: ERR_UNSUPPORTED where there is a fault, else as
 * chat_render(). */
MUST_USE enum status chat_model_prompt(const struct chat_model *m,
				       const struct chat_request *r,
				       const struct template_limits *limits,
				       struct segments *to, struct error *err);
/* The same as text in which special tokens are recognised; ERR_UNSUPPORTED
 * for a model whose prompts are in pieces. */
MUST_USE enum status chat_model_render(const struct chat_model *m,
				       const struct chat_request *r,
				       const struct template_limits *limits,
				       struct arena *arena, struct buf *out,
				       struct error *err);

#endif
