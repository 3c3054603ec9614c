#include "router/command_tokenize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/router/command_run.h"
#include "tests/unit/template/directory.h"

#define HI "{\"text\":\"hi\"}\n"

/* Characters are tokens of their own; a BOS comes before a text. */
static const char tokenizer_json[] =
	"{\"version\":\"1.0\",\"added_tokens\":[{\"id\":3,\"content\":\"<s>\","
	"\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
	"\"normalized\":false,\"special\":true}],\"normalizer\":null,"
	"\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
	"\"trim_offsets\":false,\"use_regex\":true},\"post_processor\":{"
	"\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{"
	"\"id\":\"<s>\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\","
	"\"type_id\":0}}],\"pair\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":"
	"0}},{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":{"
	"\"<s>\":{\"id\":\"<s>\",\"ids\":[3],\"tokens\":[\"<s>\"]}}},"
	"\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
	"\"trim_offsets\":false,\"use_regex\":true},\"model\":{\"type\":"
	"\"BPE\",\"dropout\":null,\"unk_token\":null,"
	"\"continuing_subword_prefix\":\"\",\"end_of_word_suffix\":\"\","
	"\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":false,"
	"\"vocab\":{\"h\":0,\"i\":1,\"hi\":2},\"merges\":[\"h i\"]}}";

static int begin(void **state)
{
	model_begin(state);
	model_put("tokenizer_config.json",
		  "{\"bos_token\":\"<s>\",\"chat_template\":\"{{ bos_token }}"
		  "{{ messages[0].content }}\"}");
	model_put("tokenizer.json", tokenizer_json);
	return 0;
}

static int end(void **state)
{
	unlink(model_path("tokenizer.json"));
	unlink(model_path("tokenizer.json.gz"));
	return model_end(state);
}

/* %s in `args` is the model's directory. */
static void tokenize(const char *args, const char *input)
{
	char words[512];

	snprintf(words, sizeof(words), args, model_dir, model_dir);
	run_command(command_tokenize, words, input);
}

static void expect(const char *input, const char *output)
{
	tokenize("tokenize --model %s", input);
	assert_string_equal(run.output, output);
	assert_string_equal(run.message, "");
	assert_int_equal(run.status, 0);
}

static void a_text_gets_special_tokens_unless_it_says_no(void **state)
{
	(void)state;
	expect(HI "{\"text\":\"hi\",\"add_special_tokens\":true}\n"
		  "{\"add_special_tokens\":false,\"text\":\"\\u0068i\"}\n",
	       "{\"tokens\":[3,2]}\n{\"tokens\":[3,2]}\n{\"tokens\":[2]}\n");
}

static void a_chat_gets_none_unless_it_asks(void **state)
{
	(void)state;
	expect("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n"
	       "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
	       "\"content\":\"i\"}],\"add_special_tokens\":true}\n",
	       "{\"tokens\":[3,2]}\n{\"tokens\":[3,3,1]}\n");
}

static void a_completion_is_text_or_ids(void **state)
{
	(void)state;
	expect("{\"prompt\":\"hi\",\"max_tokens\":5}\n"
	       "{\"prompt\":[\"hi\"],\"add_special_tokens\":null}\n"
	       "{\"prompt\":[5,6]}\n{\"prompt\":[[7]]}\n",
	       "{\"tokens\":[3,2]}\n{\"tokens\":[3,2]}\n{\"tokens\":[5,6]}\n"
	       "{\"tokens\":[7]}\n");
}

static void nothing_is_nothing(void **state)
{
	(void)state;
	expect("{\"text\":\"\",\"add_special_tokens\":false}\n",
	       "{\"tokens\":[]}\n");
}

static void a_packed_tokenizer_is_read_as_well(void **state)
{
	(void)state;
	unlink(model_path("tokenizer.json"));
	model_put_gzip("tokenizer.json.gz", tokenizer_json);
	expect(HI, "{\"tokens\":[3,2]}\n");
}

static void another_template_may_be_given(void **state)
{
	(void)state;
	model_put("other.jinja", "{{ messages[0].content }}h");
	tokenize("tokenize --model %s --template %s/other.jinja",
		 "{\"messages\":[{\"role\":\"user\",\"content\":\"h\"}]}");
	assert_string_equal(run.output, "{\"tokens\":[0,0]}\n");
}

static void without_a_chat_template_there_are_still_texts(void **state)
{
	(void)state;
	unlink(model_path("tokenizer_config.json"));
	tokenize("tokenize --model %s", HI "{\"messages\":[]}\n");
	assert_int_equal(run.status, 1);
	assert_memory_equal(run.output, "{\"tokens\":[3,2]}\n{\"error\":\"",
			    27);
	assert_non_null(strstr(run.output, "tokenizer_config.json"));
}

static void a_bad_line_is_answered_in_its_place(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"", "byte 0"},
		{"no json", "byte 0"},
		{"[]", "object"},
		{"{}", "one of text, prompt and messages"},
		{"{\"text\":null}", "one of text, prompt and messages"},
		{"{\"text\":\"a\",\"prompt\":\"b\"}", "one of text"},
		{"{\"text\":\"a\",\"t\\u0065xt\":\"b\"}",
		 "text is there twice"},
		{"{\"text\":1}", "text is not a string"},
		{"{\"text\":\"\\ud800\"}", "surrogate"},
		{"{\"text\":\"hi\",\"add_special_tokens\":1}", "true or false"},
		{"{\"prompt\":[]}", "prompt must be"},
		{"{\"prompt\":{}}", "prompt must be"},
		{"{\"prompt\":[-1]}", "prompt must be"},
		{"{\"prompt\":[\"a\",\"b\"]}", "One a line"},
		{"{\"prompt\":[[1],[2]]}", "One a line"},
		{"{\"messages\":1}", "messages"},
		{"{\"messages\":[{}]}", "role"},
	};
	char input[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(input, sizeof(input), "%s\n" HI, bad[i].line);
		tokenize("tokenize --model %s", input);
		assert_int_equal(run.status, 1);
		assert_memory_equal(run.output, "{\"error\":\"", 10);
		if (!strstr(run.output, bad[i].says))
			fail_msg("%s: %s", bad[i].line, run.output);
		assert_non_null(
			strstr(run.output, "\"}\n{\"tokens\":[3,2]}\n"));
	}
}

