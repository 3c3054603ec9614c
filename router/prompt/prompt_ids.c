#include "router/prompt/prompt_ids.h"

enum status prompt_ids_of_text(const struct tokenizer *t, struct slice text,
			       bool add_special, size_t max_tokens,
			       struct token_list *out, struct error *err)
{
	enum status status = tokenizer_encode(t, text, add_special, max_tokens,
					      out);

	if (status == ERR_LIMIT)
		return error_set(err, status, "more than %zu tokens",
				 max_tokens);
	if (status != OK)
		return error_set(err, status, "the text is not valid UTF-8");
	return OK;
}

enum status prompt_ids_of_chat(const struct tokenizer *t,
			       const struct chat_model *m,
			       const struct chat_request *r, bool add_special,
			       size_t max_tokens, struct arena *arena,
			       struct token_list *out, struct error *err)
{
	struct template_limits limits = template_default_limits();
	enum status status;
	struct buf text;

	buf_init(&text);
	status = chat_model_render(m, r, &limits, arena, &text, err);
	if (status == OK)
		status = prompt_ids_of_text(t, buf_slice(&text), add_special,
					    max_tokens, out, err);
	buf_fini(&text);
	return status;
}
