/* A directory's files to a model that renders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/template/chat_model.h"
#include "tests/unit/template/directory.h"

#define HELLO "[{\"role\":\"user\",\"content\":\"hi\"}]"
#define TOOLS "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"

static enum status prompt_of(const struct chat_model *m, const char *tools,
			     struct buf *out, struct error *err)
{
	struct template_limits limits = template_default_limits();
	struct tm now = {.tm_year = 125, .tm_mday = 1};
	struct chat_request r = {
		.messages = slice_of(HELLO),
		.tools = tools ? slice_of(tools) : (struct slice){0},
		.add_generation_prompt = true,
		.now = &now,
	};
	struct arena arena;
	arena_init(&arena);
	enum status status = chat_model_render(m, &r, &limits, &arena, out,
					       err);
	arena_fini(&arena);
	return status;
}

static struct chat_model *load(const struct chat_options *options)
{
	struct error err = {0};
	struct chat_model *m = chat_model_load(model_dir, options, &err);
	if (!m)
		print_message("%s\n", err.text);
	assert_non_null(m);
	return m;
}

static void check_with(const struct chat_options *options, const char *tools,
		       const char *want)
{
	struct error err = {0};
	struct chat_model *m = load(options);
	struct buf out;
	buf_init(&out);
	assert_null(chat_model_fault(m));
	assert_int_equal(prompt_of(m, tools, &out, &err), OK);
	buf_putc(&out, '\0');
	assert_string_equal(out.p + out.start, want);
	buf_fini(&out);
	chat_model_unref(&m);
	assert_null(m);
}

static void check(const char *tools, const char *want)
{
	check_with(NULL, tools, want);
}

/* It loads, and says why it renders nothing. */
static void check_fault(const char *word)
{
	struct error err = {0};
	struct chat_model *m = load(NULL);
	struct buf out;
	buf_init(&out);
	assert_non_null(chat_model_fault(m));
	assert_non_null(strstr(chat_model_fault(m), word));
	assert_int_equal(prompt_of(m, NULL, &out, &err), ERR_UNSUPPORTED);
	assert_string_equal(err.text, chat_model_fault(m));
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&out);
	chat_model_unref(&m);
}

static void check_refused(enum status status, const char *word)
{
	struct error err = {0};
	assert_null(chat_model_load(model_dir, NULL, &err));
	assert_int_equal(err.status, status);
	assert_non_null(strstr(err.text, word));
}

static void the_template_is_in_tokenizer_config(void **state)
{
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"<s>\",\"chat_template\":"
		  "\"{{ bos_token }}{{ messages[0].content }}\"}");
	check(NULL, "<s>hi");
	check(TOOLS, "<s>hi");
}

static void a_jinja_file_goes_before_the_configuration(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"old\"}");
	model_put("chat_template.json", "{\"chat_template\":\"older\"}");
	model_put("chat_template.jinja", "new\n");
	check(NULL, "new");
}

static void a_compressed_configuration_is_read(void **state)
{
	(void)state;
	model_put_gzip("tokenizer_config.json.gz",
		       "{\"chat_template\":\"packed\"}");
	check(NULL, "packed");
}

static void a_named_template_serves_tools(void **state)
{
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":[{\"name\":\"default\",\"template\":"
		  "\"plain\"},{\"name\":\"tool_use\",\"template\":\"tools\"},"
		  "{\"name\":\"rag\",\"template\":\"rag\"}]}");
	check(NULL, "plain");
	check("null", "plain");
	check(TOOLS, "tools");
	model_put("tokenizer_config.json",
		  "{\"chat_template\":[{\"name\":\"default\",\"template\":"
		  "\"plain\"}]}");
	check(TOOLS, "plain");
}

static void a_processors_template_serves_where_no_tools_are(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"text\"}");
	model_put("chat_template.json", "{\"chat_template\":\"picture\"}");
	check(NULL, "picture");
	check(TOOLS, "text");
}

static void the_engines_template_goes_before_all(void **state)
{
	struct chat_options options = {0};
	(void)state;
	model_put("tokenizer_config.json", "{\"eos_token\":\"e\"}");
	model_put("chat_template.jinja", "theirs");
	model_put("other.jinja", "ours{{ eos_token }}");
	options.template_file = model_path("other.jinja");
	check_with(&options, NULL, "ourse");
}

