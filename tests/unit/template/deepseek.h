/* A chat request against a prompt of DeepSeek, or its refusal. */
#ifndef TESTS_UNIT_TEMPLATE_DEEPSEEK_H
#define TESTS_UNIT_TEMPLATE_DEEPSEEK_H

#include "common/template/chat_deepseek.h"
#include "common/template/deepseek.h"
#include "tests/unit/template/data.h"

static inline enum status run(enum deepseek_version version,
			      struct chat_request r, struct buf *out,
			      struct error *err)
{
	struct template_limits limits = template_default_limits();
	buf_puts(out, "|");
	enum status status = chat_render_deepseek(version, &r, &limits, &data,
						  out, err);
	buf_consume(out, 1);
	return status;
}

static inline void check_prompt(enum deepseek_version version,
				struct chat_request r, const char *want)
{
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	enum status status = run(version, r, &out, &err);
	if (status != OK)
		print_message("%s\n", err.text);
	assert_int_equal(status, OK);
	check_text(buf_slice(&out),
		   slice_of(arena_printf(&data, DEEPSEEK_BOS "%s", want)));
	buf_fini(&out);
}

static inline void check_refused(enum deepseek_version version,
				 struct chat_request r)
{
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	assert_int_equal(run(version, r, &out, &err), ERR_INVALID);
	assert_int_equal(buf_len(&out), 0);
	assert_true(err.text[0] != '\0');
	buf_fini(&out);
}

static inline struct chat_request says(const char *messages)
{
	return (struct chat_request){.messages = slice_of(messages)};
}

static inline struct chat_request thinks(const char *messages)
{
	struct chat_request r = says(messages);
	r.kwargs = SLICE("{\"thinking\":true}");
	return r;
}

#define CALL(args)                                                             \
	"{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"function\":{" \
	"\"name\":\"f\",\"arguments\":" args "}}]}"
#define TOLD(text) "{\"role\":\"tool\",\"content\":\"" text "\"}"
#define ASK(text)  "{\"role\":\"user\",\"content\":\"" text "\"}"

#endif