static void wrong_usage_says_what_is_wrong(void **state)
{
	static const struct {
		const char *args, *says;
	} row[] = {
		{"tokenize", "--model: missing"},
		{"tokenize --model /nowhere", "/nowhere"},
		{"tokenize --model %s --template /nowhere", "/nowhere"},
		{"tokenize --model %s --content-format list", "openai"},
		{"tokenize --model %s --now noon", "--now noon"},
		{"tokenize --model %s --special-tokens x", "no such option"},
		{"tokenize --model %s input.json", "input.json: takes no"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		tokenize(row[i].args, HI);
		assert_int_equal(run.status, 2);
		assert_string_equal(run.output, "");
		assert_memory_equal(run.message, "warmpath tokenize: ", 19);
		if (!strstr(run.message, row[i].says))
			fail_msg("%s: %s", row[i].args, run.message);
	}
}

static void help_goes_to_standard_output(void **state)
{
	(void)state;
	tokenize("tokenize --help", "");
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.output, "usage: warmpath tokenize"));
	assert_string_equal(run.message, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest test[] = {
		T(a_text_gets_special_tokens_unless_it_says_no),
		T(a_chat_gets_none_unless_it_asks),
		T(a_completion_is_text_or_ids),
		T(nothing_is_nothing),
		T(a_packed_tokenizer_is_read_as_well),
		T(another_template_may_be_given),
		T(without_a_chat_template_there_are_still_texts),
		T(a_bad_line_is_answered_in_its_place),
		T(wrong_usage_says_what_is_wrong),
		T(help_goes_to_standard_output),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
