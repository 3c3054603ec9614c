/* A chat request against a prompt of Mistral's, or its refusal. Texts of a
 * prompt stand between bars: <s>[INST]|hi|[/INST]. */
#ifndef TESTS_UNIT_TEMPLATE_MISTRAL_H
#define TESTS_UNIT_TEMPLATE_MISTRAL_H

#include "common/json/scan.h"
#include "common/template/chat_mistral.h"
#include "tests/unit/template/data.h"

static inline struct slice with_bars(const struct segments *s)
{
	struct slice text = slice_from(buf_slice(s->text), s->start);
	size_t begin = 0;
	struct buf b;
	buf_init(&b);
	for (size_t i = 0; i < s->n; i++) {
		const struct segment *one = &s->item[i];
		if (!one->special)
			buf_putc(&b, '|');
		buf_append(&b,
			   (struct slice){text.p + begin, one->end - begin});
		if (!one->special)
			buf_putc(&b, '|');
		begin = one->end;
	}
	assert_int_equal(begin, text.n);
	struct slice made = arena_copy(&data, buf_slice(&b));
	buf_fini(&b);
	return made;
}

static inline enum status run_with(const struct mistral_model *model,
				   const struct chat_request *r,
				   struct slice *out, struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct segments to;
	struct buf b;
	buf_init(&b);
	buf_puts(&b, "before");
	segments_init(&to, &b, &data);
	enum status status = chat_render_mistral(model, r, &limits, &to, err);
	if (status == OK)
		*out = with_bars(&to);
	else
		assert_true(to.n == 0 && buf_len(&b) == 6 && err->text[0]);
	buf_fini(&b);
	return status;
}

static inline void check_with(struct mistral_model model, struct chat_request r,
			      const char *want)
{
	struct error err = {0};
	struct slice got = {NULL, 0};
	enum status status = run_with(&model, &r, &got, &err);
	if (status != OK)
		print_message("%s\n", err.text);
	assert_int_equal(status, OK);
	check_text(got, slice_of(want));
}

static inline void refuse_with(struct mistral_model model,
			       struct chat_request r, enum status want)
{
	struct error err = {0};
	struct slice got = {NULL, 0};
	enum status status = run_with(&model, &r, &got, &err);
	if (status != want)
		print_message("%.*s\n", (int)r.messages.n, r.messages.p);
	assert_int_equal(status, want);
}

static inline struct mistral_model of_version(int version)
{
	return (struct mistral_model){.version = version,
				      .has_think = version >= 13};
}

static inline struct chat_request says(const char *messages)
{
	return (struct chat_request){.messages = slice_of(messages)};
}

static inline void check(int version, const char *messages, const char *want)
{
	check_with(of_version(version), says(messages), want);
}

static inline void refuse(int version, const char *messages)
{
	refuse_with(of_version(version), says(messages), ERR_INVALID);
}

/* Members of a message, and messages. */
#define ID(of) "\"tool_call_id\":\"" of "\""
#define ONE(id, name, args)                                                    \
	"{\"id\":\"" id "\",\"function\":{\"name\":\"" name                    \
	"\",\"arguments\":\"" args "\"}}"
#define SYSTEM(text) "{\"role\":\"system\",\"content\":\"" text "\"}"
#define ASK(text)    "{\"role\":\"user\",\"content\":\"" text "\"}"
#define TELL(text)   "{\"role\":\"assistant\",\"content\":\"" text "\"}"
#define CALLS(list)  "{\"role\":\"assistant\",\"tool_calls\":[" list "]}"
#define RESULT(id, text)                                                       \
	"{\"role\":\"tool\"," ID(id) ",\"content\":\"" text "\"}"

#endif
