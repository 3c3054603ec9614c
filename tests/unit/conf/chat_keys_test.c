#include "router/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MODEL                                                                  \
	"models:\n- name: m\n  workers: [http://127.0.0.1:8000]\n"             \
	"  tokenizer: models/demo\n"
#define TEMPLATE "models/demo/chat_template.jinja"

static struct conf *parse(const char *yaml, char faults[1024])
{
	struct conf_faults f = {0};
	struct conf *c = conf_parse_numeric(slice_of(yaml), "f.yaml", &f);

	snprintf(faults, 1024, "%.*s", SLICE_ARG(buf_slice(&f.text)));
	buf_fini(&f.text);
	return c;
}

static struct conf *good(const char *yaml)
{
	char faults[1024];
	struct conf *c = parse(yaml, faults);

	if (c == NULL)
		fail_msg("%s\n%s", yaml, faults);
	return c;
}

static void bad(const char *yaml, const char *wanted)
{
	char faults[1024];

	assert_null(parse(yaml, faults));
	if (strstr(faults, wanted) == NULL)
		fail_msg("'%s' is not in:\n%s", wanted, faults);
}

static void by_default_it_is_vllm_of_today(void **unused)
{
	struct conf *c = good(MODEL);
	const struct conf_chat *chat = &c->model[0].chat;

	(void)unused;
	assert_int_equal(chat->engine, CHAT_ENGINE_VLLM);
	assert_int_equal(chat->format, CHAT_FORMAT_AUTO);
	assert_null(chat->template_file);
	assert_null(chat->default_kwargs);
	assert_false(chat->exclude_tools);
	conf_unref(&c);
}

static void all_that_an_engine_was_told_can_be_written(void **unused)
{
	struct conf *c = good(
		MODEL "  chat:\n    engine: sglang-2026-06\n"
		      "    template: " TEMPLATE "\n"
		      "    content_format: openai\n"
		      "    default_template_kwargs: '{\"think\": false}'\n"
		      "    exclude_tools_when_tool_choice_none: true\n");
	const struct conf_chat *chat = &c->model[0].chat;

	(void)unused;
	assert_int_equal(chat->engine, CHAT_ENGINE_SGLANG_2026_06);
	assert_int_equal(chat->format, CHAT_FORMAT_OPENAI);
	assert_string_equal(chat->template_file, TEMPLATE);
	assert_string_equal(chat->default_kwargs, "{\"think\": false}");
	assert_true(chat->exclude_tools);
	conf_unref(&c);
}

static void what_is_printed_gives_the_same_again(void **unused)
{
	struct conf *c = good(MODEL
			      "  chat: {engine: vllm-2026-06, "
			      "default_template_kwargs: '{\"a\": \"b\"}'}\n");
	struct buf out = {0};
	struct conf *again;

	(void)unused;
	conf_print(c, &out);
	buf_putc(&out, '\0');
	again = good(buf_slice(&out).p);
	assert_int_equal(again->model[0].chat.engine, CHAT_ENGINE_VLLM_2026_06);
	assert_string_equal(again->model[0].chat.default_kwargs,
			    "{\"a\": \"b\"}");
	buf_fini(&out);
	conf_unref(&c);
	conf_unref(&again);
}

static void other_words_meet_the_known_ones(void **unused)
{
	(void)unused;
	bad(MODEL "  chat:\n    engine: vlm\n",
	    "f.yaml:6: models[0].chat.engine: 'vlm' is not among vllm, "
	    "vllm-2026-06, sglang and sglang-2026-06; did you mean vllm?");
	bad(MODEL "  chat: {content_format: parts}\n",
	    "'parts' is not among auto, string and openai");
	bad(MODEL "  chat: {templates: x}\n",
	    "models[0].chat.templates: no such key; did you mean template?");
}

static void kwargs_that_are_no_object_are_refused(void **unused)
{
	(void)unused;
	bad(MODEL "  chat:\n    default_template_kwargs: '[1]'\n",
	    "f.yaml:6: models[0].chat.default_template_kwargs: must be a JSON "
	    "object, such as '{");
	bad(MODEL "  chat: {default_template_kwargs: {a: b}}\n",
	    "must be a single value, such as '{\"enable_thinking\": false}'");
}

static void a_template_must_be_a_file_and_have_a_tokenizer(void **unused)
{
	(void)unused;
	bad(MODEL "  chat: {template: no/where.jinja}\n",
	    "f.yaml:5: models[0].chat.template: no/where.jinja: no such file");
	bad(MODEL "  chat: {template: models/demo}\n",
	    "models/demo: must be a file");
	bad("models:\n- name: m\n  workers: [http://127.0.0.1:8000]\n"
	    "  chat: {template: " TEMPLATE "}\n",
	    "models[0].chat.template: needs tokenizer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_default_it_is_vllm_of_today),
		cmocka_unit_test(all_that_an_engine_was_told_can_be_written),
		cmocka_unit_test(what_is_printed_gives_the_same_again),
		cmocka_unit_test(other_words_meet_the_known_ones),
		cmocka_unit_test(kwargs_that_are_no_object_are_refused),
		cmocka_unit_test(
			a_template_must_be_a_file_and_have_a_tokenizer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