static void special_tokens_are_variables(void **state)
{
	(void)state;
	model_put(
		"tokenizer_config.json",
		"{\"add_bos_token\":true,\"bos_token\":{\"content\":\"<s>\"},"
		"\"eos_token\":null,\"additional_special_tokens\":[\"a\","
		"{\"content\":\"b\"}],\"extra_special_tokens\":"
		"{\"image_token\":\"<i>\"},\"chat_template\":\"{{ bos_token }}"
		"{{ eos_token is defined }}{{ add_bos_token is defined }}"
		"{{ image_token }}{{ additional_special_tokens | join }}\"}");
	check(NULL, "<s>FalseFalse<i>ab");
}

static void the_format_of_content_is_found_or_set(void **state)
{
	struct chat_options options = {0};
	(void)state;
	model_put("tokenizer_config.json", "{}");
	model_put("chat_template.jinja", "{{ messages[0].content }}");
	check(NULL, "hi");
	options.format = CHAT_FORMAT_OPENAI;
	check_with(&options, NULL, "[{'type': 'text', 'text': 'hi'}]");
	model_put("chat_template.jinja",
		  "{% for m in messages %}{% for p in m.content %}{{ p.text }}"
		  "{% endfor %}{% endfor %}");
	check(NULL, "hi");
	options.format = CHAT_FORMAT_STRING;
	check_with(&options, NULL, "");
}

static void a_model_counts_what_it_holds(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	struct chat_model *m = load(NULL), *same = chat_model_ref(m);
	assert_true(chat_model_bytes(m) > 100);
	chat_model_unref(&m);
	assert_true(chat_model_bytes(same) > 100);
	chat_model_unref(&same);
	chat_model_unref(&same);
}

static void what_cannot_be_rendered_says_why(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{}");
	check_fault("no chat template");
	model_put("tokenizer_config.json", "{\"chat_template\":[{\"name\":"
					   "\"rag\",\"template\":\"rag\"}]}");
	check_fault("no chat template");
	model_put("tokenizer_config.json", "{\"chat_template\":7}");
	check_fault("no chat template");
	model_put("tokenizer_config.json", "{\"chat_template\":\"{% if %}\"}");
	check_fault("template:1");
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	model_put("config.json", "{\"model_type\":\"kimi_k3\"}");
	check_fault("kimi_k3");
	model_put("config.json", "{\"model_type\":\"x\",\"architectures\":"
				 "[\"Grok1ForCausalLM\"]}");
	check_fault("Grok1");
}

static void a_model_of_code_needs_no_template(void **state)
{
	(void)state;
	model_put("tokenizer_config.json", "{}");
	model_put("config.json", "{\"model_type\":\"deepseek_v32\"}");
	check(NULL,
	      "<｜begin▁of▁sentence｜><｜User｜>hi<｜Assistant｜></think>");
	model_put("config.json",
		  "{\"architectures\":[\"DeepseekV4ForCausalLM\"]}");
	check_with(
		&(struct chat_options){
			.default_kwargs = "{\"thinking\":false}"},
		NULL,
		"<｜begin▁of▁sentence｜><｜User｜>hi<｜Assistant｜></think>");
	check_with(
		&(struct chat_options){.compat = CHAT_VLLM_2026_06}, NULL,
		"<｜begin▁of▁sentence｜><｜User｜>hi<｜Assistant｜></think>");
}

static void harmony_comes_in_pieces(void **state)
{
	struct template_limits limits = template_default_limits();
	struct tm now = {.tm_year = 125, .tm_mday = 1};
	struct chat_request r = {.messages = SLICE(HELLO), .now = &now};
	struct error err = {0};
	struct segments to;
	struct arena arena;
	struct value message;
	struct buf out;
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	model_put("config.json", "{\"model_type\":\"gpt_oss\"}");
	struct chat_model *m = load(NULL);
	arena_init(&arena);
	buf_init(&out);
	segments_init(&to, &out, &arena);
	assert_null(chat_model_fault(m));
	assert_true(chat_model_has_pieces(m));
	assert_int_equal(chat_model_prompt(m, &r, &limits, &to, &err), OK);
	assert_true(to.n > 10);
	assert_int_equal(chat_model_message(m, &r, SLICE("{\"x\":1}"), &arena,
					    &message, &err),
			 OK);
	assert_int_equal(message.dict->n, 1);
	buf_reset(&out, 0);
	assert_int_equal(prompt_of(m, NULL, &out, &err), ERR_UNSUPPORTED);
	assert_int_equal(buf_len(&out), 0);
	buf_fini(&out);
	arena_fini(&arena);
	chat_model_unref(&m);
}

static void what_the_engine_was_started_with_counts(void **state)
{
	static const struct chat_options o = {
		.default_kwargs = "{\"mood\":\"m\"}",
		.exclude_tools = true,
	};
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"{{ mood }}{{ tools is none }}\"}");
	check_with(&o, NULL, "mTrue");
	check_with(&o, TOOLS, "mFalse");
}

