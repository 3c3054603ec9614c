/* A request against its prompt, or its refusal. */
#ifndef TESTS_UNIT_TEMPLATE_CHAT_CASE_H
#define TESTS_UNIT_TEMPLATE_CHAT_CASE_H

#include <stdio.h>
#include <string.h>

#include "common/template/chat.h"

#define DUMP "{{ messages | tojson }}{{ tools | tojson }}"
#define USER "[{\"role\":\"user\",\"content\":\"hi\"}]"

static inline struct chat_request request_of(const char *messages,
					     const char *tools)
{
	return (struct chat_request){
		.messages = slice_of(messages),
		.tools = tools ? slice_of(tools) : (struct slice){0},
		.add_generation_prompt = true,
	};
}

/* 2025-07-10 12:00, a Thursday. */
static inline enum status run_case(const char *source,
				   const struct chat_request *r, bool media,
				   struct buf *out, struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct tm now = {.tm_year = 125,
			 .tm_mon = 6,
			 .tm_mday = 10,
			 .tm_hour = 12,
			 .tm_wday = 4};
	struct chat_request copy = *r;
	struct template *t;
	struct arena arena;
	enum status status = template_load(slice_of(source), &t, err);
	if (status != OK)
		return status;
	arena_init(&arena);
	copy.now = &now;
	status = media ? chat_render_before_media(t, &copy, &limits, &arena,
						  out, err)
		       : chat_render(t, &copy, &limits, &arena, out, err);
	arena_fini(&arena);
	template_unref(&t);
	return status;
}

static inline void check_case(const char *source, const struct chat_request *r,
			      bool media, const char *want)
{
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	buf_puts(&out, "|");
	enum status status = run_case(source, r, media, &out, &err);
	if (status != OK)
		print_message("%s\n", err.text);
	assert_int_equal(status, OK);
	buf_putc(&out, '\0');
	assert_string_equal(out.p + out.start + 1, want);
	buf_fini(&out);
}

static inline void refuse_case(const char *source, const struct chat_request *r,
			       bool media, enum status want)
{
	struct error err = {0};
	struct buf out;
	buf_init(&out);
	buf_puts(&out, "|");
	assert_int_equal(run_case(source, r, media, &out, &err), want);
	assert_int_equal(buf_len(&out), 1);
	assert_true(err.text[0] != '\0');
	buf_fini(&out);
}

static inline void check(const char *source, struct chat_request r,
			 const char *want)
{
	check_case(source, &r, false, want);
}

static inline void check_refused(const char *source, struct chat_request r,
				 enum status want)
{
	refuse_case(source, &r, false, want);
}

#endif
