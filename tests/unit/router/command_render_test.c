#include "router/command_render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"
#include "tests/unit/template/directory.h"

#define HI "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n"

static int begin(void **state)
{
	model_begin(state);
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"<s>\",\"chat_template\":\"{{ bos_token }}"
		  "{{ messages[0].content }}\"}");
	return 0;
}

/* %s in `args` is the model's directory. */
static void render(const char *args, const char *input)
{
	char words[512];

	snprintf(words, sizeof(words), args, model_dir, model_dir);
	run_command(command_render, words, input);
}

static void a_prompt_answers_each_line(void **state)
{
	(void)state;
	render("render --model %s",
	       HI "{\"messages\":[{\"role\":\"user\",\"content\":"
		  "\"\\u00e9\\n\\\"\"}]}\n");
	assert_string_equal(run.output,
			    "{\"prompt\":\"<s>hi\"}\n"
			    "{\"prompt\":\"<s>\xc3\xa9\\n\\\"\"}\n");
	assert_string_equal(run.message, "");
	assert_int_equal(run.status, 0);
}

static void a_template_needs_no_model(void **state)
{
	(void)state;
	model_put("other.jinja", "{{ bos_token }}|{{ messages[0].role }}");
	model_put("config.json", "{\"bos_token\":\"B\"}");
	render("render --template %s/other.jinja --special-tokens "
	       "%s/config.json",
	       HI);
	assert_string_equal(run.output, "{\"prompt\":\"B|user\"}\n");
	render("render --template %s/other.jinja", HI);
	assert_string_equal(run.output, "{\"prompt\":\"|user\"}\n");
	render("render --template %s/other.jinja --model %s", HI);
	assert_string_equal(run.output, "{\"prompt\":\"<s>|user\"}\n");
}

static void time_and_format_may_be_given(void **state)
{
	(void)state;
	model_put("other.jinja", "{{ strftime_now('%a %d %b %Y %H:%M %j') }}"
				 "{{ messages[0].content }}");
	render("render --template %s/other.jinja --content-format=openai "
	       "--now 2025-07-10T12:34:56",
	       HI);
	assert_string_equal(run.output,
			    "{\"prompt\":\"Thu 10 Jul 2025 12:34 191"
			    "[{'type': 'text', 'text': 'hi'}]\"}\n");
}

static void a_bad_line_is_answered_in_its_place(void **state)
{
	static const char *const bad[] = {
		"",
		"no json",
		"{}",
		"{\"messages\":1}",
		"{\"messages\":[{}]}",
		"{\"messages\":[],\"chat_template_kwargs\":1}",
		"{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
	};
	char input[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(input, sizeof(input), "%s\n" HI, bad[i]);
		render("render --model %s", input);
		assert_int_equal(run.status, 1);
		assert_memory_equal(run.output, "{\"error\":\"", 10);
		assert_non_null(
			strstr(run.output, "\"}\n{\"prompt\":\"<s>hi\"}\n"));
	}
}

static void a_model_without_a_template_answers_with_the_reason(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{}");
	render("render --model %s", HI);
	assert_int_equal(run.status, 1);
	assert_string_equal(run.output,
			    "{\"error\":\"there is no chat template\"}\n");
}

static void wrong_usage_says_what_is_wrong(void **state)
{
	static const struct {
		const char *args, *says;
	} row[] = {
		{"render", "--model: missing"},
		{"render --model /nowhere", "/nowhere/tokenizer_config.json"},
		{"render --template /nowhere", "/nowhere: No such file"},
		{"render --model %s --template /nowhere", "/nowhere"},
		{"render --model %s --special-tokens x", "--special-tokens x"},
		{"render --model %s --content-format list", "openai"},
		{"render --model %s --now noon", "--now noon"},
		{"render --model %s --now 2025-07-10T12:00:00Z", "--now"},
		{"render --model %s input.json", "input.json: takes no"},
		{"render --nothing", "--nothing: no such option"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		render(row[i].args, HI);
		assert_int_equal(run.status, 2);
		assert_string_equal(run.output, "");
		assert_memory_equal(run.message, "warmpath render: ", 17);
		assert_non_null(strstr(run.message, row[i].says));
	}
}

static void help_goes_to_standard_output(void **state)
{
	(void)state;
	render("render --help", "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "usage: warmpath render"));
	assert_string_equal(run.message, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, model_end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(a_prompt_answers_each_line),
		T(a_template_needs_no_model),
		T(time_and_format_may_be_given),
		T(a_bad_line_is_answered_in_its_place),
		T(a_model_without_a_template_answers_with_the_reason),
		T(wrong_usage_says_what_is_wrong),
		T(help_goes_to_standard_output),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