static void an_option_that_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = {"", "7", "[]", "{"};
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct chat_options o = {.default_kwargs = bad[i]};
		struct error err = {0};
		assert_null(chat_model_load(model_dir, &o, &err));
		assert_int_equal(err.status, ERR_INVALID);
	}
}

static void sglang_is_another_engine(void **state)
{
	static const struct chat_options o = {.dialect = CHAT_SGLANG};
	(void)state;
	model_put("tokenizer_config.json",
		  "{\"chat_template\":\"{{ tools | tojson }}\"}");
	model_put("config.json", "{\"model_type\":\"gpt_oss\"}");
	check_with(&o, TOOLS,
		   "[{\"type\": \"function\", \"function\": {\"description\": "
		   "null, \"name\": \"f\", \"parameters\": null, \"strict\": "
		   "false}, \"defer_loading\": null}]");
}

static void mistrals_own_tokenizer_needs_no_other_file(void **state)
{
	struct template_limits limits = template_default_limits();
	struct chat_request r = {.messages = SLICE(HELLO)};
	struct error err = {0};
	struct segments to;
	struct arena arena;
	struct buf out;
	(void)state;
	model_put(
		"tekken.json",
		"{\"config\":{\"version\":\"v15\"},"
		"\"model_settings_builder\":{\"reasoning_effort\":{\"values\":["
		"\"low\"],\"default\":\"low\"}}}");
	struct chat_model *m = load(NULL);
	arena_init(&arena);
	buf_init(&out);
	segments_init(&to, &out, &arena);
	assert_null(chat_model_fault(m));
	assert_true(chat_model_has_pieces(m));
	assert_int_equal(chat_model_prompt(m, &r, &limits, &to, &err), OK);
	assert_int_equal(to.n, 7);
	assert_true(
		slice_equal(buf_slice(&out),
			    SLICE("<s>[MODEL_SETTINGS]{\"reasoning_effort\":"
				  " \"low\"}[/MODEL_SETTINGS][INST]hi"
				  "[/INST]")));
	buf_fini(&out);
	arena_fini(&arena);
	chat_model_unref(&m);
}

static void a_tokenizer_of_mistral_that_is_not_known_is_a_fault(void **state)
{
	(void)state;
	model_put("tekken.json", "{\"config\":{\"version\":\"v99\"}}");
	check_fault("Mistral");
	model_put("tekken.json", "{}");
	check_refused(ERR_INVALID, "tekken.json");
}

static void files_that_break_their_format_are_refused(void **state)
{
	(void)state;
	check_refused(ERR_NOT_FOUND, "tokenizer_config.json");
	model_put("tokenizer_config.json", "[]");
	check_refused(ERR_INVALID, "tokenizer_config.json");
	model_put("tokenizer_config.json", "{");
	check_refused(ERR_INVALID, "tokenizer_config.json");
	model_put("tokenizer_config.json", "{}");
	model_put("config.json", "1");
	check_refused(ERR_INVALID, "config.json");
	model_put("config.json", "{}");
	model_put("chat_template.json", "\"x\"");
	check_refused(ERR_INVALID, "chat_template.json");
}

static void a_template_file_that_is_missing_is_refused(void **state)
{
	struct chat_options options = {.template_file = "/nowhere/x.jinja"};
	struct error err = {0};
	(void)state;
	model_put("tokenizer_config.json", "{\"chat_template\":\"x\"}");
	assert_null(chat_model_load(model_dir, &options, &err));
	assert_int_equal(err.status, ERR_NOT_FOUND);
}

#define T(name) cmocka_unit_test_setup_teardown(name, model_begin, model_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_template_is_in_tokenizer_config),
		T(a_jinja_file_goes_before_the_configuration),
		T(a_compressed_configuration_is_read),
		T(a_named_template_serves_tools),
		T(a_processors_template_serves_where_no_tools_are),
		T(the_engines_template_goes_before_all),
		T(special_tokens_are_variables),
		T(the_format_of_content_is_found_or_set),
		T(a_model_counts_what_it_holds),
		T(what_cannot_be_rendered_says_why),
		T(a_model_of_code_needs_no_template),
		T(harmony_comes_in_pieces),
		T(what_the_engine_was_started_with_counts),
		T(an_option_that_is_no_object_is_refused),
		T(sglang_is_another_engine),
		T(mistrals_own_tokenizer_needs_no_other_file),
		T(a_tokenizer_of_mistral_that_is_not_known_is_a_fault),
		T(files_that_break_their_format_are_refused),
		T(a_template_file_that_is_missing_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
